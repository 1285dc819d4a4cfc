"""Texts given on the command line, in files or on standard input."""

import codecs
import sys
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from novelai.errors import ConfigurationError

__all__ = ["TextFile", "read_file", "read_text", "read_texts"]

TextFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--prompt-file",
        metavar="FILE",
        help="Read it from a file, UTF-8 or UTF-16; - reads standard input.",
    ),
]

STDIN = "-"
MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
"""By the first bytes of a file; Windows' editors write them. All others are UTF-8."""


def read_text(text: str | None, file: Path | None, name: str) -> str:
    """Return the one text that was given, as an argument or in a file.

    Args:
        text: the argument; ``-`` stands for what standard input holds.
        file: the option; likewise.
        name: of the argument.

    Raises:
        ConfigurationError: it is no text in an encoding that is known.
        typer.BadParameter: neither was given, or both, or the file cannot be read.
    """
    found = read_texts([] if text is None else [text], [] if file is None else [file], name)
    if len(found) > 1:
        raise typer.BadParameter("comes in a file already", param_hint=name)
    return found[0]


def read_texts(texts: list[str], files: list[Path], name: str) -> list[str]:
    """Return all texts that were given: arguments, then files.

    Raises:
        ConfigurationError: one is no text in an encoding that is known.
        typer.BadParameter: there are none, or a file cannot be read.
    """
    if not texts and not files:
        raise typer.BadParameter("is missing, and --prompt-file too", param_hint=name)
    given = [_read_stdin() if text == STDIN else text for text in texts]
    return given + [read_file(file, "--prompt-file") for file in files]


def _read_stdin() -> str:
    try:
        return sys.stdin.read().strip()
    except UnicodeDecodeError as error:
        raise ConfigurationError(
            f"What standard input holds is no text in {error.encoding}. --prompt-file reads UTF-8 "
            "from a file; PYTHONIOENCODING=utf-8 makes standard input that, too."
        ) from None


def read_file(file: Path, option: str) -> str:
    """Return the text of a file, or of standard input, without blanks around it.

    Args:
        file: the file; ``-`` is standard input.
        option: what named it, for the error.

    Raises:
        ConfigurationError: it is no text in an encoding that is known.
        typer.BadParameter: it cannot be read.
    """
    if str(file) == STDIN:
        return _read_stdin()
    try:
        data = file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint=option) from None
    try:
        return data.decode(MARKS.get(data[:2], "utf-8-sig")).strip()
    except UnicodeDecodeError:
        raise ConfigurationError(f"{file} is no text in UTF-8 or UTF-16.") from None
