"""Writing a file so that it is there as a whole, or not at all, and survives a power cut."""

import os
from itertools import count
from pathlib import Path

__all__ = ["write_whole"]

NUMBERS = count()


def write_whole(folder: Path, name: str, data: bytes) -> None:
    """Write a file below a folder, in the place of an older one. Blocks: not for the event loop.

    Args:
        folder: it is there.
        name: with slashes; folders in it are made.
        data: the content.

    Raises:
        OSError: the disk is full or broken, or the folder cannot be written; nothing is left.
    """
    path = folder / name
    draft = path.with_name(f".{path.name}.{os.getpid()}.{next(NUMBERS)}")
    try:
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileNotFoundError:
        _make(folder, path.parent)
        handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "wb", buffering=0) as file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    _sync(path.parent)


def _make(folder: Path, wanted: Path) -> None:
    """Make folders; each is synced into the one above, or a power cut could take all below."""
    missing = [wanted, *wanted.parents][: len(wanted.relative_to(folder).parts)]
    for one in reversed(missing):
        one.mkdir(exist_ok=True)
        _sync(one.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
