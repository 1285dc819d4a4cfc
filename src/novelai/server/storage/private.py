"""Files that hold prompts and sealed tokens are for their owner alone."""

import logging
import os
from contextlib import suppress
from pathlib import Path

__all__ = ["FOLDER_MODE", "create_private", "tighten"]

FOLDER_MODE = 0o700
FILE_MODE = 0o600
OTHERS = 0o077

log = logging.getLogger(__name__)


def create_private(path: Path) -> None:
    """Create an empty file for its owner alone, unless there is one."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, FILE_MODE))


def tighten(path: Path) -> None:
    """Take away what others may do with a file, if it is there."""
    try:
        if not path.stat().st_mode & OTHERS:
            return
        path.chmod(FILE_MODE)
    except FileNotFoundError:
        return
    except PermissionError:
        log.warning("Others may read %s, and it is not ours to change: chmod 600 it.", path)
        return
    log.warning("Others could read %s; now only its owner can.", path)
