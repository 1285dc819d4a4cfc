"""A connected client of the protocol."""

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


@pytest.fixture
def agent(keyed):
    """A connected client, by default with a key of its own."""

    class Agent:
        def __init__(self, secret=None, mode="auto", **limits):
            self.secret = secret or keyed.make_key(**limits)
            self.mode = mode

        async def __aenter__(self):
            headers = {"Authorization": f"Bearer {self.secret}"}
            self.http = httpx2.AsyncClient(headers=headers, timeout=60)
            transport = streamable_http_client(f"{keyed.url}/mcp", http_client=self.http)
            self.client = Client(transport, mode=self.mode)
            return await self.client.__aenter__()

        async def __aexit__(self, *error):
            await self.client.__aexit__(*error)
            await self.http.aclose()

    return Agent
