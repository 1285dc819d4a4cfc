"""Where an account's proxy may be on a server that several people use."""

import pytest
from tests.server_api.people import running

from novelai.server.http.account_proxies import check_proxy
from novelai.server.model.problems import ProblemError

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio"


def leading_to(*addresses):
    async def resolve(_host, _port):
        return addresses

    return resolve


async def nowhere(_host, _port):
    raise OSError


@pytest.mark.parametrize(
    ("url", "resolve"),
    [
        ("http://127.0.0.1:8080", leading_to("127.0.0.1")),
        ("http://user:word@10.0.0.7:1", leading_to("10.0.0.7")),
        ("http://169.254.169.254/", leading_to("169.254.169.254")),
        ("http://2130706433:80", leading_to("8.8.8.8")),
        ("http://[::1]:80", leading_to("::1")),
        ("http://database:5432", leading_to("8.8.8.8")),
        ("https://proxy.internal", leading_to("8.8.8.8")),
        ("https://proxy.example.com", leading_to("8.8.8.8", "192.168.1.1")),
        ("https://proxy.example.com", nowhere),
    ],
)
async def test_no_way_into_the_servers_network(url, resolve):
    """By number, by name, and by a name that leads there: refused with the field."""
    with pytest.raises(ProblemError) as refused:
        await check_proxy(url, resolve)
    assert (refused.value.status, refused.value.errors[0][0]) == (422, "proxy")
    assert "word" not in refused.value.detail


async def test_a_public_proxy_is_taken():
    """As none is, whose name nobody asks for."""
    asked = []

    async def resolve(host, port):
        asked.append((host, port))
        return ("8.8.8.8", "2606::1")

    await check_proxy("http://user:word@proxy.example.com:8080", resolve)
    await check_proxy(None, nowhere)
    assert asked == [("proxy.example.com", 8080)]


def test_who_may_name_any(tmp_path):
    """The person at this machine may; on a server with keys whoever runs it allows it."""
    proxy = {"proxy": "http://127.0.0.1:1"}
    for required, status in ((False, 200), (True, 422)):
        with running(tmp_path, require_keys=required) as site:
            owner = site.somebody("owner", scopes=("generate", "read", "admin"))
            account = owner.get("/api/accounts").json()["accounts"][0]["id"]
            answer = owner("PATCH", f"/api/accounts/{account}", json=proxy)
            assert answer.status_code == status, answer.text
            owner("PATCH", f"/api/accounts/{account}", json={"proxy": None})
