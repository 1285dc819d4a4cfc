"""Drafts over HTTP."""

import anyio
import pytest


@pytest.fixture
def writer(site):
    return site.somebody("writer", scopes=("generate", "read", "admin"))


def save(person, document, revision):
    return person("PUT", "/api/draft", json={"document": document, "revision": revision})


def test_a_draft_is_the_same_on_all_devices(writer):
    """What was saved is there with its revision; at first there is nothing."""
    assert writer.get("/api/draft").json() == {"revision": 0, "document": None, "updated_at": None}
    assert save(writer, {"prompt": "a \\u0000 cat"}, 0).json() == {"revision": 1}
    assert save(writer, [1, None, "猫"], 1).json() == {"revision": 2}
    draft = writer.get("/api/draft").json()
    assert (draft["revision"], draft["document"]) == (2, [1, None, "猫"])


def test_nothing_is_overwritten_unseen(writer):
    """Saving on top of an older revision is a conflict that holds the newer draft."""
    save(writer, "first", 0)
    for revision in (0, 2, 7):
        answer = save(writer, "mine", revision)
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (409, "conflict")
        assert (problem["current"]["revision"], problem["current"]["document"]) == (1, "first")
    assert save(writer, "mine", 1).json() == {"revision": 2}


@pytest.mark.parametrize(
    ("document", "status"),
    [
        ('"' + "x" * 2_000_001 + '"', 413),
        ('"a\\u0000"', 422),
        ('"\\ud800"', 422),
        ("NaN", 422),
        ("1e999", 422),
    ],
)
def test_what_cannot_be_kept_is_refused(writer, document, status):
    """More than 2 MB, and what databases do not take as JSON, is refused with a sentence."""
    body = f'{{"document": {document}, "revision": 0}}'
    headers = {"Content-Type": "application/json"}
    answer = writer("PUT", "/api/draft", content=body, headers=headers)
    assert answer.status_code == status
    assert writer.get("/api/draft").json()["revision"] == 0


def test_other_devices_are_told(site, writer, admin):
    """Devices with the same key learn of a saving; other keys do not, administrators neither."""
    feed = site.services.events

    async def heard(key, ready):
        events = feed.listen(key)
        ready.set()
        with anyio.move_on_after(10):
            async for text in events:
                if b"event: draft" in text:
                    return text
        return None

    async def both():
        mine, theirs = [], []
        async with anyio.create_task_group() as tasks:

            async def wait(person, into):
                into.append(await heard(person.key, anyio.Event()))
                tasks.cancel_scope.cancel()

            tasks.start_soon(wait, writer, mine)
            tasks.start_soon(wait, admin, theirs)
            await anyio.wait_all_tasks_blocked()
            await site.services.drafts.save(writer.key, "news", 0)
        return mine, theirs

    mine, theirs = site.portal.call(both)
    assert b'{"revision": 1}' in mine[0]
    assert theirs == []


def test_a_draft_is_its_keys(writer, ann, stranger):
    """Another key has a draft of its own."""
    save(writer, "private", 0)
    for other in (ann, stranger):
        assert other.get("/api/draft").json()["document"] != "private"
