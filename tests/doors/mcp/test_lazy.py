"""The protocol's library is loaded when somebody speaks the protocol."""

import subprocess
import sys

import anyio
import httpx2
import pytest
from tests.doors.serving import serving, settings_for

pytestmark = pytest.mark.anyio

LISTED = """
import sys
import novelai.server.app
print([name for name in sys.modules if name.partition(".")[0] in ("mcp", "mcp_types")])
"""
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
ACCEPT = {"Accept": "application/json, text/event-stream"}


def test_a_server_starts_without_the_protocol():
    """Importing the server does not import the protocol's library."""
    listed = subprocess.run([sys.executable, "-c", LISTED], capture_output=True, check=True)
    assert listed.stdout.strip() == b"[]"


async def test_first_requests_at_once_begin_it_once(upstream, tmp_path, caplog):
    """Several first requests are all answered, by one session manager that ends with the server."""
    answers = []

    async def ping(client, url):
        answers.append(await client.post(f"{url}/mcp", json=PING, headers=ACCEPT))

    with caplog.at_level("INFO", logger="mcp"), serving(settings_for(*upstream, tmp_path)) as site:
        assert "session manager started" not in caplog.text
        async with httpx2.AsyncClient(timeout=60) as client, anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(ping, client, site.url)
    assert [answer.status_code for answer in answers] == [200] * 4
    assert caplog.text.count("session manager started") == 1
    assert caplog.text.count("session manager shutting down") == 1
