"""Services in which nothing runs by itself, and whose time is set by hand."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NoReturn

from tests.server_core.helpers import HandClock

from novelai.server.services import Services, open_services
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.secrets import Vault

KEY = b"k" * 32


def no_account(*_: object, **__: object) -> NoReturn:
    """Stand for NovelAI where nobody may ask it."""
    raise AssertionError("NovelAI was asked")


@asynccontextmanager
async def still(folder: Path) -> AsyncGenerator[tuple[Services, HandClock]]:
    """Open services without a worker, at a million seconds."""
    clock = HandClock()
    clock.time = 1_000_000.0
    async with open_services(
        url=f"sqlite:///{folder / 'novelai.db'}",
        blobs=Blobs.local(folder / "blobs"),
        vault=Vault([KEY]),
        connect=no_account,
        clock=clock,
        work=False,
    ) as services:
        yield services, clock
