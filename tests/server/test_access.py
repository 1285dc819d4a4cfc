"""Who may call, and how they say who they are."""

import base64
import time

import pytest
from sqlalchemy import Engine, event


def basic(text):
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


def test_at_this_machine_nobody_logs_in(visitor):
    """On a loopback address without a credential the caller may draw and look; not administer."""
    session = visitor.get("/api/session").json()
    assert (session["mode"], session["authenticated"]) == ("local", True)
    assert session["key"]["scopes"] == ["generate", "read"]
    proven = visitor.get("/api/session", headers=visitor.proof).json()
    assert proven["key"]["scopes"] == ["generate", "read", "admin"]


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Real-IP"]
)
def test_what_a_proxy_passes_on_is_not_this_machine(visitor, header):
    """Behind a proxy that nobody told of, callers are strangers: a key is asked for.

    At every other API, with every kind of key: test_forwarded_table.py.
    """
    answer = visitor.get("/api/state", headers={header: "203.0.113.9"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic")


@pytest.mark.parametrize("path", ["/api/state", "/api/jobs", "/generate?prompt=a", "/api/events"])
def test_without_a_key_there_is_nothing(keyed, path):
    """A server that asks for keys answers 401, in a sentence."""
    answer = keyed.get(path)
    assert answer.status_code == 401
    assert answer.json()["code"] == "unauthenticated"


def test_every_form_of_a_key_is_taken(keyed, make_key):
    """Bearer, Basic as user, as password and by itself, and x-api-key name the same key."""
    key, secret = make_key()
    forms = [
        {"Authorization": f"Bearer {secret}"},
        {"Authorization": f"bearer  {secret}"},
        basic(f"anyone:{secret}"),
        basic(f"{secret}:"),
        basic(secret),
        {"Authorization": f"Basic {secret}"},
        {"x-api-key": secret},
    ]
    for form in forms:
        assert keyed.get("/api/session", headers=form).json()["key"]["id"] == key.id, form


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer nvs_unknown"},
        {"Authorization": "Bearer ü"},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic /w=="},
        {"x-api-key": "ключ"},
    ],
)
def test_a_wrong_key_is_refused(keyed, headers):
    """Whatever is shown as a key and is none gives 401 where one is needed."""
    encoded = {name: value.encode() for name, value in headers.items()}
    assert keyed.get("/api/state", headers=encoded).status_code == 401


def test_a_wrong_key_does_not_fall_back(visitor):
    """On one's own machine a wrong key of ours is refused instead of ignored."""
    answer = visitor.get("/api/state", headers={"Authorization": "Bearer nvs_wrong"})
    assert answer.status_code == 401


def test_a_browser_logs_in_and_out(keyed, make_key):
    """A key opens a session whose cookie no script can read; logging out ends it for good."""
    _, secret = make_key()
    answer = keyed.post("/api/session", json={"key": secret})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert secret not in cookie
    assert keyed.get("/api/state").status_code == 200
    kept = dict(keyed.cookies)
    assert keyed.delete("/api/session").status_code == 204
    keyed.cookies.update(kept)
    assert keyed.get("/api/state").status_code == 401
    keyed.cookies.clear()


def test_a_revoked_key_ends_its_sessions(keyed, make_key):
    """When a key is revoked, the browsers it opened are shut out."""
    key, secret = make_key()
    keyed.post("/api/session", json={"key": secret})
    assert keyed.get("/api/state").status_code == 200
    keyed.portal.call(lambda: keyed.services.keys.revoke(key.owner_id, key.id))
    assert keyed.get("/api/state").status_code == 401
    keyed.cookies.clear()


def test_a_key_has_an_end(keyed, make_key):
    """A key that has expired opens nothing."""
    _, secret = make_key(expires_at=time.time() - 1)
    answer = keyed.get("/api/state", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401


def test_somebody_elses_job_is_not_there(keyed, make_key):
    """Another key's job is a 404 in every way of asking for it."""
    _, mine = make_key(free_only=False)
    _, other = make_key()
    job = keyed.post(
        "/api/jobs",
        json={"params": {"prompt": "a secret cat", "size": "64x64"}},
        headers={"Authorization": f"Bearer {mine}", "Prefer": "wait=20"},
    ).json()
    stranger = {"Authorization": f"Bearer {other}"}
    path = f"/api/jobs/{job['id']}"
    answers = [
        keyed.get(path, headers=stranger),
        keyed.delete(path, headers=stranger),
        keyed.patch(path, headers=stranger, json={"priority": 1}),
        keyed.post(f"{path}/again", headers=stranger, json={}),
        keyed.post(f"{path}/resolve", headers=stranger, json={"charged": True}),
        keyed.get(f"{path}/events", headers=stranger),
        keyed.get(f"{path}/preview", headers=stranger),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert job["id"] not in keyed.get("/api/jobs", headers=stranger).text
    assert "a secret cat" not in keyed.get("/api/state", headers=stranger).text


def test_scopes_are_kept(keyed, make_key):
    """A key that may only look cannot generate; one that may only generate cannot look."""
    _, looks = make_key(scopes=("read",))
    _, draws = make_key(scopes=("generate",))
    body = {"params": {"prompt": "a", "size": "64x64"}}
    answer = keyed.post("/api/jobs", json=body, headers={"Authorization": f"Bearer {looks}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")
    answer = keyed.get("/api/jobs", headers={"Authorization": f"Bearer {draws}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "scope")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/session", None),
        ("GET", "/generate?prompt=a&size=128x192", None),
        ("POST", "/api/uploads", b"x" * 100_000),
        ("POST", "/nai2api/api/jobs", b'{"steps": 99}'),
        ("GET", "/v1/models", None),
    ],
)
def test_a_key_is_looked_up_once(keyed, make_key, method, path, body):
    """However many ask who calls (the guard, the limit, the endpoint), the table is read once."""
    _, secret = make_key()
    headers = {"Authorization": f"Bearer {secret}", "Origin": "https://elsewhere.example"}
    keyed.request(method, path, headers=headers, content=body)  # writes down that it is used
    statements = []

    def note(*call):
        if "secret_hash" in call[2].partition("WHERE")[2]:
            statements.append(call[2])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        keyed.request(method, path, headers=headers, content=body)
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    assert len(statements) == 1
