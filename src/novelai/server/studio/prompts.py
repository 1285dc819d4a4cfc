"""``/api/prompts``: what was asked for before."""

from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, select

from novelai.server.images import repository as images
from novelai.server.model.key import Key
from novelai.server.storage.engine import Database
from novelai.server.storage.tables import jobs

__all__ = ["PastPrompt", "PromptService"]

LOOKED_AT = 2_000
"""Jobs, the newest ones, among which prompts are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPrompt:
    """A prompt that was used.

    Attributes:
        used_at: when last, unix seconds.
        image: the id of a picture that came of it then.
    """

    prompt: str = field(repr=False)
    negative_prompt: str | None = field(repr=False)
    used_at: float
    image: str | None


class PromptService:
    """Prompts of jobs that a key may see.

    Args:
        database: where jobs are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def history(self, key: Key, query: str = "", limit: int = 20) -> list[PastPrompt]:
        """Different prompts, the one that was used last first.

        Args:
            key: of the caller.
            query: words that must all be in the prompt.
            limit: how many.
        """
        prompt = jobs.c.params["prompt"].as_string().label("prompt")
        negative = jobs.c.params["negative_prompt"].as_string().label("negative")
        asked = (
            select(jobs.c.id, jobs.c.created_at, prompt, negative)
            .where(*_visible(key), jobs.c.kind == "generate")
            .order_by(jobs.c.seq.desc())
            .limit(LOOKED_AT)
        )
        words = query.casefold().split()
        found: dict[tuple[str, str | None], tuple[str, float]] = {}
        async with self._database.read() as connection:
            for row in await connection.execute(asked):
                text = (row.prompt or "").casefold()
                if text and all(word in text for word in words):
                    found.setdefault((row.prompt, row.negative), (row.id, row.created_at))
                if len(found) == limit:
                    break
            made = await images.of_jobs(connection, [job_id for job_id, _ in found.values()])
        pictures = {one.job_id: one.id for one in reversed(made) if one.deleted_at is None}
        return [
            PastPrompt(
                prompt=prompt,
                negative_prompt=negative,
                used_at=used_at,
                image=pictures.get(job_id),
            )
            for (prompt, negative), (job_id, used_at) in found.items()
        ]

    async def texts(self, key: Key) -> list[str]:
        """Return the prompts of the newest jobs, newest first, as often as they were used."""
        prompt = jobs.c.params["prompt"].as_string()
        asked = select(prompt).where(*_visible(key)).order_by(jobs.c.seq.desc()).limit(LOOKED_AT)
        async with self._database.read() as connection:
            return [text for text in (await connection.execute(asked)).scalars() if text]


def _visible(key: Key) -> list[ColumnElement[bool]]:
    own: list[ColumnElement[bool]] = [jobs.c.owner_id == key.owner_id]
    return own if "admin" in key.limits.scopes else [*own, jobs.c.key_id == key.id]
