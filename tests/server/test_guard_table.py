"""Names and origins, each with its lookalikes: which pass the guard and which it refuses."""

from typing import Any

import pytest
from starlette.types import Message

from novelai.server.http.site_guard import SiteGuard

pytestmark = pytest.mark.anyio

HERE = "127.0.0.1:8000"
Fields = list[tuple[str, str]]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def answer(
    headers: Fields,
    *,
    path: str = "/api/state",
    query: str = "",
    method: str = "GET",
    kind: str = "http",
    **settings: Any,
) -> tuple[int, dict[str, str]]:
    """The status and the headers of an answer; 200 comes from what is guarded."""
    sent: list[Message] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"inside"})

    async def receive() -> Message:
        return {"type": "websocket.connect" if kind == "websocket" else "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": kind,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
    }
    if kind == "http":
        scope["method"] = method
    await SiteGuard(app, **settings)(scope, receive, send)
    start = sent[0]
    if start["type"] == "websocket.close":
        assert (start["code"], start["reason"], len(sent)) == (1008, "foreign_site", 1)
        return 403, {}
    told = {name.decode(): value.decode() for name, value in start["headers"]}
    assert (sent[-1]["type"], len(sent)) == ("http.response.body", 2)
    inside = any(message.get("body") == b"inside" for message in sent)
    assert inside is (start["status"] == 200)
    return start["status"], told


OWN = [
    "127.0.0.1", "127.0.0.1:8000", "127.0.0.1:1", "127.1.2.3:9", "127.255.255.254", "localhost",
    "localhost:8000", "LOCALHOST", "LocalHost:99", "novelai.localhost", "a.b.localhost:80",
    "A.LOCALHOST", "[::1]", "[::1]:8000", "[0:0:0:0:0:0:0:1]:8000",
]  # fmt: skip

