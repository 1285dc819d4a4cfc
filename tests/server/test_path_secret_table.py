"""Secrets in addresses, edge by edge: what is taken out, and what is left of the address."""

from typing import Any
from urllib.parse import parse_qsl

import pytest

from novelai.server.compat.adapters import AdapterPaths, make_adapters
from novelai.server.compat.mcp.http import MCPDoor
from novelai.server.http.credentials import PATH_SECRET, PathSecrets

pytestmark = pytest.mark.anyio

NOTHING = object()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def passed_on(path: str, query: str | None = "", kind: str = "http") -> dict[str, Any]:
    """The scope as the server sees it, which is the one that the access log is written from."""
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope)

    scope: dict[str, Any] = {"type": kind, "path": path, "raw_path": path.encode()}
    if query is not None:
        scope["query_string"] = query.encode()
    # Whose addresses hold a key in their query is known by the next middleware.
    adapters = make_adapters(MCPDoor(body_limit=1)) if query else ()
    server = PathSecrets(AdapterPaths(app, adapters=adapters))
    await server(scope, None, None)  # pyright: ignore[reportArgumentType]
    (inside,) = seen
    assert inside is scope
    return inside


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize(
    ("path", "secret", "left"),
    [
        ("/k/nvp_k.abc/sdapi/v1/options", "nvp_k.abc", "/sdapi/v1/options"),
        ("/k/nvp_k.abc/", "nvp_k.abc", "/"),
        ("/k/nvp_k.abc", "nvp_k.abc", "/"),
        ("/k/nvp_k.abc//v1/models", "nvp_k.abc", "/v1/models"),
        ("/k/nvp_k.abc///v1/models", "nvp_k.abc", "/v1/models"),
        ("/k/nvp_k.abc/v1/models/", "nvp_k.abc", "/v1/models/"),
        ("/k/nvp_k.abc/a b/\u00e9", "nvp_k.abc", "/a b/\u00e9"),
        ("/k/nvp_", "nvp_", "/"),
        # what is no secret of a path opens nothing, and is not repeated
        ("/k/nvs_key/v1/models", "nvp_", "/v1/models"),
        ("/k/NVP_k.abc/v1/models", "nvp_", "/v1/models"),
        ("/k/xnvp_k/v1/models", "nvp_", "/v1/models"),
        ("/k/", "nvp_", "/"),
        ("/k//v1/models", "nvp_", "/v1/models"),
        # a second one is a part of the address, not a secret
        ("/k/nvp_a.b/k/nvp_c.d/x", "nvp_a.b", "/k/nvp_c.d/x"),
        ("/k", NOTHING, "/k"),
        ("/K/nvp_k.abc/x", NOTHING, "/K/nvp_k.abc/x"),
        ("/kx/nvp_k.abc/x", NOTHING, "/kx/nvp_k.abc/x"),
        ("/a/k/nvp_k.abc/x", NOTHING, "/a/k/nvp_k.abc/x"),
        ("k/nvp_k.abc/x", NOTHING, "k/nvp_k.abc/x"),
        ("/", NOTHING, "/"),
    ],
)
async def test_a_secret_in_a_path(path: str, secret: Any, left: str, kind: str) -> None:
    """It is taken out of the path and of its raw form; anything else is no secret and stays out."""
    scope = await passed_on(path, kind=kind)
    assert scope["path"] == left
    assert scope.get(PATH_SECRET, NOTHING) == secret
    if secret is not NOTHING:
        assert scope["raw_path"].isascii()
        assert b"nvp_k" not in scope["raw_path"]


async def test_the_raw_path_is_quoted() -> None:
    """What is left of a path is as a client would have sent it."""
    scope = await passed_on("/k/nvp_k.abc/a b/\u00e9?x")
    assert scope["raw_path"] == b"/a%20b/%C3%A9%3Fx"


@pytest.mark.parametrize(
    ("query", "secret", "left"),
    [
        ("key=nvs_1", "nvs_1", []),
        ("key=nvs_1&a=1&b=", "nvs_1", [("a", "1"), ("b", "")]),
        ("a=1&key=nvs_1&a=2", "nvs_1", [("a", "1"), ("a", "2")]),
        ("key=nvs_1/", "nvs_1", []),
        ("key=%20nvs_1%2F%2F%20", "nvs_1", []),
        ("key=nvs_1&key=nvs_2", "nvs_1", []),
        ("%6bey=nvs_1", "nvs_1", []),
        ("key=anything", "anything", []),
        ("key=", NOTHING, []),
        ("key", NOTHING, []),
        ("key=%20", NOTHING, []),
        ("KEY=nvs_1", NOTHING, [("KEY", "nvs_1")]),
        ("keys=nvs_1", NOTHING, [("keys", "nvs_1")]),
        ("a=key", NOTHING, [("a", "key")]),
        ("a=%E9&key=k", "k", [("a", "\ufffd")]),
        ("", NOTHING, []),
    ],
)
async def test_a_key_in_a_query(query: str, secret: Any, left: list[tuple[str, str]]) -> None:
    """Below /sdapi/ the first `key` is taken out of the query; the rest stays in its order."""
    scope = await passed_on("/sdapi/v1/options", query)
    assert parse_qsl(scope["query_string"].decode(), keep_blank_values=True) == left
    assert scope.get(PATH_SECRET, NOTHING) == secret
    assert b"nvs_1" not in scope["query_string"] or secret is NOTHING


async def test_a_query_without_a_key_is_left_alone() -> None:
    """Byte by byte, and where there is none at all."""
    for query in ("a=%7e&&b", "a=monkey&b=%zz", "%80"):
        assert (await passed_on("/sdapi/v1/x", query))["query_string"] == query.encode()
    scope = await passed_on("/sdapi/v1/x", None)
    assert "query_string" not in scope
    assert PATH_SECRET not in scope


@pytest.mark.parametrize(
    "path", ["/api/state", "/v1/models", "/SDAPI/v1/x", "/x/sdapi/v1/x", "/sdapix/v1"]
)
async def test_elsewhere_a_query_is_no_secret(path: str) -> None:
    """`key` is A1111's alone: other addresses keep it, and it opens nothing there."""
    scope = await passed_on(path, "key=nvs_1")
    assert scope["query_string"] == b"key=nvs_1"
    assert PATH_SECRET not in scope


async def test_the_path_comes_before_the_query() -> None:
    """Where both show a secret, the one of the path counts, and neither is left in the address."""
    scope = await passed_on("/k/nvp_k.abc/sdapi/v1/options", "key=nvs_1&a=1")
    assert scope[PATH_SECRET] == "nvp_k.abc"
    assert (scope["path"], scope["query_string"]) == ("/sdapi/v1/options", b"a=1")


async def test_what_is_no_request_is_left_alone() -> None:
    """The server's beginning has no address."""
    assert await passed_on("/k/nvp_k.abc/x", kind="lifespan") == {
        "type": "lifespan",
        "path": "/k/nvp_k.abc/x",
        "raw_path": b"/k/nvp_k.abc/x",
        "query_string": b"",
    }
