"""What was answered lately, for callers who name it instead of sending it again."""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from novelai.server.compat.openai.responses.turns import DRAWN, Turn
from novelai.server.http.context import RequestContext

__all__ = ["ResponseMemory"]

MOST = 1_000
MOST_CHARACTERS = 16_000_000
"""Of all conversations together."""

WHERE = "openai_responses"
"""Where in the server's state they stand."""


@dataclass(frozen=True, slots=True)
class _Kept:
    turns: Sequence[Turn]
    items: Sequence[str]
    characters: int


class ResponseMemory:
    """The conversations of this process, the oldest forgotten first; on no disk.

    Each belongs to the key that had it.
    """

    def __init__(self, most_characters: int = MOST_CHARACTERS) -> None:
        self._most_characters = most_characters
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()
        self._items: dict[tuple[str, str], Turn] = {}
        self._characters = 0

    @classmethod
    def of(cls, context: RequestContext) -> "ResponseMemory":
        """Return that of the server that was asked."""
        state = context.http.app.state
        if not hasattr(state, WHERE):
            setattr(state, WHERE, cls())
        return getattr(state, WHERE)

    def keep(
        self, key_id: str, response_id: str, turns: Sequence[Turn], items: Mapping[str, Turn]
    ) -> None:
        """Keep a conversation, of its pictures no more than the ids.

        Args:
            key_id: whose it is.
            response_id: of the answer.
            turns: what was said before it.
            items: what it said, by id.
        """
        said = [replace(turn, images=()) for turn in (*turns, *items.values())]
        said = [turn for turn in said if turn.text or (turn.drawn or "").startswith(DRAWN)]
        characters = sum(len(turn.text) for turn in said)
        kept = _Kept(said, list(items), characters)
        self._kept[key_id, response_id] = kept
        self._items |= {(key_id, name): turn for name, turn in items.items()}
        self._characters += characters
        while len(self._kept) > MOST or self._characters > self._most_characters:
            self._forget_oldest()

    def conversation(self, key_id: str, response_id: str) -> Sequence[Turn] | None:
        """Return the turns up to an answer; ``None`` if it is not known."""
        found = self._kept.get((key_id, response_id))
        return None if found is None else found.turns

    def item(self, key_id: str, item_id: str) -> Turn | None:
        """Return what an item of an answer said; ``None`` if it is not known."""
        return self._items.get((key_id, item_id))

    def _forget_oldest(self) -> None:
        (key_id, _), kept = self._kept.popitem(last=False)
        self._characters -= kept.characters
        for name in kept.items:
            self._items.pop((key_id, name), None)
