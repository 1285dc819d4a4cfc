"""Where results are written: safe names, and nothing is ever overwritten."""

import os
import unicodedata
from pathlib import Path

import typer

from novelai._saving import save_new

__all__ = ["Output", "safe_name"]

STEM_BYTES = 80
"""File systems allow 255 bytes for a name; a seed, a number and a suffix are still to come."""


def safe_name(text: str, *, fallback: str = "picture") -> str:
    """Return a file name made of the letters and digits of a text, words joined by hyphens.

    Nothing of it can leave a folder, hide a file, or mean something to a shell.
    """
    letters = (letter if letter.isalnum() else " " for letter in unicodedata.normalize("NFC", text))
    kept = b""
    for word in "".join(letters).split():
        longer = b"-".join([kept, word.encode()]) if kept else word.encode()
        if len(longer) > STEM_BYTES:
            kept = kept or longer[:STEM_BYTES]
            break
        kept = longer
    return kept.decode(errors="ignore") or fallback


class Output:
    """What ``--output`` asked for.

    Args:
        wanted: a file, told by its suffix, or a folder; the working folder when left out.
        suffixes: endings that make it a file.
    """

    def __init__(self, wanted: Path | None, suffixes: frozenset[str]) -> None:
        self.is_default = wanted is None
        self.folder: Path = wanted or Path()
        self.file: Path | None = None
        if wanted is None or not wanted.suffix or wanted.is_dir():
            return
        if wanted.suffix.lower() not in suffixes:
            names = " or ".join(sorted(suffixes))
            raise typer.BadParameter(
                f"a file ends in {names}; a folder with a dot in its name must exist first",
                param_hint="--output",
            )
        self.file, self.folder = wanted, wanted.parent

    @property
    def suffix(self) -> str | None:
        """The ending of the file that was asked for, in lower case."""
        return self.file.suffix.lower() if self.file else None

    def prepare(self) -> None:
        """Make the folder; called before anything is paid for.

        Raises:
            OSError: nothing can be written there.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "Nothing can be written there", str(self.folder))

    def write(self, data: bytes, name: str, part: str = "") -> Path:
        """Write a new file and give its path; a name that is taken gets ``-2``, ``-3`` ….

        Args:
            data: the content.
            name: its name, used when no file was asked for.
            part: which of several results it is; added to either name.
        """
        wanted = self.file or self.folder / name
        named = wanted.with_stem(f"{wanted.stem}-{part}") if part else wanted
        return save_new(named, data, mark="-")
