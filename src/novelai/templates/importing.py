"""Texts of other programs as entries of a library: folders and zips of lists, styles.

Pure: what is handed in are bytes and texts, what comes out are entries and a report. What cannot be
taken is refused by its name, and line, with the reason; the others are taken.
"""

import csv
import io
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal

from novelai.errors import ConfigurationError, TemplateError
from novelai.templates.dynamic import UnreadableError, convert_line
from novelai.templates.grammar import Name, name_key, parse, read_list
from novelai.templates.library import (
    KIB,
    LARGEST,
    RULE,
    SNIPPET,
    Entry,
    Library,
    decode,
    is_name,
)

__all__ = ["Import", "Refusal", "import_files", "import_styles", "unzip"]

MOST_FILES = 2_000
MOST_MIB = 64
PROMPT = re.compile(r"\{prompt\}[ \t]*,?[ \t]*")
UNDERLINES = re.compile(r"__+")
UNCALLED = re.compile(r"[^\w\-./'&+() ]+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was not taken, or not as it was.

    Attributes:
        name: of the file or the entry.
        line: the line's number, from 1; ``None``: all of it.
        why: a sentence.
    """

    name: str
    line: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Import:
    """What came of texts of other programs.

    Attributes:
        entries: those that can be used.
        refused: what was not taken.
        noted: what was taken otherwise than it was written.
    """

    entries: tuple[Entry, ...] = field(repr=False)
    refused: tuple[Refusal, ...] = ()
    noted: tuple[Refusal, ...] = ()

    def beside(self, library: Library) -> dict[str, Literal["new", "same", "changed"]]:
        """Say by its name what each entry would be in a library.

        Args:
            library: what is there.
        """
        found: dict[str, Literal["new", "same", "changed"]] = {}
        for entry in self.entries:
            known = library.find(entry.name)
            same = known is not None and replace(known, name=entry.name) == entry
            found[entry.name] = "new" if known is None else "same" if same else "changed"
        return found


def unzip(data: bytes) -> dict[str, bytes]:
    """Return the text files of a zip, by their paths.

    Args:
        data: the file; up to 2,000 files and 64 MiB unpacked.

    Raises:
        ConfigurationError: it is no zip, holds too much, or a path leads out of it.
    """
    found: dict[str, bytes] = {}
    left = MOST_MIB * KIB * KIB
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [one for one in archive.infolist() if not one.is_dir()]
            if len(files) > MOST_FILES:
                raise ConfigurationError(f"The zip holds more than {MOST_FILES:,} files.")
            for one in files:
                if not _is_inside(one.filename):
                    raise ConfigurationError(f'"{one.filename[:80]}" leads out of the zip.')
                if not one.filename.lower().endswith(".txt"):
                    continue
                with archive.open(one) as file:
                    text = file.read(left + 1)
                left -= len(text)
                if left < 0:
                    raise ConfigurationError(f"The zip holds more than {MOST_MIB} MiB of text.")
                found[one.filename] = text
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError("The file is no zip that can be read.") from error
    return found


def import_files(files: Mapping[str, bytes], *, dynamic: bool = False) -> Import:
    """Make entries of text files: ``*.txt`` are lists, ``*.snippet.txt`` snippets.

    Folders stand in the names. Hidden files are passed over. A line that is wrong is refused by its
    number, and its list is taken without it.

    Args:
        files: their bytes, in UTF-8 or UTF-16, by their paths.
        dynamic: their syntax is that of dynamic prompts: ``{a|b}``, ``{2$$a|b}``,
            ``{0.5::a|b}``, and ``##name##``.
    """
    refused: list[Refusal] = []
    read = (_read_file(path, data, refused, dynamic=dynamic) for path, data in files.items())
    entries = [entry for entry in read if entry is not None]
    return _checked(entries, refused, [])


def import_styles(text: str) -> Import:
    """Make snippets of a ``styles.csv``: ``name``, ``prompt`` and ``negative_prompt``.

    ``{prompt}`` is cut out, and so are signs that a name cannot hold; both are noted.

    Args:
        text: the file.
    """
    refused: list[Refusal] = []
    noted: list[Refusal] = []
    entries: list[Entry] = []
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        for row in reader:
            entry = _read_style(row, reader.line_num, refused, noted)
            if entry is not None:
                entries.append(entry)
    except csv.Error as error:
        refused.append(Refusal("styles", reader.line_num, f"The table cannot be read: {error}."))
    return _checked(entries, refused, noted)


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path.replace("\\", "/")).parts
    return ".." not in parts and not path.startswith(("/", "\\")) and ":" not in path


def _read_file(path: str, data: bytes, refused: list[Refusal], *, dynamic: bool) -> Entry | None:
    parts = PurePosixPath(path.replace("\\", "/"))
    if any(part.startswith(".") for part in parts.parts) or parts.suffix.lower() != ".txt":
        return None
    stem = parts.with_suffix("").as_posix()
    name = unicodedata.normalize("NFC", stem.removesuffix(SNIPPET))
    if not is_name(name):
        refused.append(Refusal(path, None, f"It cannot be called: {RULE}."))
        return None
    text = decode(data)
    if text is None:
        refused.append(Refusal(name, None, "It is no text in UTF-8 or UTF-16."))
        return None
    kind: Literal["list", "snippet"] = "snippet" if stem.endswith(SNIPPET) else "list"
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST[kind] * KIB:
        refused.append(Refusal(name, None, f"A {kind} is at most {LARGEST[kind]} KiB."))
        return None
    lines = _sound_lines(name, kind, text, refused, dynamic=dynamic)
    return Entry(name, "\n".join(lines) if kind == "list" else "\n".join(lines).strip(), kind)


def _sound_lines(
    name: str, kind: str, text: str, refused: list[Refusal], *, dynamic: bool
) -> Iterator[str]:
    read = read_list if kind == "list" else parse
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("#"):
            yield line
            continue
        try:
            converted = convert_line(line) if dynamic else line
            read(converted)
        except (UnreadableError, TemplateError) as error:
            why = error.message if isinstance(error, TemplateError) else f"{error}."
            refused.append(Refusal(name, number, why[:1].upper() + why[1:]))
        else:
            yield converted


def _read_style(
    row: Mapping[str | None, str | list[str] | None],
    line: int,
    refused: list[Refusal],
    noted: list[Refusal],
) -> Entry | None:
    name, prompt, negative = (
        value if isinstance(value := row.get(column), str) else ""
        for column in ("name", "prompt", "negative_prompt")
    )
    called = _callable(name)
    if not (prompt.strip() or negative.strip()):
        return None  # headings of groups are rows, too
    if not is_name(called):
        refused.append(Refusal(name[:80], line, f"It cannot be called: {RULE}."))
        return None
    if called != name:
        noted.append(Refusal(called, line, f'It was called "{name[:80]}".'))
    if PROMPT.search(prompt + negative):
        noted.append(Refusal(called, line, "{prompt} was cut out."))
    text, undesired = (PROMPT.sub("", one).strip(" ,") for one in (prompt, negative))
    return Entry(called, text, "snippet", undesired)


def _callable(name: str) -> str:
    text = UNCALLED.sub(" ", unicodedata.normalize("NFC", name))
    return " ".join(UNDERLINES.sub("_", text).split()).strip("_")[:64].strip(" _")


def _checked(entries: Iterable[Entry], refused: list[Refusal], noted: list[Refusal]) -> Import:
    """Leave out what has a name twice, cannot be taken apart, or goes in a circle."""
    kept: dict[str, Entry] = {}
    for entry in entries:
        other = kept.setdefault(name_key(entry.name), entry)
        if other is not entry:
            refused.append(Refusal(entry.name, None, f'"{other.name}" is the same name.'))
    library = Library(kept.values())
    for key, entry in [*kept.items()]:
        try:
            library.check([Name(entry.name, entry.name, key, "", 0)], keep_unknown=True)
        except TemplateError as error:
            del kept[key]
            refused.append(Refusal(entry.name, None, error.message))
    return Import(tuple(kept.values()), tuple(refused), tuple(noted))
