"""Somebody else's program as a process on a free port of this machine, and this server for it."""

import socket
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.processes import Program, running
from tests.web.sites import Site, hosting, new_key

PATIENCE = 300
"""Seconds until a program that does not answer counts as failed: a first start makes a database."""
HOUSE = {"NOVELAI_SERVER_DEMO_STEP_SECONDS": "0.05", "NOVELAI_SERVER_REQUIRE_KEYS": "1"}


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def wait_for(url: str, program: Program) -> None:
    """Wait until something answers at an address."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            urllib.request.urlopen(url, timeout=10).close()
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            ended = program.process.poll() is not None
            if ended or time.monotonic() > deadline:
                raise AssertionError(program.output[-4_000:]) from None
            time.sleep(0.5)
        else:
            return


@contextmanager
def house() -> Iterator[Site]:
    """Run this server with keys: `site.key` may spend, `site.free_key` takes what is free."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        key = new_key(data, scopes=("generate", "read", "admin"), free_only=False)
        free_key = new_key(data, free_only=True)
        with hosting(data, "--demo", **HOUSE) as site:
            site.key, site.free_key = key, free_key
            site.api.headers["Authorization"] = f"Bearer {key}"
            yield site


@contextmanager
def started(*command: str, port: int, **environment: str) -> Iterator[str]:
    """Run a program until the end of a `with` block; gives the address where it answers."""
    url = f"http://127.0.0.1:{port}"
    with running(*command, **environment) as program:
        wait_for(url, program)
        yield url
