"""Helpers shared by the emulator's tests."""

from collections.abc import Iterator

import httpx2
import pytest

from novelai.emulator import Emulator


@pytest.fixture
def anyio_backend() -> str:
    """One backend is enough where no test says otherwise."""
    return "asyncio"


@pytest.fixture
def emulator() -> Emulator:
    """A fresh emulator whose clock stands still."""
    return Emulator(fast=True, clock=lambda: 1_790_000_000.0)


@pytest.fixture
def client(emulator: Emulator) -> httpx2.AsyncClient:
    """A client inside the process, with the emulator's own token."""
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=emulator.app),
        base_url="http://emulator",
        headers={"Authorization": f"Bearer {emulator.token}"},
    )


@pytest.fixture
def served(emulator: Emulator) -> Iterator[httpx2.Client]:
    """A client over real HTTP."""
    headers = {"Authorization": f"Bearer {emulator.token}"}
    with (
        emulator.serve() as url,
        httpx2.Client(base_url=url, headers=headers, timeout=20) as client,
    ):
        yield client
