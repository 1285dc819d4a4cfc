"""Orders whose texts are templates: expanded once, when they are taken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import Any

import anyio.to_thread

from novelai.server.images import repository as images
from novelai.server.jobs import repository
from novelai.server.library.service import LibraryService
from novelai.server.model.job import IdempotencyConflictError, Job
from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError
from novelai.server.storage.engine import Database
from novelai.templates import Library, Pick, Roll, expand, read_texts, write_texts
from novelai.templates.rolls import ROLL_SEEDS

__all__ = ["RollService", "RolledParams", "roll_document"]


@dataclass(frozen=True, slots=True)
class RolledParams:
    """Parameters with their templates expanded.

    Attributes:
        params: as JSON has them, with plain texts.
        roll: what was picked and of what, as it is kept with the job and its pictures.
    """

    params: Mapping[str, Any] = field(repr=False)
    roll: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Start:
    """What the picks follow from: those that are given stand, others are drawn."""

    roll_seed: int
    round: int = 0
    picks: Sequence[Pick] = ()


class RollService:
    """Expands the templates of orders.

    Args:
        database: where earlier rolls are.
        library: what templates call.
        rng: draws roll seeds.
    """

    def __init__(
        self, database: Database, library: LibraryService, rng: Random | None = None
    ) -> None:
        self._database = database
        self._library = library
        self._rng = rng or SystemRandom()

    def draw_seed(self) -> int:
        """Draw a roll seed."""
        return self._rng.randrange(ROLL_SEEDS)

    async def expand(
        self,
        key: Key,
        params: Mapping[str, Any],
        *,
        roll_seed: int | None = None,
        replay: str | None = None,
        dedupe_key: str | None = None,
    ) -> RolledParams:
        """Expand the texts of an order with what its key may call.

        An order that was taken under the same dedupe key gives its picks again, whatever became of
        the lists since: so the same order stays the same.

        Args:
            key: of the caller.
            params: as JSON has them.
            roll_seed: what picks follow from; without one it is drawn.
            replay: the id of a picture whose picks are given again.
            dedupe_key: of the order.

        Raises:
            TemplateError: a text cannot be expanded.
            ProblemError: 422; there is no such picture, or it has no roll.
            IdempotencyConflictError: the dedupe key was used with another roll seed.
        """
        start = await self._start(key, roll_seed, replay, dedupe_key)
        texts = read_texts(params)
        library = await self._library.library_of(key)
        roll = await anyio.to_thread.run_sync(_expand, texts, library, start)
        return RolledParams(write_texts(params, roll.texts), roll_document(texts, roll))

    async def _start(
        self, key: Key, roll_seed: int | None, replay: str | None, dedupe_key: str | None
    ) -> _Start:
        taken = await self._taken(key, dedupe_key)
        if taken is not None and taken.roll is not None:
            start = _read_start(taken.roll)
            if roll_seed not in (None, start.roll_seed):
                raise IdempotencyConflictError(dedupe_key)
            return start
        if replay is None:
            return _Start(self.draw_seed() if roll_seed is None else roll_seed)
        start = _read_start(await self._roll_of(key, replay))
        return start if roll_seed is None else _Start(roll_seed, start.round, start.picks)

    async def _taken(self, key: Key, dedupe_key: str | None) -> Job | None:
        if dedupe_key is None:
            return None
        async with self._database.read() as connection:
            return await repository.by_dedupe_key(connection, key.id, dedupe_key, 0)

    async def _roll_of(self, key: Key, image_id: str) -> Mapping[str, Any]:
        own = None if "admin" in key.limits.scopes else key.id
        async with self._database.read() as connection:
            found = await images.by_ids(connection, key.owner_id, [image_id], own)
        if not found or found[0].roll is None:
            message = "names a picture whose picks are not here"
            raise ProblemError(
                422,
                "invalid_params",
                f"replay {message}. Nothing was sent or charged.",
                errors=[("replay", message)],
            )
        return found[0].roll


def _expand(texts: Mapping[str, str], library: Library, start: _Start) -> Roll:
    return expand(texts, library, roll_seed=start.roll_seed, round=start.round, replay=start.picks)


def roll_document(texts: Mapping[str, str], roll: Roll) -> dict[str, Any]:
    """Return a roll as it is kept with a job and its pictures.

    Args:
        texts: the templates by field.
        roll: what was picked of them.
    """
    return {
        "template": dict(texts),
        "picks": [
            {"site": pick.site, "text": pick.text}
            | ({"undesired": [*pick.undesired]} if pick.undesired else {})
            for pick in roll.picks
        ],
        "roll_seed": roll.roll_seed,
        "round": roll.round,
    }


def _read_start(document: Mapping[str, Any]) -> _Start:
    picks = [
        Pick(one["site"], one["text"], tuple(one.get("undesired", ()))) for one in document["picks"]
    ]
    return _Start(document["roll_seed"], document["round"], picks)
