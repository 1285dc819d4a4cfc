"""Jobs and events of others are not there: two keys of one owner, and two owners."""

import anyio
import pytest
from tests.server_api.people import TINY


@pytest.fixture(scope="module")
def job(ann):
    """A finished job of Ann."""
    return ann.make(prompt="only mine")["id"]


def test_jobs_of_others_are_not_there(bob, stranger, admin, job):
    """Every route of a job is 404 for another key and another owner; their lists lack it."""
    for other in (bob, stranger):
        assert job not in other.get("/api/jobs", params={"limit": 200}).text
        assert job not in other.get("/api/state").text
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"priority": 1}),
            ("DELETE", "", None),
            ("POST", "/resolve", {"charged": False}),
            ("POST", "/again", {}),
            ("GET", "/preview", None),
            ("GET", "/events", None),
        ):
            answer = other(method, f"/api/jobs/{job}{path}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert admin.get(f"/api/jobs/{job}").json()["summary"]["prompt"] == "only mine"


def test_events_of_others_are_not_heard(site, ann, bob, stranger, admin):
    """What happens to a picture is told to its key and the owner's administrators only."""
    image = ann.draw(prompt="a quiet cat")
    people = {"ann": ann, "admin": admin, "bob": bob, "stranger": stranger}
    heard = set()

    async def listened():
        async with anyio.create_task_group() as tasks:

            async def listen(name):
                async for text in site.services.events.listen(people[name].key):
                    if image.encode() in text:
                        heard.add(name)
                        if heard >= {"ann", "admin"}:
                            tasks.cancel_scope.cancel()

            for name in people:
                tasks.start_soon(listen, name)
            await anyio.wait_all_tasks_blocked()
            await site.services.images.favourite(ann.key, [image], favourite=True)
            with anyio.move_on_after(10):
                await anyio.sleep_forever()

    site.portal.call(listened)
    assert heard == {"ann", "admin"}


def test_accounts_are_told_of(site, ann, stranger):
    """An account that changes is an event for its owner's keys; so is the end of each job."""
    heard = []

    async def listened():
        async with anyio.create_task_group() as tasks:

            async def listen(person):
                async for text in site.services.events.listen(person.key):
                    if b"event: account" in text:
                        heard.append(person)
                        tasks.cancel_scope.cancel()

            tasks.start_soon(listen, ann)
            tasks.start_soon(listen, stranger)
            await anyio.wait_all_tasks_blocked()
            (account, *_) = await site.services.accounts.list(ann.key.owner_id)
            await site.services.accounts.change(ann.key.owner_id, account.id, {"label": "Renamed"})
            with anyio.move_on_after(10):
                await anyio.sleep_forever()

    site.portal.call(listened)
    assert heard == [ann]


def test_the_end_of_a_job_tells_of_its_account(site, ann):
    """After a job the account's row is announced: it is free again."""
    before = site.services.context.bus.newest_id()
    ann.make()

    async def told():
        names = []
        with anyio.move_on_after(10):
            async for event in site.services.context.bus.listen(ann.key.owner_id, after=before):
                names.append(event.name)
                if event.name == "account":
                    break
        return names

    assert site.portal.call(told)[-1] == "account"


def test_without_a_key_nothing_is_told(site):
    """Every route of the API is 401 for whoever comes along, but what tells only the session."""
    nobody = type(site.somebody("x"))(site)
    asked = [
        (verb, path)
        for path, operations in site.app.openapi()["paths"].items()
        if path.startswith("/api/") and path not in {"/api/session", "/api/start"}
        for verb in operations
    ]
    assert len(asked) > 50
    for verb, path in asked:
        answer = nobody(verb.upper(), path.replace("{", "").replace("}", ""), json={})
        assert answer.status_code == 401, (verb, path)
        assert answer.json()["code"] == "unauthenticated"


def test_a_reader_cannot_spend_and_a_spender_cannot_look(site):
    """Scopes are kept: read alone submits nothing, generate alone sees no gallery."""
    reader = site.somebody("reader", scopes=("read",))
    spender = site.somebody("spender", scopes=("generate",))
    refused = reader("POST", "/api/jobs", json={"params": TINY})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope")
    assert spender.get("/api/images").json()["code"] == "scope"
