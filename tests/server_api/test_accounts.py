"""NovelAI accounts over HTTP."""

import pytest
from tests.server_api.people import TOKEN, running

from novelai.emulator import Fault

WRONG = "not-a-token-of-novelai"
NEW = f"pst-{'n' * 64}"


@pytest.fixture(autouse=True)
def unscripted(site):
    """No fault of a test reaches the next one."""
    yield
    site.emulator.script()


def accounts(person):
    return person.get("/api/accounts").json()["accounts"]


def asked(site):
    return sum(request.path == "/user/subscription" for request in site.emulator.requests)


def test_the_balance_is_known_before_the_first_job(admin):
    """A server asks for the balance when it starts: prices are right from the first job on."""
    account = accounts(admin)[0]
    assert (account["health"], account["tier_name"], account["opus"]) == ("ok", "Opus", True)
    assert admin("POST", "/api/cost", json={"params": {"prompt": "a"}}).json()["free"] is True


def test_the_allowance_is_a_battery(site, admin):
    """The account tells what is left in pictures, how it refills, and what was bought on top."""
    upstream = site.emulator.account(TOKEN)
    before = upstream.usage_percent
    mine = accounts(admin)[0]["id"]

    def asked_anew(**changes):
        for name, value in changes.items():
            setattr(upstream, name, value)
        return admin("POST", f"/api/accounts/{mine}/refresh").json()

    account = asked_anew(usage_percent=40, usage_purchased=150)
    assert admin.get("/api/account").json()["allowance"] == account["allowance"]
    assert account["allowance"] == {
        "percent": 40,
        "images_left": 692,
        "refill_per_day": 11.0,
        "full_at": account["balance_at"] + 60 * 7888,
        "paused": False,
        "low": False,
        "purchased_percent": 150,
    }
    full = asked_anew(usage_percent=196, usage_purchased=0)["allowance"]
    assert (full["paused"], full["full_at"], full["refill_per_day"]) == (True, None, 0)
    used_up = asked_anew(usage_percent=-1, usage_is_negative=True)["allowance"]
    assert (used_up["images_left"], used_up["low"]) == (0, True)
    assert asked_anew(tier=1)["allowance"] is None
    asked_anew(tier=3, usage_percent=before, usage_is_negative=False)


def test_an_account_comes_changes_and_goes(site, admin):
    """A new account's balance is asked for once; it can be renamed, switched off, and removed."""
    before = asked(site)
    added = admin("POST", "/api/accounts", json={"token": NEW, "label": "Second"})
    account = added.json()
    assert (added.status_code, account["label"], account["anlas"]) == (201, "Second", 10_000)
    assert asked(site) == before + 1
    assert NEW not in added.text
    address = f"/api/accounts/{account['id']}"
    changed = admin("PATCH", address, json={"label": "Spare", "enabled": False}).json()
    assert (changed["label"], changed["enabled"]) == ("Spare", False)
    proxied = admin("PATCH", address, json={"proxy": "http://user:secret@127.0.0.1:1"})
    assert proxied.json()["proxy"] is True
    assert "secret" not in proxied.text
    unreachable = admin("POST", f"{address}/refresh").json()
    assert unreachable["health"] == "unreachable"
    assert admin("PATCH", address, json={"proxy": None}).json()["proxy"] is False
    assert admin("POST", f"{address}/refresh").json()["health"] == "ok"
    assert admin("DELETE", address).status_code == 204
    assert admin("DELETE", address).status_code == 404


def test_a_wrong_token_is_not_kept(admin):
    """A token that NovelAI refuses is an error that names the field, and is nowhere."""
    before = accounts(admin)
    answer = admin("POST", "/api/accounts", json={"token": WRONG})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "token")
    assert WRONG not in answer.text
    assert accounts(admin) == before


def test_an_account_is_kept_when_novelai_is_away(site, admin):
    """When NovelAI does not answer, the account is kept and says so."""
    site.emulator.script(Fault(status=503))
    account = admin("POST", "/api/accounts", json={"token": NEW}).json()
    assert (account["health"], account["anlas"]) == ("unreachable", None)
    admin("DELETE", f"/api/accounts/{account['id']}")


@pytest.mark.parametrize(
    "proxy", ["localhost", "socks5://a:1", "http://", "http://a b", "http://[::1"]
)
def test_a_proxy_is_an_address(admin, proxy):
    """What is no http address is refused before anything is asked."""
    answer = admin("POST", "/api/accounts", json={"token": NEW, "proxy": proxy})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "proxy")


def test_an_account_at_work_is_not_removed(tmp_path):
    """While a job holds it, removing an account is a conflict; its balance waits, too."""
    with running(tmp_path) as site:
        from tests.server_api.people import TINY, Somebody

        me = Somebody(site, secret=site.app_state["settings"].proof)
        site.emulator._world.step_seconds = 0.3
        me("POST", "/api/jobs", json={"params": {**TINY, "steps": 8}})
        account = None
        while account is None:
            account = next((one for one in accounts(me) if one["busy"]), None)
        answer = me("DELETE", f"/api/accounts/{account['id']}")
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")


def test_an_account_is_its_owners(site, admin, stranger, ann):
    """Other owners' administrators do not find it; keys without administration may not look."""
    mine = accounts(admin)[0]["id"]
    for method, path, body in (
        ("PATCH", "", {"label": "x"}),
        ("DELETE", "", None),
        ("POST", "/refresh", None),
    ):
        answer = stranger(method, f"/api/accounts/{mine}{path}", json=body)
        assert answer.status_code == 404
        assert ann(method, f"/api/accounts/{mine}{path}", json=body).status_code == 403
    taken = stranger("POST", "/api/accounts", json={"token": TOKEN})
    assert (taken.status_code, taken.json()["code"]) == (409, "conflict")
    assert ann.get("/api/account").json()["id"] == mine
    assert stranger.get("/api/account").json()["id"] != mine
