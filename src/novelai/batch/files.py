"""The files of a batch: its journal, which one process holds, and its pictures."""

import os
import sys
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO

from novelai._saving import save_new
from novelai.batch.journal import Reading, check_reading, read_journal, seal
from novelai.errors import BatchError

__all__ = ["JournalFile", "check_free", "find_files", "read_file", "save_pictures"]


class JournalFile:
    """A journal that is open, and locked against other runs.

    Args:
        path: the file; made when it is not there.

    Attributes:
        records: its lines but the first, those of earlier runs included.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.records: list[Mapping[str, Any]] = []
        self._file: BinaryIO | None = None
        self._last_sum = ""
        self._mutex = Lock()

    def open(self, header: Mapping[str, Any]) -> Reading:
        """Lock and read the file; a last line that was cut off is taken away.

        Args:
            header: its first line, which is written when there is none.

        Raises:
            BatchError: another run holds it, or it is not what this run can go on from.
            OSError: it cannot be read or written.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = file = self.path.open("a+b")
        try:
            _lock(file)
            file.seek(0)
            data = file.read()
            reading = read_journal(data)
            check_reading(reading, header)
            if reading.cut:
                file.truncate(len(data) - len(reading.cut))
                os.fsync(file.fileno())
        except BaseException:
            self.close()
            raise
        self._last_sum = reading.last_sum
        self.records = list(reading.records)
        return reading

    def begin(self, header: Mapping[str, Any]) -> None:
        """Write the first line.

        Raises:
            OSError: it cannot be written.
        """
        self._write(header)

    def append(self, record: Mapping[str, Any]) -> None:
        """Write a line; it is on the disk when this returns.

        Raises:
            OSError: it cannot be written.
        """
        with self._mutex:
            self._write(record)
            self.records.append(record)

    def close(self) -> None:
        """Close the file, which gives it free."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, record: Mapping[str, Any]) -> None:
        assert self._file is not None
        line, last_sum = seal(record, self._last_sum)
        self._file.write(line)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._last_sum = last_sum


def read_file(path: Path) -> Reading:
    """Read a journal that is there, and leave it as it is.

    Raises:
        BatchError: it is not there, or is no journal.
    """
    try:
        return read_journal(path.read_bytes())
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise BatchError(
            f"The file to resume from cannot be read: {reason}. Nothing was sent.", kind="folder"
        ) from error


def _lock(file: BinaryIO) -> None:
    """Hold a file until it is closed, or the process ends in whatever way."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(2**30)  # behind whatever is read or written
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise BatchError(
            "Another run holds the file to resume from. Nothing was sent. Wait for its end.",
            kind="locked",
        ) from None


def check_free(folder: Path, names: Iterable[str]) -> None:
    """Make the folder, and refuse one that holds pictures by these names.

    Raises:
        BatchError: it does, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        there = {entry.name for entry in os.scandir(folder)}
    except OSError as error:
        raise unusable(error) from error
    taken = [name for name in names if name in there]
    if taken:
        raise BatchError(
            f"The folder already holds {taken[0]}, of another run. Nothing was sent. Give another "
            "folder; to go on with a batch that was interrupted, give the file it was to resume "
            "from.",
            kind="folder",
        )


def unusable(error: OSError) -> BatchError:
    """Return the error of a folder or file that cannot be written."""
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return BatchError(f"The files of the batch cannot be written: {reason}.", kind="folder")


def find_files(folder: Path, digests: Mapping[str, str | None]) -> list[tuple[Path, str]] | None:
    """Return the files of a call's pictures with their digests, if all are there and unchanged.

    Args:
        folder: where they are.
        digests: theirs by name; without one, being there is enough.
    """
    found: list[tuple[Path, str]] = []
    for name, digest in digests.items():
        try:
            there = sha256((folder / name).read_bytes()).hexdigest()
        except OSError:
            return None
        if digest not in (None, there):
            return None
        found.append((folder / name, there))
    return found


def save_pictures(folder: Path, pictures: Iterable[tuple[str, bytes]]) -> list[tuple[Path, str]]:
    """Write pictures to the disk, each whole or not at all.

    Returns:
        the files with their digests. One whose name is taken all the same gets another.

    Raises:
        OSError: one cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return [(save_new(folder / name, data), sha256(data).hexdigest()) for name, data in pictures]
