"""Vibe files: ``.naiv4vibe``, and ``.naiv4vibebundle`` for several.

They are JSON, as NovelAI's page reads and writes them (observed October 2026): the picture, and the
encodings that were paid for, by model and by how much was read from the picture.
"""

from collections.abc import Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path

from novelai._saving import save_whole
from novelai._vibe_files import VibeFile, dump_vibe, dump_vibes
from novelai.types.vibe import Vibe, read_vibe, read_vibes

__all__ = ["VibeFile", "read_vibe", "read_vibes", "vibe_file", "write_vibes"]


def write_vibes(
    path: str | PathLike[str], vibes: Vibe | Sequence[Vibe], *, created: datetime | None = None
) -> None:
    """Write a vibe file: a single vibe as ``.naiv4vibe``, a sequence as a bundle.

    A vibe's plain ``encoding`` names no model and is left out; `Vibe.with_encoding` names one.

    Args:
        path: the file; it is replaced if it exists, as a whole.
        vibes: one vibe, or several for a bundle.
        created: the time stated in the file; by default now.

    Raises:
        InvalidParamsError: a picture cannot be read, or a vibe holds nothing to write.
        OSError: the file cannot be written.
    """
    save_whole(Path(path), vibe_file(vibes, created=created))


def vibe_file(vibes: Vibe | Sequence[Vibe], *, created: datetime | None = None) -> bytes:
    """Return the contents of a vibe file; see `write_vibes`.

    Raises:
        InvalidParamsError: a picture cannot be read, or a vibe holds nothing to write.
    """
    if isinstance(vibes, Vibe):
        return dump_vibe(vibes, created)
    return dump_vibes(vibes, created)
