"""What a proxy passed on, at each API, with each kind of key: nobody is taken for the owner."""

import base64
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from tests.server.conftest import ADDRESS, visiting

from novelai.server.keys.service import LOCAL
from novelai.server.keys.sessions import COOKIE
from novelai.server.model.key import Limits
from novelai.server.storage.tables import jobs

FORWARDED = {
    "Forwarded": 'for=203.0.113.9;proto=https;host="a.example"',
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "a.example",
    "X-Real-IP": "203.0.113.9",
}
"""What proxies add. A value that says nothing, and one of this machine, count just the same."""

SMALL = {"prompt": "a", "width": 64, "height": 64, "steps": 2}
BODY = {"params": {"prompt": "a", "size": "64x64"}}
MCP = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
NATIVE = {
    "input": "a",
    "model": "nai-diffusion-4-5-full",
    "action": "generate",
    "parameters": {"width": 64, "height": 64, "steps": 2, "n_samples": 1},
}

LOOKS: dict[str, tuple[str, str, Any]] = {
    "api state": ("GET", "/api/state", None),
    "api jobs": ("GET", "/api/jobs", None),
    "api images": ("GET", "/api/images", None),
    "a1111": ("GET", "/sdapi/v1/progress", None),
    "comfyui": ("GET", "/history", None),
    "comfyui queue": ("GET", "/queue", None),
    "native": ("GET", "/user/information", None),
    "nai2api": ("GET", "/nai2api/api/me", None),
    "openai": ("GET", "/v1/models", None),
}
SPENDS: dict[str, tuple[str, str, Any]] = {
    "api": ("POST", "/api/jobs", BODY),
    "generate": ("GET", "/generate?prompt=a&size=64x64", None),
    "a1111": ("POST", "/sdapi/v1/txt2img", SMALL),
    "comfyui": ("POST", "/prompt", {"prompt": {}}),
    "naifu": ("POST", "/generate-stream", SMALL),
    "native": ("POST", "/ai/generate-image", NATIVE),
    "nai2api": ("POST", "/nai2api/api/jobs", {"prompt": "a"}),
    "nai2api get": ("GET", "/nai2api/generate?tag=a", None),
    "openai": ("POST", "/v1/images/generations", {"prompt": "a"}),
    "openai chat": (
        "POST",
        "/v1/chat/completions",
        {"messages": [{"role": "user", "content": "a"}]},
    ),
    "mcp": ("POST", "/mcp", MCP),
}
SOCKET = f"{ADDRESS.replace('http', 'ws')}/ws"
EVERY = {f"look at {name}": one for name, one in LOOKS.items()} | SPENDS


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A credential as a client sends it: headers, and what stands in front of a path."""

    headers: dict[str, str]
    path: str = ""


def bearer(text: str) -> Shown:
    return Shown(headers={"Authorization": f"Bearer {text}"})


def basic(text: str) -> Shown:
    return Shown(headers={"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"})


class World:
    """A server, and keys of its owner in each state."""

    def __init__(self, visitor: Any) -> None:
        self.visitor: TestClient = visitor
        keys = visitor.services.keys

        def run(call: Callable[[], Any]) -> Any:
            return visitor.portal.call(call)

        async def made(**limits: Any) -> tuple[Any, str]:
            return await keys.create(LOCAL, "somebody", Limits(**limits))

        run(keys.local)
        good, secret = run(made)
        gone, revoked = run(made)
        _, expired = run(lambda: made(expires_at=1.0))
        reader, reads = run(lambda: made(scopes=("read",)))
        path = run(lambda: keys.open_path(LOCAL, good.id))
        path_reads = run(lambda: keys.open_path(LOCAL, reader.id))
        path_gone = run(lambda: keys.open_path(LOCAL, gone.id))
        ended = run(lambda: visitor.services.sessions.begin(gone))
        run(lambda: keys.revoke(LOCAL, gone.id))
        cookie = run(lambda: visitor.services.sessions.begin(good))
        self.refused = {
            "none": Shown(headers={}),
            "made-up": bearer("sk-anything"),
            "made-up, basic": basic("user:password"),
            "made-up, x-api-key": Shown(headers={"x-api-key": "dummy"}),
            "made-up, in a path": Shown(headers={}, path="/k/dummy"),
            "the owner's name": bearer(LOCAL),
            "wrong": bearer("nvs_wrong"),
            "wrong, basic": basic("nvs_wrong:"),
            "wrong, in a path": Shown(headers={}, path=f"/k/nvp_{good.id}.wrong"),
            "a key in a path": Shown(headers={}, path=f"/k/{secret}"),
            "revoked": bearer(revoked),
            "revoked, in a path": Shown(headers={}, path=f"/k/{path_gone}"),
            "revoked, a session": Shown(headers={"Cookie": f"{COOKIE}={ended}"}),
            "expired": bearer(expired),
            "a session that is not": Shown(headers={"Cookie": f"{COOKIE}=made-up"}),
        }
        self.taken = {
            "valid": bearer(secret),
            "valid, basic": basic(f"user:{secret}"),
            "valid, x-api-key": Shown(headers={"x-api-key": secret}),
            "valid, in a path": Shown(headers={}, path=f"/k/{path}"),
            "valid, a session": Shown(headers={"Cookie": f"{COOKIE}={cookie}"}),
        }
        self.reading = {
            "read-only": bearer(reads),
            "read-only, in a path": Shown(headers={}, path=f"/k/{path_reads}"),
        }

    def ask(self, request: tuple[str, str, Any], shown: Shown, **more: str) -> Any:
        """Send a request as a client that is no browser."""
        method, path, body = request
        headers = {"Accept": "application/json, text/event-stream", **shown.headers, **more}
        self.visitor.cookies.clear()
        return self.visitor.request(method, shown.path + path, json=body, headers=headers)

    def submitted(self) -> int:
        """How many jobs there are, whosever."""
        services: Any = self.visitor.services  # pyright: ignore[reportAttributeAccessIssue]

        async def count() -> int:
            async with services.context.database.read() as connection:
                return (await connection.execute(select(func.count(jobs.c.id)))).scalar_one()

        assert self.visitor.portal is not None
        return self.visitor.portal.call(count)


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """A server on which the person at the machine needs no key."""
    with visiting(tmp_path_factory.mktemp("forwarded")) as visitor:
        yield World(visitor)


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    """A server that asks everybody for a key."""
    folder = tmp_path_factory.mktemp("forwarded-keyed")
    with visiting(folder) as visitor:
        World(visitor)
    with visiting(folder, require_keys=True) as visitor:
        yield World(visitor)


REFUSED = [
    "none", "made-up", "made-up, basic", "made-up, x-api-key", "made-up, in a path",
    "the owner's name", "wrong", "wrong, basic", "wrong, in a path", "a key in a path", "revoked",
    "revoked, in a path", "revoked, a session", "expired", "a session that is not",
]  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", EVERY)
def test_behind_a_proxy_a_key_is_asked_for(local: World, name: str, kind: str) -> None:
    """Whoever comes through a proxy without a valid key gets 401 at every API; no job is made."""
    before = local.submitted()
    for header, value in FORWARDED.items():
        for told in (value, "127.0.0.1", "") if kind == "made-up" else (value,):
            answer = local.ask(EVERY[name], local.refused[kind], **{header: told})
            assert answer.status_code == 401, (header, told)
    assert local.submitted() == before


@pytest.mark.parametrize("kind", REFUSED)
@pytest.mark.parametrize("name", EVERY)
def test_a_server_that_asks_for_keys(keyed: World, name: str, kind: str) -> None:
    """Through a proxy or not: without a valid key it answers 401 at every API; no job is made."""
    before = keyed.submitted()
    for forwarded in ({}, {"X-Forwarded-For": "127.0.0.1"}):
        answer = keyed.ask(EVERY[name], keyed.refused[kind], **forwarded)
        assert answer.status_code == 401
    assert keyed.submitted() == before


@pytest.mark.parametrize("kind", ["wrong", "wrong, in a path", "revoked", "expired"])
@pytest.mark.parametrize("name", EVERY)
def test_a_key_that_ended_is_not_ignored(local: World, name: str, kind: str) -> None:
    """On one's own machine, too, what once was a key or looks like one does not fall back."""
    before = local.submitted()
    assert local.ask(EVERY[name], local.refused[kind]).status_code == 401
    assert local.submitted() == before