FOREIGN = [
    # nothing, and what is no name
    "", ":8000", "[", "]", "[]", "[::1", "//", ".", "-",
    # this machine's name as a part of another
    "localhost.evil", "localhost.evil.example:8000", "evillocalhost", "evil-localhost",
    "localhostevil", "localhost.localhost.evil", "localhos", "ocalhost", "xlocalhost:8000",
    "127.0.0.1.evil.example", "127.0.0.1.nip.io", "evil.example", "evil.example:8000",
    "localhost.", "localhost.:8000", "127.0.0.1.", "localdomain",
    # more behind what is ours
    "[::1].evil.example", "[::1]evil.example:8000", "[::1]:8000.evil.example",
    "127.0.0.1:8000.evil.example", "127.0.0.1:80000.evil.example", "127.0.0.1:80000",
    "localhost:99999", "localhost/evil", "localhost?x", "localhost#x", "localhost:",
    "localhost:8000/",
    "evil.example\\@127.0.0.1:8000",
    # a user in front
    "user@localhost", "user:word@127.0.0.1:8000", "localhost@evil.example",
    "127.0.0.1:8000@evil.example", "localhost:x@evil.example:8000",
    # other numbers, and numbers that another program takes for this machine
    "126.255.255.255", "128.0.0.0", "192.168.1.5", "10.0.0.1", "169.254.169.254", "0.0.0.0", "0",
    "1.1.1.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.01",
    "127.0.0.256", "127.0.0.1.1", "[::]", "[::2]", "[fe80::1]", "[fd00::1]", "[2001:db8::1]",
    # letters that look alike
    "l\u043ecalhost", "\uff4cocalhost", "loca\u217chost", "xn--lcalhost-54g", "127\uff0e0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("host", OWN)
async def test_this_machine_has_these_names(host: str) -> None:
    """By each of them the server answers, in any letters and at any port."""
    assert (await answer([("Host", host)]))[0] == 200
    assert (await answer([("Host", host)], hosts=["novelai.example"]))[0] == 200


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("host", FOREIGN)
async def test_no_other_name_is_this_machines(host: str, kind: str) -> None:
    """What looks like a name of this machine and is another is refused: requests and sockets."""
    assert (await answer([("Host", host)], kind=kind))[0] == 403


async def test_without_a_host_nothing_is_answered() -> None:
    """A request that names no host is refused, whatever else it brings."""
    assert (await answer([]))[0] == 403
    assert (await answer([("Origin", "http://localhost")]))[0] == 403
    assert (await answer([("Host", "evil.example"), ("Host", HERE)]))[0] == 403


BELOW = [
    "a.example.org",
    "A.Example.ORG",
    "a.example.org:8443",
    "a.b.example.org",
    "x-y.example.org",
]
BESIDE = [
    "example.org", "example.org:80", "evilexample.org", "evil-example.org", "example.org.evil",
    "a.example.org.evil", "a.example.org.evil:443", "a.example.organic", "a.example.or",
    "a.example.com", "aexample.org", "example", "org", "a.example.org.", "a.example.org@evil.com",
    "exampleaorg", "a.exampleaorg", "192.168.1.5", "",
]  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "passing", "refused"),
    [
        ("*.example.org", BELOW, BESIDE),
        ("*.Example.Org", BELOW, BESIDE),
        (
            "novel.example",
            ["novel.example", "NOVEL.example:1", "novel.example:8000"],
            ["sub.novel.example", "evilnovel.example", "novel.example.evil", "novel.example.",
             "novelaexample", "novel", "example", "novel.example@evil.com", ""],
        ),
        ("NOVEL.example", ["novel.example", "Novel.Example"], ["xnovel.example"]),
        ("10.0.0.7", ["10.0.0.7", "10.0.0.7:8000"], ["10.0.0.8", "110.0.0.7", "10.0.0.71"]),
        ("fd00::7", ["[fd00::7]", "[fd00::7]:8000", "[FD00::7]"], ["[fd00::8]", "[fd00::71]"]),
        ("*", ["anything.example", "evil", "8.8.8.8:1", "[2001:db8::1]"], ["", "[", ":8000"]),
        # A star stands for labels in front, and for nothing else.
        ("*example.org", [], ["a.example.org", "evilexample.org", "example.org"]),
        ("a.*.org", [], ["a.b.org", "a..org"]),
        ("", [], ["", "evil.example"]),
    ],
)  # fmt: skip
async def test_names_of_the_settings(setting: str, passing: list[str], refused: list[str]) -> None:
    """A name stands for itself, `*.name` for all below it and not for it, `*` for any name."""
    for host in passing:
        assert (await answer([("Host", host)], hosts=[setting]))[0] == 200, host
    for host in refused:
        assert (await answer([("Host", host)], hosts=[setting]))[0] == 403, host
    assert (await answer([("Host", "localhost")], hosts=[setting]))[0] == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("192.168.1.5", 200), ("203.0.113.7:80", 200), ("[fd00::1]:8000", 200), ("0.0.0.0", 200),
        ("evil.example", 403), ("192.168.1.5.evil.example", 403), ("192.168.1", 403),
        ("192.168.1.256", 403), ("3232235781", 403), ("", 403), ("[fd00::1", 403),
        ("192.168.1.5.", 403),
    ],
)  # fmt: skip
async def test_numbers_are_names_where_others_reach_it(host: str, status: int) -> None:
    """A server for others answers to numbers, which no name server points elsewhere."""
    assert (await answer([("Host", host)], addresses=True))[0] == status
    # A name of the settings opens no number, nor a number the names.
    assert (await answer([("Host", host)], hosts=["novelai.example"]))[0] == 403


