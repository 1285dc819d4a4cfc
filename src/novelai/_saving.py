"""Files that are written whole or not at all."""

import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from secrets import token_hex
from tempfile import mkstemp

__all__ = ["save_new", "save_whole"]


def save_whole(path: Path, data: bytes) -> None:
    """Write a file, replacing one that is there; whoever reads it meanwhile sees the old one.

    Raises:
        OSError: it cannot be written. What was there is unchanged.
    """
    handle, name = mkstemp(prefix=f".{path.name[:40]}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def save_new(path: Path, data: bytes, *, mark: str = ".") -> Path:
    """Write a file that is there after a power cut, too, and replaces none.

    Two programs at once, or a link laid in wait, lose no file by it.

    Args:
        path: where it should be.
        data: what it holds.
        mark: stands between its name and a number, where that name is taken: 2, 3 and so on.

    Returns:
        where it is.

    Raises:
        OSError: it cannot be written.
    """
    made = path.with_name(f".{path.name[:40]}.{token_hex(4)}")
    try:
        with made.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path = _place(made, path, mark)
    finally:
        with suppress(OSError):
            made.unlink()
    _sync_folder(path.parent)
    return path


def _place(made: Path, path: Path, mark: str) -> Path:
    """Give a file its name, or the first that is free."""
    stem = path.stem
    for number in count(2):
        with suppress(FileExistsError):
            _move_to_new(made, path)
            break
        path = path.with_name(f"{stem}{mark}{number}{path.suffix}")
    return path


def _move_to_new(made: Path, path: Path) -> None:
    try:
        os.link(made, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if path.exists():
            raise FileExistsError from None
        made.replace(path)


def _sync_folder(folder: Path) -> None:
    """Have a new name on the disk, too, where the system can do that."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
