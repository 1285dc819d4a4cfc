"""An entry of the library as a value, and what may stand in one."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from novelai.errors import ConfigurationError
from novelai.server.model.problems import ProblemError
from novelai.templates import Entry, Library
from novelai.templates.grammar import name_key

__all__ = ["EntryFilter", "EntryKind", "EntryText", "LibraryEntry", "check_entry"]

EntryKind: TypeAlias = Literal["list", "snippet"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryText:
    """What a person writes.

    Attributes:
        name: how templates call it, between ``__``.
        text: of a list one option a line; of a snippet the text that stands for its name.
        undesired: of a snippet what is added to the negative prompt where it is used.
        note: for people; templates do not see it.
        shared: all keys of its owner may use it.
    """

    kind: EntryKind
    name: str
    text: str = field(repr=False)
    undesired: str = field(default="", repr=False)
    note: str = field(default="", repr=False)
    shared: bool = False

    @property
    def name_key(self) -> str:
        """The name as it is compared with others."""
        return name_key(self.name)

    @property
    def size(self) -> int:
        """Bytes of its texts."""
        return sum(len(text.encode()) for text in (self.text, self.undesired, self.note))

    def as_template(self) -> Entry:
        """Return it as templates use it."""
        return Entry(self.name, self.text, self.kind, self.undesired)


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryEntry:
    """An entry that is kept.

    Attributes:
        key_id: whose it is.
        content: what it holds.
        revision: grows with each change, from 1.
        created_at: unix seconds.
        updated_at: unix seconds.
        deleted_at: when it went into the bin; ``None`` while it is in use.
    """

    id: str
    key_id: str
    content: EntryText
    revision: int
    created_at: float
    updated_at: float
    deleted_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries are listed.

    Attributes:
        kind: only these.
        query: a part of the name, however that is written.
        binned: those in the bin instead.
        after: the name key and the id behind which to go on.
    """

    kind: EntryKind | None = None
    query: str = ""
    binned: bool = False
    after: tuple[str, str] | None = None


def check_entry(content: EntryText) -> None:
    """Check what somebody wants to keep; names of others in it are looked up when it is used.

    Raises:
        ProblemError: its name cannot be written in a template.
        TemplateError: it is too large, holds no or too many options, or is no template.
    """
    try:
        library = Library([content.as_template()])
    except ConfigurationError as error:
        message = str(error).removesuffix(".")
        raise ProblemError(
            422, "invalid_params", f"{message}. Not saved.", errors=[("name", message)]
        ) from None
    library.read(content.name_key)
