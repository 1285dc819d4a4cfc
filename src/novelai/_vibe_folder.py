"""Vibe encodings on disk, so that what was paid for once is paid for once."""

import logging
from hashlib import sha256
from os import PathLike
from pathlib import Path

from novelai._saving import save_whole
from novelai.errors import ConfigurationError

__all__ = ["VibeFolder"]

DIGEST = 32
log = logging.getLogger("novelai")


class VibeFolder:
    """A folder of encodings by picture, model and extraction. Programs may share it.

    Each file holds a checksum and the encoding. A file that is damaged or cannot be read counts as
    absent; one that cannot be written is reported in the log, as the encoding itself is fine.

    Args:
        path: the folder; it is made when the first encoding is kept.

    Raises:
        ConfigurationError: there is something else of this name.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self._path = Path(path).expanduser()
        if self._path.exists() and not self._path.is_dir():
            raise ConfigurationError("vibe_cache must be a folder, and it is a file.")

    def get(self, key: tuple[str, str, float]) -> bytes | None:
        """Return the encoding, if it is there."""
        try:
            data = self._file(key).read_bytes()
        except OSError:
            return None
        encoding = data[DIGEST:]
        return encoding if encoding and data[:DIGEST] == sha256(encoding).digest() else None

    def put(self, key: tuple[str, str, float], encoding: bytes) -> None:
        """Keep an encoding."""
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            save_whole(self._file(key), sha256(encoding).digest() + encoding)
        except OSError as error:
            log.warning("A vibe encoding could not be kept: %s", error.strerror)

    def _file(self, key: tuple[str, str, float]) -> Path:
        picture, model, info_extracted = key
        # Hashed: a model id is whatever the caller says, and no part of a path.
        name = sha256(f"{picture}\n{model}\n{float(info_extracted)!r}".encode()).hexdigest()
        return self._path / f"{name}.vibe"