TAKEN = ["valid", "valid, basic", "valid, x-api-key", "valid, in a path", "valid, a session"]


@pytest.mark.parametrize("where", ["local", "keyed"])
@pytest.mark.parametrize("kind", TAKEN)
@pytest.mark.parametrize("name", LOOKS)
def test_a_valid_key_is_taken_everywhere(
    request: pytest.FixtureRequest, name: str, kind: str, where: str
) -> None:
    """Behind each kind of proxy and without one, a valid key opens each API in every form."""
    world: World = request.getfixturevalue(where)
    assert world.ask(LOOKS[name], world.taken[kind]).status_code == 200
    for header, value in FORWARDED.items():
        answer = world.ask(LOOKS[name], world.taken[kind], **{header: value})
        assert answer.status_code == 200, header


@pytest.mark.parametrize("where", ["local", "keyed"])
@pytest.mark.parametrize("kind", ["read-only", "read-only, in a path"])
def test_a_key_that_only_looks(request: pytest.FixtureRequest, kind: str, where: str) -> None:
    """It looks at every API and spends at none, behind a proxy or not."""
    world: World = request.getfixturevalue(where)
    before = world.submitted()
    for forwarded in ({}, *({name: value} for name, value in FORWARDED.items())):
        for name, look in LOOKS.items():
            assert world.ask(look, world.reading[kind], **forwarded).status_code == 200, name
        for name, spend in SPENDS.items():
            if name == "mcp":  # lists its tools to anybody with a key
                continue
            answer = world.ask(spend, world.reading[kind], **forwarded)
            assert 400 <= answer.status_code < 500, (name, answer.text)
            assert answer.status_code != 401, name
    assert world.submitted() == before


