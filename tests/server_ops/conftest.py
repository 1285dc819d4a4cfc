"""The worlds of the services' tests, and a receiver of webhooks."""

import pytest
from tests.server.conftest import keyed, make_key  # noqa: F401 - fixtures
from tests.server_core.conftest import (  # noqa: F401 - fixtures
    anyio_backend,
    emulator,
    opening,
    postgres,
    postgres_url,
    services,
    upstream,
    url,
)
from tests.server_ops.receiver import Receiver


@pytest.fixture
def receiver():
    """Takes webhooks on this machine over plain http."""
    with Receiver() as receiver:
        yield receiver
