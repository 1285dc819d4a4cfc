"""What is shown as a key at each door: ours is checked, else it counts where one is needed."""

import base64

import pytest
from starlette.websockets import WebSocketDisconnect
from tests.server.conftest import visiting

from novelai.server.http.credentials import is_forwarded

DOORS = {
    "api": ("/api/state", 200),
    "a1111": ("/sdapi/v1/options", 200),
    "comfy": ("/prompt", 200),
    "naifu": ("/generate-stream", 405),
    "nai2api": ("/nai2api/api/me", 200),
    "openai": ("/v1/models", 200),
    "native": ("/user/information", 200),
    "native beside": ("/native/user/information", 200),
    "mcp": ("/mcp", 400),
}
"""An address of each door, and what is answered there to who is known."""

MADE_UP = ("sk-anything", "none", "ü", "nvk_other", "pst-other")
OURS_AND_WRONG = ("nvs_wrong", "nvp_wrong.key", "nvs_")


def basic(text):
    return {"Authorization": b"Basic " + base64.b64encode(text.encode())}


FORMS = {
    "bearer": lambda secret: {"Authorization": f"Bearer {secret}".encode()},
    "basic password": lambda secret: basic(f"me:{secret}"),
    "basic user": lambda secret: basic(f"{secret}:"),
    "basic alone": lambda secret: {"Authorization": f"Basic {secret}".encode()},
    "x-api-key": lambda secret: {"x-api-key": secret.encode()},
}
"""How it is shown."""

KINDS = [(form, secret) for form in FORMS for secret in MADE_UP]
WRONG = [(form, secret) for form in FORMS for secret in OURS_AND_WRONG]
SOCKET = "ws://127.0.0.1:8000/ws?clientId=me"
FORWARDED = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """A server of one's own, on which nobody needs a key."""
    with visiting(tmp_path_factory.mktemp("local")) as visitor:
        yield visitor


def ask(server, door, headers):
    path, known = DOORS[door]
    if door == "naifu":
        return server.post(path, headers=headers, json={"width": "nonsense"}), 422
    if door == "mcp":
        return server.post(path, headers=headers, content=b"nonsense"), known
    return server.get(path, headers=headers), known


@pytest.mark.parametrize("door", DOORS)
def test_a_made_up_key_counts_as_none(local, door):
    """Where nobody needs a key, programs that must send one are answered at every door."""
    for form, secret in KINDS:
        answer, known = ask(local, door, FORMS[form](secret))
        assert answer.status_code == known, (form, secret, answer.text)


@pytest.mark.parametrize("door", DOORS)
def test_a_wrong_key_of_ours_is_refused(local, door):
    """A key that begins as ours do and is not valid opens nothing, although none is needed."""
    for form, secret in WRONG:
        answer, _ = ask(local, door, FORMS[form](secret))
        assert answer.status_code == 401, (form, secret, answer.text)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("where", ["keys required", "behind a proxy"])
def test_a_made_up_key_opens_nothing(local, keyed, door, where):
    """Where keys are needed, and behind a proxy nobody told of, whatever is no key is refused."""
    server, more = (keyed, {}) if where == "keys required" else (local, FORWARDED)
    for form, secret in (*KINDS, *WRONG):
        answer, _ = ask(server, door, FORMS[form](secret) | more)
        assert answer.status_code == 401, (form, secret, answer.text)
    answer, _ = ask(server, door, more)
    assert answer.status_code == 401


@pytest.mark.parametrize("door", DOORS)
def test_a_key_is_taken_at_every_door(keyed, make_key, door):
    """Each way to show a key works at each door, and behind a proxy too."""
    _, secret = make_key()
    for more in ({}, FORWARDED):
        for form, show in FORMS.items():
            answer, known = ask(keyed, door, show(secret) | more)
            assert answer.status_code == known, (form, answer.text)


BOT = "/nai2api/api/me"


def test_the_fields_of_bots_follow_the_same_rule(local, keyed, make_key):
    """A bot's own fields, and a query under /sdapi, are a key like any other."""
    _, secret = make_key()
    shown = [
        lambda server, text: server.get(BOT, headers={"X-User-Token": text}),
        lambda server, text: server.get(BOT, params={"token": text}),
        lambda server, text: server.get("/sdapi/v1/options", params={"key": text}),
        lambda server, text: server.post("/nai2api/api/jobs", json={"token": text, "steps": 99}),
    ]
    for show in shown:
        assert show(local, "made-up").status_code in (200, 422)
        assert show(local, "nvs_wrong").status_code == 401
        assert show(keyed, "made-up").status_code == 401
        assert show(keyed, secret).status_code in (200, 422)


def test_a_made_up_address_opens_nothing(local):
    """What stands in an address instead of a key is refused everywhere."""
    assert local.get("/k/made-up/api/state").status_code == 401


@pytest.mark.parametrize("form", FORMS)
def test_sockets_follow_the_same_rule(local, keyed, form):
    """A socket opens for a made-up key where nobody needs one, and for no wrong one of ours."""

    def opens(server, secret):
        try:
            with server.websocket_connect(SOCKET, headers=FORMS[form](secret)) as socket:
                return socket.receive_json()["type"] == "status"
        except WebSocketDisconnect:
            return False

    assert all(opens(local, secret) for secret in MADE_UP)
    assert not any(opens(local, secret) for secret in OURS_AND_WRONG)
    assert not any(opens(keyed, secret) for secret in (*MADE_UP, *OURS_AND_WRONG))


@pytest.mark.parametrize(
    "name",
    [
        "Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Server", "x-forwarded", "X-Real-IP",
        "CF-Connecting-IP", "True-Client-IP", "Tailscale-User-Login", "X-Envoy-External-Address",
    ],
)  # fmt: skip
def test_any_sign_of_a_proxy_counts(name):
    """Whatever a proxy adds tells that it passed the request on."""
    headers = [(b"host", b"a"), (name.encode(), b"")]
    assert is_forwarded({"type": "http", "http_version": "1.1", "headers": headers})


def test_an_old_version_is_a_proxys():
    """HTTP/1.0 is what nginx speaks by itself; programs of today do not."""
    plain = {"type": "http", "headers": [(b"user-agent", b"curl")]}
    assert is_forwarded({**plain, "http_version": "1.0"})
    assert not is_forwarded({**plain, "http_version": "1.1"})
    assert not is_forwarded({**plain, "http_version": "2"})
