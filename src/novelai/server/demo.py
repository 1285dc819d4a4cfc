"""The emulator beside the server, for a demo without an account."""

from collections.abc import Generator
from contextlib import contextmanager

from novelai.emulator import Emulator

__all__ = ["run_emulator"]


@contextmanager
def run_emulator(step_seconds: float) -> Generator[tuple[str, str]]:
    """Run an emulator on a loopback port; gives its address and a token for it."""
    emulator = Emulator(fast=False, step_seconds=step_seconds)
    with emulator.serve() as url:
        yield url, emulator.token