@pytest.mark.parametrize("form", ["token", "X-User-Token"])
def test_tokens_of_chat_bots(local: World, form: str) -> None:
    """What Nai2API's clients send as a token is a key, or nothing; and nobody behind a proxy."""
    for text, alone in (("dummy", 200), ("nvs_wrong", 401), (LOCAL, 200)):
        for forwarded in ({}, *({name: value} for name, value in FORWARDED.items())):
            path = "/nai2api/api/me" + (f"?token={text}" if form == "token" else "")
            more = {form: text} if form != "token" else {}
            shown = local.refused["none"]
            answer = local.ask(("GET", path, None), shown, **more, **forwarded)
            assert answer.status_code == (401 if forwarded else alone), (text, forwarded)


@pytest.mark.parametrize("kind", ["none", "made-up", "wrong", "revoked", "expired"])
@pytest.mark.parametrize("header", FORWARDED)
def test_sockets_behind_a_proxy(local: World, header: str, kind: str) -> None:
    """A socket of ComfyUI's opens to a valid key alone."""
    headers = {**local.refused[kind].headers, header: FORWARDED[header]}
    local.visitor.cookies.clear()
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        local.visitor.websocket_connect(SOCKET, headers=headers),
    ):
        pytest.fail("it opened")
    assert closed.value.reason != "foreign_site"
    headers = {**local.taken["valid"].headers, header: FORWARDED[header]}
    with local.visitor.websocket_connect(SOCKET, headers=headers) as socket:
        assert socket.receive_json()["type"] == "status"


@pytest.mark.parametrize("name", LOOKS)
def test_without_a_proxy_the_owner_needs_no_key(local: World, name: str) -> None:
    """On one's own machine every API answers its owner; other headers are no proxy's."""
    assert local.ask(LOOKS[name], local.refused["none"]).status_code == 200
    answer = local.ask(LOOKS[name], local.refused["none"], **{"X-Forward": "1", "Real-IP": "1"})
    assert answer.status_code == 200
