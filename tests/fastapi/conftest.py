"""The loop that FastAPI runs on."""

import pytest


@pytest.fixture
def anyio_backend():
    return "asyncio"
