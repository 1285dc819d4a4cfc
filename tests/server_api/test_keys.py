"""Keys over HTTP."""

import pytest
from tests.server_api.people import Somebody, running


def test_a_key_is_made_limited_and_revoked(site, admin):
    """The secret is shown once and works until the key is revoked; limits can be changed."""
    made = admin("POST", "/api/keys", json={"name": "script", "budget_day": 50}).json()
    key, secret = made["key"], made["secret"]
    assert (secret[:4], made["webhook_secret"][:6]) == ("nvs_", "whsec_")
    assert (key["free_only"], key["budget_day"], key["scopes"]) == (True, 50, ["generate", "read"])
    listed = admin.get("/api/keys")
    assert key["id"] in listed.text
    assert secret not in listed.text
    holder = Somebody(site, secret=secret)
    assert holder.get("/api/session").json()["key"]["id"] == key["id"]
    address = f"/api/keys/{key['id']}"
    changed = admin("PATCH", address, json={"budget_day": None, "max_queued": 3}).json()
    assert (changed["budget_day"], changed["max_queued"], changed["free_only"]) == (None, 3, True)
    assert admin("DELETE", address).json()["revoked_at"] is not None
    assert holder.get("/api/images").status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": None},
        {"free_only": None},
        {"max_queued": None},
        {"weight": 0},
        {"budget_day": -1},
        {"budget_day": 10**12},
        {"models": ["a\u0000"]},
        {"unknown": 1},
    ],
)
def test_bad_limits_are_refused(admin, ann, change):
    """A value that makes no limit is a 422 that names it, and changes nothing."""
    answer = admin("PATCH", f"/api/keys/{ann.key.id}", json=change)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(next(iter(change)))


def test_a_new_owner_is_apart(site, admin):
    """An administrator of the server makes an owner, whose administrator sees only their own."""
    body = {"name": "root", "owner": "Carol", "scopes": ["generate", "read", "admin"]}
    carol = Somebody(site, secret=admin("POST", "/api/keys", json=body).json()["secret"])
    assert [key["name"] for key in carol.get("/api/keys").json()["keys"]] == ["root"]
    assert carol.get("/api/accounts").json() == {"accounts": []}
    assert carol.get("/api/account").json() is None
    refused = carol("POST", "/api/keys", json=body)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert carol("POST", "/api/keys", json={"name": "mine"}).status_code == 201


def test_other_owners_keys_are_not_there(admin, stranger):
    """A key of another owner is 404 to change or revoke."""
    address = f"/api/keys/{stranger.key.id}"
    assert admin("PATCH", address, json={"budget_day": 1}).status_code == 404
    assert admin("DELETE", address).status_code == 404


def test_only_administrators_manage_keys(ann):
    """Without scope admin every route of keys is 403."""
    for method, path, body in (
        ("GET", "", None),
        ("POST", "", {"name": "x"}),
        ("PATCH", "/key_0", {}),
        ("DELETE", "/key_0", None),
    ):
        answer = ann(method, f"/api/keys{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope")


def test_the_last_administrator_stays(stranger):
    """Nobody can take the last administrator's key away, by revoking, by scope or by expiry."""
    address = f"/api/keys/{stranger.key.id}"
    for method, body in (
        ("DELETE", None),
        ("PATCH", {"scopes": ["read"]}),
        ("PATCH", {"expires_at": 1.0}),
    ):
        answer = stranger(method, address, json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert stranger.get("/api/keys").status_code == 200


def test_this_machine_cannot_lock_itself_out(tmp_path, alone):
    """The person at this machine keeps their own key."""
    assert alone("DELETE", "/api/keys/local").status_code == 409
    assert alone("PATCH", "/api/keys/local", json={"scopes": ["read"]}).status_code == 409
    with running(tmp_path, require_keys=True) as site:
        one = site.somebody("one", scopes=("read", "admin"))
        answer = one("DELETE", f"/api/keys/{one.key.id}")
        assert answer.status_code == 409, "the key of this machine opens nothing here"
