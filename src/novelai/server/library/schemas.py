"""Entries of the library as the HTTP API shows and takes them."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from novelai.fastapi.problems import Problem
from novelai.server.fields import KeptText, Line
from novelai.server.library.entry import EntryKind, EntryText, LibraryEntry
from novelai.server.model.key import Key
from novelai.templates.grammar import read_list

__all__ = [
    "EntryChangeIn",
    "EntryConflict",
    "EntryIn",
    "EntryLine",
    "EntryView",
    "LibraryPage",
    "entry_line",
    "entry_view",
]

PREVIEW = 200
LONGEST_LIST = 2**18
LONGEST_SNIPPET = 2**14


class EntryIn(BaseModel):
    """An entry to keep.

    Attributes:
        kind: what templates find behind the name: one line of a list, or the text of a snippet.
        name: letters, digits, blanks and ``_ - . / ' & + ( )``, at most 64, no ``_`` at its ends.
        text: of a list one option a line, up to 256 KiB and 10,000 options; of a snippet the text
            itself, up to 16 KiB. Both may hold choices and names.
        undesired: of a snippet what is added, once, to the negative prompt when it is used.
        note: for people.
        shared: all keys of the owner may use it; needs scope ``admin``.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)

    kind: EntryKind = "list"
    name: Line = Field(min_length=1, max_length=64)
    text: KeptText = Field(max_length=LONGEST_LIST, repr=False)
    undesired: KeptText = Field("", max_length=LONGEST_SNIPPET, repr=False)
    note: KeptText = Field("", max_length=LONGEST_SNIPPET, repr=False)
    shared: bool = False

    def content(self) -> EntryText:
        """Return what is to be kept."""
        return EntryText(**self.model_dump(include=set(EntryIn.model_fields)))


class EntryChangeIn(EntryIn):
    """What is to stand in an entry's place.

    Attributes:
        revision: that it was made from.
    """

    revision: int = Field(ge=1, lt=2**31 - 1)


class EntryLine(BaseModel):
    """An entry in a list.

    Attributes:
        mine: it is the caller's own; others' can be used, and changed by an administrator.
        preview: how its text begins.
        options: of a list how many there are.
        revision: grows with each change, from 1.
        updated_at: unix seconds.
        deleted_at: when it went into the bin, where it is kept for 30 days.
    """

    id: str
    kind: EntryKind
    name: str
    shared: bool
    mine: bool
    preview: str = Field(repr=False)
    options: int | None
    revision: int
    updated_at: float
    deleted_at: float | None


class EntryView(EntryLine):
    """An entry, whole."""

    text: str = Field(repr=False)
    undesired: str = Field(repr=False)
    note: str = Field(repr=False)
    created_at: float


class LibraryPage(BaseModel):
    """Some entries, by name.

    Attributes:
        next: give it as ``after`` to go on; ``None`` at the end.
    """

    entries: Sequence[EntryLine]
    next: str | None


class EntryConflict(Problem):
    """Somebody changed the entry in between.

    Attributes:
        current: the entry as it is.
    """

    current: EntryView


def entry_line(key: Key, entry: LibraryEntry) -> EntryLine:
    """Show an entry in a list."""
    return EntryLine(**_line(key, entry))


def entry_view(key: Key, entry: LibraryEntry) -> EntryView:
    """Show an entry, whole."""
    content = entry.content
    return EntryView(
        **_line(key, entry),
        text=content.text,
        undesired=content.undesired,
        note=content.note,
        created_at=entry.created_at,
    )


def _line(key: Key, entry: LibraryEntry) -> dict[str, Any]:
    content = entry.content
    return {
        "id": entry.id,
        "kind": content.kind,
        "name": content.name,
        "shared": content.shared,
        "mine": entry.key_id == key.id,
        "preview": content.text[:PREVIEW],
        "options": len(read_list(content.text)) if content.kind == "list" else None,
        "revision": entry.revision,
        "updated_at": entry.updated_at,
        "deleted_at": entry.deleted_at,
    }
