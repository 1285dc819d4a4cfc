"""What a key needs, route by route: declared beside each, and kept."""

import pytest
from fastapi.routing import iter_route_contexts
from tests.server_api.people import TINY

from novelai.server.app import create_app
from novelai.server.compat.nai2api.endpoints import bot
from novelai.server.http.dependencies import Needs, caller_of
from novelai.server.settings import Settings

PUBLIC = {
    "/openapi.json": "describes the API, and nobody's data",
    "/docs": "the same for people",
    "/healthz": "a supervisor has no key",
    "/readyz": "a supervisor has no key",
    "/metrics": "asks for an administrator where keys are needed, itself",
    "/generate": "its link carries the permission; without one the job asks for its scope",
    "/links/images/{image_id}": "its link carries the permission",
    "/api/session": "logging in and out",
    "/api/start": "tells a stranger that they are one; of the rest what the key may see",
    "/mcp": "each of its tools asks for its own scope",
    "/mcp/": "each of its tools asks for its own scope",
    "/internal/ping": "clients look whether somebody is there",
    "/app_id": "clients look whether somebody is there",
    "/app_id/": "clients look whether somebody is there",
    "/user/login": "refuses everybody",
    "/native/user/login": "refuses everybody",
    "/v1/images/generations OPTIONS": "clients look whether somebody is there",
    "/v1/{rest:path}": "there is nothing",
    "/assets": "the page's files",
    **dict.fromkeys(
        ("/", "/picture", "/queue", "/gallery", "/inspect", "/tools", "/settings", "/login"),
        "a screen of the page, which asks for the key itself",
    ),
    **dict.fromkeys(("/icon.svg", "/manifest.webmanifest", "/licenses.md"), "the page's files"),
}
"""Routes that declare nothing, each with the reason."""

TELLS_ONLY = {
    "/api/cost": "prices, and keeps nothing",
    "/api/tokens": "counts, and keeps nothing",
    "/api/metadata": "reads what was sent, and keeps nothing",
    "/sdapi/v1/png-info": "reads what was sent, and keeps nothing",
    "/sdapi/v1/interrogate": "refuses everybody",
    "/internal/progress": "tells of this key's own jobs",
    "/ws": "tells of this key's own prompts",
    **dict.fromkeys(
        (
            f"/sdapi/v1/{name}"
            for name in ("refresh-loras", "refresh-checkpoints", "refresh-vae",
                         "reload-checkpoint", "unload-checkpoint")
        ),
        "does nothing",
    ),
    **dict.fromkeys(
        (
            f"{front}/user/{path}"
            for front in ("", "/native")
            for path in ("giftkeys", "clientsettings", "keystore", "objects/{path:path}",
                         "create-persistent-token")
        ),
        "refuses everybody",
    ),
}  # fmt: skip
"""Routes with another method than GET for which any key will do, each with the reason."""

SAFE = {"GET", "HEAD", "OPTIONS"}


def all_routes():
    """Every route of the server: path, methods, and the scope it asks for."""
    app = create_app(Settings(demo=True, _env_file=None))
    for route in iter_route_contexts(app.router.routes):
        dependant = getattr(route.original_route, "dependant", None)
        calls = [] if dependant is None else list(calls_of(dependant))
        scopes = {call.scope for call in calls if isinstance(call, Needs)}
        if not scopes and (caller_of in calls or bot in calls):
            scopes = {"any"}
        yield route.path, route.methods or {"WEBSOCKET"}, scopes


def calls_of(dependant):
    for one in dependant.dependencies:
        yield one.call
        yield from calls_of(one)


ROUTES = list(all_routes())


def is_public(path, methods):
    return path in PUBLIC or any(f"{path} {method}" in PUBLIC for method in methods)


def test_every_route_declares_what_it_needs():
    """No route of any door is open by oversight: it asks for a scope, or a reason stands here."""
    assert len(ROUTES) > 150
    undeclared = [
        path for path, methods, scopes in ROUTES if not scopes and not is_public(path, methods)
    ]
    assert undeclared == []


def test_what_changes_something_asks_for_a_scope():
    """Any key will do only where nothing is changed; the reason stands here."""
    loose = {path for path, methods, scopes in ROUTES if scopes == {"any"} and methods - SAFE}
    assert loose == set(TELLS_ONLY)


def test_no_reason_is_left_over():
    """The reasons are of routes that are there and declare nothing."""
    bare = {
        name
        for path, methods, scopes in ROUTES
        if not scopes
        for name in (path, *(f"{path} {method}" for method in methods))
    }
    assert set(PUBLIC) - bare == set()


CHANGES = sorted(
    (method, path)
    for path, methods, scopes in ROUTES
    if scopes - {"any", "read"}
    for method in methods - {"HEAD"}
)


@pytest.fixture(scope="module")
def looker(site):
    """A key that may only look."""
    return site.somebody("looker", scopes=("read",))


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_who_may_look_changes_nothing(looker, method, path):
    """A key with scope “read” alone is refused, in a sentence, by whatever changes something."""
    answer = looker(method, filled(path), json=BODIES.get(path, {}))
    assert answer.status_code == 403, answer.text
    assert "scope" in answer.text


def filled(path):
    for name in ("job_id", "image_id", "vibe_id", "key_id", "account_id"):
        path = path.replace(f"{{{name}}}", "nothing")
    return path


BODIES = {
    "/api/jobs": {"params": {"prompt": "a"}},
    "/api/jobs/{job_id}/resolve": {"charged": True},
    "/api/queue": {"paused": True},
    "/api/images/batch": {"action": "delete", "ids": ["nothing"]},
    "/api/images/{image_id}": {"favourite": True},
    "/api/vibes/{vibe_id}": {"name": "a"},
    "/api/draft": {"document": {}, "revision": 0},
    "/api/links": {"params": {"prompt": "a"}},
    "/api/keys": {"name": "a"},
    "/api/accounts": {"token": "pst-a"},
}
"""What these read before they look who asks."""


def test_a_key_that_makes_may_not_stop_the_others(site):
    """Pausing concerns all keys of the owner: it is for administrators, and works for them."""
    assert site.somebody("ann")("POST", "/api/queue", json={"paused": True}).status_code == 403
    admin = site.somebody("admin", scopes=("admin",))
    assert admin("POST", "/api/queue", json={"paused": False}).json() == {"paused": False}


def test_who_may_make_may_change_what_is_theirs(site):
    """The scope “generate” covers the own pictures: favourites, the bin, and for good."""
    maker = site.somebody("maker", scopes=("generate",))
    job = maker("POST", "/api/jobs", json={"params": TINY}, headers={"Prefer": "wait=30"}).json()
    image = f"/api/images/{job['images'][0]['id']}"
    assert maker("PATCH", image, json={"favourite": True}).json()["favourite"] is True
    assert maker("DELETE", image).status_code == 200
    assert maker("POST", f"{image}/restore").status_code == 200
    assert maker("DELETE", f"{image}?forever=true").status_code == 204