SITES = [
    "https://evil.example", "http://evil.example", "http://evil.example:8000", "null", "", " ",
    "http://", "://", "http", "127.0.0.1:8001", "http://127.0.0.1.evil.example",
    "http://localhost.evil.example", "http://evillocalhost", "http://localhost@evil.example",
    "http://127.0.0.1:8000@evil.example", "http://evil.example/127.0.0.1:8000",
    "http://evil.example#127.0.0.1:8000", "http://evil.example?127.0.0.1:8000",
    "https://192.168.1.5:8000", "http://10.0.0.1",
    "http://2130706433:8000", "file://", "chrome-extension://abcdefgh", "moz-extension://1-2-3",
    "http://evil.example http://127.0.0.1:8000", "http://[", "http://128.0.0.1:8000",
    # other programs of this machine
    "http://localhost:3000", "http://localhost:8000", "http://127.0.0.1:8001", "http://127.0.0.1",
    "http://novelai.localhost:8000", "http://[::1]:8000",
]  # fmt: skip


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
@pytest.mark.parametrize("site", SITES)
async def test_no_other_site_may_ask(site: str, method: str, kind: str) -> None:
    """Whatever a browser says of a page elsewhere is refused, and told nothing that lets it in."""
    asked = ("Access-Control-Request-Method", "POST")
    for settings in ({}, {"addresses": True}, {"origins": ["http://192.168.1.5:8001"]}):
        status, told = await answer(
            [("Host", HERE), ("Origin", site), asked], method=method, kind=kind, **settings
        )
        assert status == 403
        assert "access-control-allow-origin" not in told


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        (HERE, f"http://{HERE}"), (HERE, f"HTTP://{HERE}/"), ("LOCALHOST:1", "http://localhost:1"),
        ("[::1]:8000", "http://[::1]:8000"), ("localhost", "https://localhost"),
    ],
)  # fmt: skip
async def test_the_servers_own_page_may_ask(host: str, origin: str) -> None:
    """A page of the very host that is asked is the server's own; it needs no leave."""
    for kind in ("http", "websocket"):
        status, told = await answer([("Host", host), ("Origin", origin)], kind=kind)
        assert (status, told) == (200, {})


async def test_the_own_page_by_a_number() -> None:
    """At an address of the network only the page of that address and port is its own."""
    host = ("Host", "192.168.1.5:8000")
    for origin, status in (
        ("http://192.168.1.5:8000", 200),
        ("http://192.168.1.5:8001", 403),
        ("http://192.168.1.5", 403),
        ("http://192.168.1.50:8000", 403),
        ("http://192.168.1.6:8000", 403),
    ):
        assert (await answer([host, ("Origin", origin)], addresses=True))[0] == status, origin
    written = [("Host", "[FD00::1]:8000"), ("Origin", "http://[fd00::1]:8000")]
    assert (await answer(written, addresses=True))[0] == 200


ALLOWED = ["http://192.168.1.5:8001/", "HTTPS://App.Example"]
CORS = {
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE, OPTIONS",
    "access-control-allow-headers": "*",
    "access-control-expose-headers": (
        "X-Job-Id, X-Anlas-Cost, X-Seed, X-NovelAI-Notes, X-Request-Id, Location"
    ),
    "access-control-max-age": "600",
    "vary": "Origin",
}


@pytest.mark.parametrize(
    "origin", ["http://192.168.1.5:8001", "https://app.example", "https://APP.example/"]
)
async def test_sites_of_the_settings_may_ask(origin: str) -> None:
    """They are answered, with exactly the headers that let a browser read it, and no cookie."""
    fields = [("Host", HERE), ("Origin", origin)]
    expected = CORS | {"access-control-allow-origin": origin}
    assert await answer(fields, origins=ALLOWED) == (200, expected)
    assert await answer(fields, origins=ALLOWED, method="OPTIONS") == (200, expected)
    assert await answer(fields, origins=ALLOWED, kind="websocket") == (200, {})
    asked = [
        *fields,
        ("Access-Control-Request-Method", "PUT"),
        ("Access-Control-Request-Headers", "x-one"),
    ]
    preflight = expected | {"access-control-allow-headers": "x-one"}
    assert await answer(asked, origins=ALLOWED, method="OPTIONS") == (204, preflight)
    assert await answer(asked, origins=ALLOWED, method="POST") == (200, preflight)
    # The host is asked for all the same.
    foreign = [("Host", "evil.example"), ("Origin", origin)]
    assert (await answer(foreign, origins=ALLOWED))[0] == 403


