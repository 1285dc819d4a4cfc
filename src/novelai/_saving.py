"""Files that are written whole or not at all."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import mkstemp

__all__ = ["save_whole"]


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
