"""``/api/tags``: suggestions while somebody types.

NovelAI is asked once for each beginning; its answers are kept for a day. When it cannot be asked,
the caller's own prompts have to do.
"""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import anyio

from novelai.async_client import AsyncNovelAI
from novelai.errors import NovelAIError
from novelai.server.accounts.service import AccountService
from novelai.server.model.key import Key
from novelai.server.studio.prompts import PromptService

__all__ = ["Language", "Suggestions", "Tag", "TagService"]

Language = Literal["en", "ja", "zh"]

KEPT = 5_000
"""Answers in memory."""

LIFETIME = 86_400.0
PATIENCE = 4.0
"""Seconds after which an answer is too late for somebody who types."""

REST = 10.0
"""Seconds in which NovelAI is not asked again after it failed."""

AT_ONCE = 2
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A suggestion.

    Attributes:
        tag: as it goes into a prompt.
        count: how many pictures carry it, or how often the caller used it.
        confidence: 0 to 1; how well it fits.
        translation: its name in the language that was typed.
    """

    tag: str
    count: int = 0
    confidence: float | None = None
    translation: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestions:
    """An answer.

    Attributes:
        source: ``novelai``, ``cache``, or ``prompts`` of the caller.
        failure: why NovelAI did not answer.
    """

    tags: Sequence[Tag]
    source: Literal["novelai", "cache", "prompts"]
    failure: str | None = None


Asked = tuple[str, Language, str]


class TagService:
    """Suggests tags.

    Args:
        accounts: whose clients ask.
        prompts: what callers used before.
        monotonic: seconds of a clock that only goes forward.
    """

    def __init__(
        self,
        accounts: AccountService,
        prompts: PromptService,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._accounts = accounts
        self._prompts = prompts
        self._monotonic = monotonic
        self._kept: OrderedDict[Asked, tuple[float, Sequence[Tag]]] = OrderedDict()
        self._failed: dict[str, tuple[float, str]] = {}
        self._turns = anyio.Semaphore(AT_ONCE)

    async def suggest(
        self, key: Key, typed: str, *, model: str, language: Language, limit: int
    ) -> Suggestions:
        """Tags for what was typed. Costs nothing; a failure of NovelAI is no error.

        Args:
            key: of the caller, whose owner's first enabled account asks.
            typed: the beginning of a tag.
            model: whose tags.
            language: of what was typed; NovelAI knows English and Japanese names.
            limit: how many.
        """
        typed = " ".join(typed.split()).casefold()
        asked: Asked = (model, "ja" if language == "ja" else "en", typed)
        kept = self._find_cached(asked)
        if kept is not None:
            return Suggestions(tags=kept[:limit], source="cache")
        async with self._turns:
            kept = self._find_cached(asked)  # somebody who typed the same may have been first
            if kept is not None:
                return Suggestions(tags=kept[:limit], source="cache")
            tags, failure = await self._ask(key.owner_id, asked)
        if tags is not None:
            self._keep(asked, tags)
            return Suggestions(tags=tags[:limit], source="novelai")
        own = _rank_used(await self._prompts.texts(key), typed)
        return Suggestions(tags=own[:limit], source="prompts", failure=failure)

    async def _ask(self, owner_id: str, asked: Asked) -> tuple[Sequence[Tag] | None, str]:
        failed = self._failed.get(owner_id)
        if failed is not None and self._monotonic() < failed[0]:
            return None, failed[1]
        account = next((one for one in await self._accounts.list(owner_id) if one.enabled), None)
        if account is None:
            return None, "no_account"
        tags: Sequence[Tag] | None = None
        failure = "RequestTimeout"
        with anyio.move_on_after(PATIENCE):
            try:
                tags = await _of_novelai(self._accounts.client(account), asked)
            except NovelAIError as error:
                failure = type(error).__name__.removesuffix("Error")
        if tags is None:
            self._failed[owner_id] = (self._monotonic() + REST, failure)
        return tags, failure

    def _find_cached(self, asked: Asked) -> Sequence[Tag] | None:
        found = self._kept.get(asked)
        if found is None or self._monotonic() > found[0]:
            return None
        self._kept.move_to_end(asked)
        return found[1]

    def _keep(self, asked: Asked, tags: Sequence[Tag]) -> None:
        self._kept[asked] = (self._monotonic() + LIFETIME, tags)
        self._kept.move_to_end(asked)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


async def _of_novelai(client: AsyncNovelAI, asked: Asked) -> Sequence[Tag]:
    model, language, typed = asked
    if language == "ja":
        japanese = await client.image.suggest_tags_jp(typed, model=model)
        return [
            Tag(tag=one.en_tag, confidence=None, translation=one.jp_tag) for one in japanese[:MOST]
        ]
    found = await client.image.suggest_tags(typed, model=model)
    return [Tag(tag=one.tag, count=one.count, confidence=one.confidence) for one in found[:MOST]]


def _rank_used(prompts: Sequence[str], typed: str) -> list[Tag]:
    """Tags of earlier prompts in which what was typed begins a word, the most used first."""
    counted: Counter[str] = Counter()
    for prompt in prompts:
        parts = (part.strip(" {}[]()\n").casefold() for part in prompt.split(","))
        counted.update(part for part in parts if 0 < len(part) <= 100)
    fitting = [
        Tag(tag=tag, count=count)
        for tag, count in counted.most_common()
        if tag.startswith(typed) or f" {typed}" in tag
    ]
    return fitting[:MOST]
