"""What happens is told as it happens."""

import json

from tests.server.test_jobs_api import SMALL, submit

from novelai.server.http.event_stream import BYE
from novelai.server.jobs.event_schemas import ServerEvent


def events_of(text):
    """Name, id and data of each event in a stream's text."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in fields:
            found.append((fields["event"], fields.get("id"), json.loads(fields["data"])))
    return found


def test_a_page_begins_with_one_answer(visitor):
    """Session, models, state and draft are the same in one answer as one by one."""
    answer = visitor.get("/api/start", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-store"
    plain = visitor.get("/api/start", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    for start in (answer.json(), plain.json()):
        assert start["session"] == visitor.get("/api/session").json()
        assert start["models"] == visitor.get("/api/models").json()
        assert start["draft"] == visitor.get("/api/draft").json()
        assert start["state"]["queue"] == visitor.get("/api/state").json()["queue"]


def test_a_stranger_begins_with_the_session(keyed):
    """Who has no key, or a wrong one, gets no more than the way to log in."""
    for headers in ({}, {"Authorization": "Bearer nvs_wrong"}):
        answer = keyed.get("/api/start", headers=headers)
        assert answer.status_code == 200
        assert not answer.json()["session"]["authenticated"]
        assert {name for name, value in answer.json().items() if value} == {"session"}


def test_a_job_is_told_to_its_end(visitor):
    """A job's stream tells its start, its previews by address, and its pictures, and ends."""
    job = submit(visitor, {**SMALL, "steps": 4}).json()
    events = events_of(visitor.get(f"/api/jobs/{job['id']}/events").text)
    assert events[-1][0] == "job.done"
    assert events[-1][2]["images"][0]["url"].startswith("/api/images/img_")
    for name, event_id, data in events:
        if name == "job.preview":
            assert event_id is None
            assert data["url"] == f"/api/jobs/{job['id']}/preview?rev={data['rev']}"
        assert data["id"] == job["id"]


def test_an_ended_job_is_told_once(visitor):
    """The stream of a job that has ended says so and ends."""
    job = submit(visitor, headers={"Prefer": "wait=30"}).json()
    events = events_of(visitor.get(f"/api/jobs/{job['id']}/events").text)
    assert [name for name, _, _ in events] == ["job.done"]


def test_what_was_missed_follows(visitor):
    """Behind the id of a state everything that happened since is told again."""
    before = visitor.get("/api/state").json()["event_id"]
    job = submit(visitor, headers={"Prefer": "wait=30"}).json()
    told = missed(visitor, before, until="job.done")
    names = [name for name, _, data in told if data.get("id") == job["id"]]
    assert [name for name in names if name != "job.preview"] == [
        "job.queued",
        "job.started",
        "job.done",
    ]


def test_an_unknown_id_begins_afresh(visitor):
    """Who comes with an id of another life of the server is told to read the state again."""
    name, event_id, _ = missed(visitor, "00000000-7", until="reset")[0]
    assert name == "reset"
    assert event_id == visitor.get("/api/state").json()["event_id"]


def test_events_are_as_described(visitor):
    """Each event is one that the OpenAPI document describes."""
    before = visitor.get("/api/state").json()["event_id"]
    visitor.put("/api/draft", json={"document": {}, "revision": 0})
    visitor.post("/api/queue", json={"paused": False}, headers=visitor.proof)
    job = submit(visitor, {**SMALL, "steps": 4}, headers={"Prefer": "wait=30"}).json()
    visitor.patch(f"/api/images/{job['images'][0]['id']}", json={"favourite": True})
    told = missed(visitor, before, until="gallery.changed")
    told += events_of(visitor.get(f"/api/jobs/{job['id']}/events").text)
    told += events_of(BYE.decode()) + missed(visitor, "00000000-7", until="reset")
    for name, event_id, data in told:
        event = ServerEvent.model_validate({"event": name, "id": event_id, "data": data})
        assert event.root.model_dump(mode="json")["data"] == data
    names = {name for name, _, _ in told}
    assert names >= {"job.queued", "job.started", "job.done", "account", "draft", "queue.paused"}
    assert names >= {"gallery.changed", "reset", "bye"}


def missed(visitor, after, *, until):
    """What a page is told behind an id, up to an event with this name."""
    services = visitor.services

    async def listen():
        key = await services.keys.local()
        text = b""
        async for one in services.events.listen(key, after=after):
            text += one
            if f"event: {until}\n".encode() in one:
                return events_of(text.decode())
        raise AssertionError("the stream ended")

    return visitor.portal.call(listen)
