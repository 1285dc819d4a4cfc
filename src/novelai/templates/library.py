"""Lists and snippets by their names."""

import os
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, Self

from novelai.errors import ConfigurationError, TemplateError
from novelai.templates.grammar import (
    Name,
    Options,
    Template,
    name_key,
    names_in,
    parse,
    read_list,
)
from novelai.templates.marks import LABEL

__all__ = ["Entry", "Library", "decode", "is_name"]

KIB = 1024
LARGEST = {"list": 256, "snippet": 16}
"""KiB of UTF-8."""

MOST_OPTIONS = 10_000
MOST_ENTRIES = 5_000
MOST_MIB = 64
DEEPEST_NAME = 10
LONGEST_CIRCLE = 12
"""Names that the sentence about a circle shows."""

LARGEST_FILE = 2 * LARGEST["list"] * KIB + 8
"""Bytes; in UTF-16, a list is up to twice as long."""

RULE = "a name is letters, digits, blanks and _ - . / ' & + ( ), at most 64, no _ at its ends"
WHOLE_LABEL = re.compile(LABEL)
SNIPPET = ".snippet"
ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
"""By the first bytes of a file; Windows' editors write them. All others are UTF-8."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A list or a snippet.

    Attributes:
        name: letters, digits, blanks and ``_ - . / ' & + ( )``, at most 64, no ``_`` at its ends.
        text: of a list one option a line, up to 256 KiB and 10,000 options; of a snippet the text
            that stands for its name, up to 16 KiB.
        kind: ``"list"`` or ``"snippet"``.
        undesired: of a snippet what is added, once, to the negative prompt when it is used in a
            prompt; up to 16 KiB.
    """

    name: str
    text: str = field(repr=False)
    kind: Literal["list", "snippet"] = "list"
    undesired: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """An entry, taken apart.

    Attributes:
        options: of a list.
        text: of a snippet.
        undesired: of a snippet.
        names: all that it refers to, by their keys.
    """

    options: Options
    text: Template
    undesired: Template
    names: Mapping[str, Name]