@pytest.mark.parametrize(
    "origin",
    [
        "http://192.168.1.5:8002", "http://192.168.1.5", "https://192.168.1.5:8001",
        "http://192.168.1.5:80010", "http://app.example", "https://app.example:8443",
        "https://sub.app.example", "https://app.example.evil", "https://evilapp.example",
        "https://app.exampl", "app.example", "https://app.example/x",
    ],
)  # fmt: skip
async def test_lookalikes_of_sites_of_the_settings(origin: str) -> None:
    """Another scheme, port or name is another site."""
    assert (await answer([("Host", HERE), ("Origin", origin)], origins=ALLOWED))[0] == 403


LOOKED_AT = [
    "/", "/docs", "/create", "/picture", "/queue", "/gallery", "/inspect", "/settings", "/login",
]  # fmt: skip
CLOSED = [
    "/api/state", "/api/jobs", "/generate", "/generate/stream", "/openapi.json", "/metrics",
    "/healthz", "/view", "/links/images/x", "/gallery/", "/gallery/x", "/docs/x", "/DOCS", "//",
    "/creates", "/static/index.js", "/v1/models", "/sdapi/v1/options", "/ws", "/mcp", "",
]  # fmt: skip


@pytest.mark.parametrize("path", LOOKED_AT + CLOSED)
async def test_what_a_link_elsewhere_may_lead_to(path: str) -> None:
    """A link may be followed to a page; nothing else is answered to another site in any way."""
    cross = [("Host", HERE), ("Sec-Fetch-Site", "cross-site")]
    followed = [*cross, ("Sec-Fetch-Mode", "navigate")]
    assert (await answer(followed, path=path))[0] == (200 if path in LOOKED_AT else 403)
    for mode in ("no-cors", "cors", "websocket", "Navigate", "", "nested-navigate"):
        assert (await answer([*cross, ("Sec-Fetch-Mode", mode)], path=path))[0] == 403, mode
    assert (await answer(cross, path=path))[0] == 403
    own = [("Host", HERE), ("Sec-Fetch-Site", "same-origin"), ("Sec-Fetch-Mode", "cors")]
    assert (await answer(own, path=path))[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "query", "status"),
    [
        ("GET", "/generate", "prompt=a&link=1.k.s", 200),
        ("HEAD", "/generate", "link=1.k.s", 200),
        ("GET", "/links/images/img_1", "link=1.k.s", 200),
        ("POST", "/generate", "link=1.k.s", 403),
        ("DELETE", "/links/images/img_1", "link=1.k.s", 403),
        ("GET", "/generate", "", 403),
        ("GET", "/generate", "link=", 403),
        ("GET", "/generate", "links=1.k.s", 403),
        ("GET", "/generate", "xlink=1.k.s", 403),
        ("GET", "/generate", "LINK=1.k.s", 403),
        ("GET", "/generate", "prompt=link", 403),
        ("GET", "/generate/stream", "link=1.k.s", 403),
        ("GET", "/generate/", "link=1.k.s", 403),
        ("GET", "/generates", "link=1.k.s", 403),
        ("GET", "/api/state", "link=1.k.s", 403),
        ("GET", "/links", "link=1.k.s", 403),
        ("GET", "/api/links/", "link=1.k.s", 403),
    ],
)
async def test_a_link_with_a_permission(method: str, path: str, query: str, status: int) -> None:
    """Only looking, only where permissions are read, and only with one, any site may ask."""
    site = [("Origin", "https://evil.example"), ("Sec-Fetch-Site", "cross-site")]
    asked: dict[str, Any] = {"method": method, "path": path, "query": query}
    assert (await answer([("Host", HERE), *site], **asked))[0] == status
    # The name of the server must be right even so: its permission is not for another.
    assert (await answer([("Host", "evil.example")], **asked))[0] == 403
    sockets: dict[str, Any] = {"path": path, "query": query, "kind": "websocket"}
    assert (await answer([("Host", HERE), *site], **sockets))[0] == 403


async def test_what_is_no_request_passes() -> None:
    """The beginning and the end of the server are nobody's request."""
    assert (await answer([], kind="lifespan"))[0] == 200