class Library:
    """Lists and snippets, looked up by their names.

    Names are equal when they differ in case, width, ``_`` for a blank, or runs of blanks. A text is
    read when it is first used, so what nobody names may be wrong.

    Args:
        entries: up to 5,000.

    Raises:
        ConfigurationError: a name that cannot be written between ``__``, two entries with one
            name, or too many.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: dict[str, Entry] = {}
        self._contents: dict[str, Content] = {}
        self._heights: dict[str, int] = {}
        self._missing: dict[str, tuple[Name, str] | None] = {}
        for entry in entries:
            if not is_name(entry.name):
                raise ConfigurationError(f'"{entry.name[:80]}" cannot be called: {RULE}.')
            other = self._entries.setdefault(name_key(entry.name), entry)
            if other is not entry:
                raise ConfigurationError(
                    f'"{other.name}" and "{entry.name}" are one name for a template.'
                )
            if len(self._entries) > MOST_ENTRIES:
                raise ConfigurationError(f"A library has at most {MOST_ENTRIES:,} entries.")

    @classmethod
    def folder(cls, path: str | os.PathLike[str]) -> Self:
        """Read a folder: ``*.txt`` are lists, ``*.snippet.txt`` snippets, in UTF-8 or UTF-16.

        Folders in it stand in the names: ``clothes/hats.txt`` is ``__clothes/hats__``. Blanks and
        line ends around a snippet go. What begins with a dot is passed over; so is, with a
        `UserWarning`, a file whose name cannot be written in a template. Links to folders are not
        followed.

        Args:
            path: the folder; up to 5,000 files and 64 MiB.

        Raises:
            ConfigurationError: it is no folder, there is too much in it, two files have one name,
                or a file is no text.
            OSError: a file cannot be read.
        """
        root = Path(path).expanduser()
        if not root.is_dir():
            raise ConfigurationError(f"{root} is no folder.")
        return cls(_read_folder(root))

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def find(self, name: str) -> Entry | None:
        """Look an entry up by its name, however that is written."""
        return self._entries.get(name_key(name))

    def find_used(self, texts: Iterable[str], lists: Iterable[str] = ()) -> list[Entry]:
        """List the entries that templates lead to, whatever a roll would pick, by their names.

        Args:
            texts: the templates.
            lists: names of lists that are used beside.

        Raises:
            TemplateError: one of them, or of the entries, is no template.
        """
        names = {name.key for text in texts for name in names_in(parse(text))}
        left = [*names, *map(name_key, lists)]
        found: dict[str, Entry] = {}
        while left:
            key = left.pop()
            if key in self._entries and key not in found:
                found[key] = self._entries[key]
                left += self.read(key).names
        return [found[key] for key in sorted(found)]

    def options(self, name: str) -> Options:
        """Return the options of a list.

        Args:
            name: its name, however that is written.

        Raises:
            TemplateError: no list is called so, or it is wrong; see `expand`.
        """
        entry = self.find(name)
        if entry is None or entry.kind != "list":
            raise TemplateError(f'No list is called "{name[:64]}".', kind="unknown_name")
        return self.read(name_key(name)).options

    def read(self, key: str) -> Content:
        """Take an entry apart.

        Args:
            key: the key of its name.

        Raises:
            TemplateError: it is too large, has no or too many options, or is no template.
        """
        content = self._contents.get(key)
        if content is None:
            content = self._contents[key] = _content_of(self._entries[key])
        return content

    def check(self, names: Iterable[Name], *, keep_unknown: bool) -> None:
        """Check all that names lead to, whatever a roll would pick.

        Args:
            names: those in a template.
            keep_unknown: a name that nothing has is text.

        Raises:
            TemplateError: an unknown name, a circle, names in names more than 10 deep, or as for
                `read`. Its place is that of the name.
        """
        for name in names:
            try:
                self._check_name(name, keep_unknown=keep_unknown)
            except TemplateError as error:
                error.start, error.end = name.start, name.start + len(name.text)
                raise

    def _check_name(self, name: Name, *, keep_unknown: bool) -> None:
        if name.key not in self._entries:
            if not keep_unknown:
                raise self._unknown(name, "")
            return
        if name.key not in self._heights:
            self._climb(name.key)
        missing = self._missing[name.key]
        if missing is not None and not keep_unknown:
            raise self._unknown(*missing)
        if self._heights[name.key] > DEEPEST_NAME:
            raise TemplateError(
                f"Names refer to names more than {DEEPEST_NAME} deep.", kind="too_deep"
            )

    def _climb(self, start: str) -> None:
        """Find out how high names stand on each other below a name; each is visited once."""
        path = {start: iter(self.read(start).names)}
        while path:
            key, below = next(reversed(path.items()))
            other = next((one for one in below if self._is_new(one)), None)
            if other is None:
                del path[key]
                self._settle(key)
            elif other in path:
                raise self._circle([*path], other)
            else:
                path[other] = iter(self.read(other).names)

    def _is_new(self, key: str) -> bool:
        return key in self._entries and key not in self._heights

    def _settle(self, key: str) -> None:
        """Note what is known of a name when it is known of all that it refers to."""
        names = self.read(key).names
        known = [one for one in names if one in self._entries]
        below = [self._missing[one] for one in known]
        own = [(name, self._entries[key].name) for one, name in names.items() if one not in known]
        self._heights[key] = 1 + max((self._heights[one] for one in known), default=0)
        self._missing[key] = next((one for one in [*own, *below] if one is not None), None)

    def _circle(self, path: list[str], key: str) -> TemplateError:
        names = [self._entries[one].name for one in [*path[path.index(key) :], key]]
        first = names[0]
        if len(names) > LONGEST_CIRCLE:
            names[LONGEST_CIRCLE // 2 : -LONGEST_CIRCLE // 2] = ["…"]
        return TemplateError(f'"{first}" refers to itself: {" → ".join(names)}.', kind="circle")

    def _unknown(self, name: Name, place: str) -> TemplateError:
        there = f', which "{place}" names' if place else ""
        near = self._nearest(name.key)
        hint = f' Did you mean "{self._entries[near].name}"?' if near is not None else ""
        return TemplateError(
            f'No snippet or list is called "{name.label.strip()}"{there}.{hint}',
            kind="unknown_name",
        )

    def _nearest(self, key: str) -> str | None:
        """Find the name that was meant: one in a folder, or one that is written alike."""
        inside = (one for one in self._entries if one.rpartition("/")[2] == key)
        return next(inside, None) or next(iter(get_close_matches(key, self._entries, 1)), None)


def is_name(name: str) -> bool:
    """Tell whether an entry can be called so in a template."""
    return bool(name_key(name)) and "__" not in name and WHOLE_LABEL.fullmatch(name) is not None


def _content_of(entry: Entry) -> Content:
    title = f'The {entry.kind} "{entry.name}"'
    limit = LARGEST[entry.kind]
    if max(map(_size, (entry.text, entry.undesired))) > limit * KIB:
        raise TemplateError(f"{title} is larger than {limit} KiB.", kind="too_large")
    options, text, undesired = Options(()), (), ()
    if entry.kind == "list":
        options = read_list(entry.text)
        if not options:
            raise TemplateError(f"{title} has no options.", kind="empty_list")
        if len(options) > MOST_OPTIONS:
            sentence = f"{title} has more than {MOST_OPTIONS:,} options."
            raise TemplateError(sentence, kind="too_many_options")
    else:
        text, undesired = parse(entry.text), parse(entry.undesired)
    parts = [*(part for option in options for part in option.parts), *text, *undesired]
    names = {name.key: name for name in reversed([*names_in(parts)])}
    return Content(options, text, undesired, dict(reversed(names.items())))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _read_folder(root: Path) -> Iterator[Entry]:
    total = 0
    for file in _text_files(root):
        path = file.relative_to(root).with_suffix("").as_posix()
        name = unicodedata.normalize("NFC", path.removesuffix(SNIPPET))
        if not is_name(name):
            warnings.warn(f"{file} is passed over: {RULE}", stacklevel=4)
            continue
        data = _read_start(file)
        total += len(data)
        if total > MOST_MIB * KIB * KIB:
            raise ConfigurationError(f"{root} holds more than {MOST_MIB} MiB of text.")
        text = decode(data)
        if text is None:
            raise ConfigurationError(f"{file} is no text in UTF-8 or UTF-16.")
        if path.endswith(SNIPPET):
            yield Entry(name, text.strip(), "snippet")
        else:
            yield Entry(name, text)


def _text_files(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(one for one in folders if not one.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(".txt") and not name.startswith("."):
                yield Path(folder, name)


def _read_start(file: Path) -> bytes:
    """Read as much of a file as shows that it is too large for a list, and no more."""
    with file.open("rb") as stream:
        return stream.read(LARGEST_FILE)


def decode(data: bytes) -> str | None:
    """Return the text of a file in UTF-8 or UTF-16; nothing if it is no such text."""
    encoding = ENCODINGS.get(data[:2], "utf-8-sig")
    try:
        # What was cut off in a character is too large anyway.
        return data.decode(encoding, "strict" if len(data) < LARGEST_FILE else "replace")
    except UnicodeDecodeError:
        return None
