"""Jobs over HTTP."""

import base64
from io import BytesIO

import pytest
from PIL import Image
from tests.server.conftest import visiting

from novelai.types.events import PreviewEvent

SMALL = {"prompt": "1girl, cat ears", "size": "128x192", "steps": 2}
WAIT = {"Prefer": "wait=30"}


def submit(visitor, params=SMALL, headers=None, **body):
    return visitor.post("/api/jobs", json={"params": params, **body}, headers=headers or {})


def picture(width=128, height=192):
    buffer = BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def test_a_job_is_taken_at_once_and_told_where_it_is(rested):
    """202 with the address at which the job can be read."""
    answer = submit(rested)
    job = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/jobs/{job['id']}"
    assert (job["state"], job["position"], job["summary"]["width"]) == ("queued", 0, 128)
    assert rested.get(answer.headers["location"]).json()["params"]["prompt"] == SMALL["prompt"]


def test_who_wants_to_wait_gets_the_picture(visitor):
    """With Prefer: wait=N the answer is the ended job with its picture."""
    answer = submit(visitor, headers=WAIT)
    job = answer.json()
    assert (answer.status_code, job["state"]) == (200, "succeeded")
    assert job["images"][0]["seed"] == job["params"]["seed"]
    assert job["charged"] == "no"


def test_the_same_key_gives_the_same_job(rested):
    """An Idempotency-Key makes a repeated submission the same job; for another body it is 409."""
    headers = {"Idempotency-Key": "once"}
    first, again = submit(rested, headers=headers), submit(rested, headers=headers)
    assert first.json()["id"] == again.json()["id"]
    other = submit(rested, {**SMALL, "prompt": "a dog"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_conflict")


def test_the_same_picture_is_not_made_twice_at_once(rested):
    """Two orders for the very same picture share one job; without a seed they are two."""
    first, second = (submit(rested, {**SMALL, "seed": 5}).json()["id"] for _ in range(2))
    assert first == second
    first, second = (submit(rested).json()["id"] for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"params": {"prompt": "a", "steps": 99}}, "steps"),
        ({"params": {"prompt": "a", "i2i": {"image": "/etc/passwd"}}}, "i2i.image"),
        ({"params": {"prompt": "a", "i2i": {"image": "data:image/png;base64,AAAA"}}}, "i2i.image"),
        ({"params": {"prompt": "a", "i2i": {"image": {"upload": "0" * 64}}}}, "i2i.image"),
        ({"params": {"prompt": "a", "i2i": {"image": {"image": "img_0"}}}}, "i2i.image"),
        ({"params": {"prompt": "a", "i2i": {"image": {"url": "http://x"}}}}, "i2i.image"),
        ({"params": {"prompt": "a", "vibes": [{"vibe": "vibe_0"}]}}, "vibes.0"),
        ({"params": {"prompt": "a", "cheap": True}}, "cheap"),
        ({"params": {"prompt": "a"}, "kind": "video"}, "kind"),
        ({"params": {"prompt": "a"}, "webhook": "https://192.168.1.1/x"}, "webhook"),
        ({"params": {"prompt": "a"}, "webhook": "http://example.com/x"}, "webhook"),
        ({}, "params"),
    ],
)
def test_bad_input_names_the_field(visitor, body, field):
    """Whatever is wrong is a 422 that names the field; nothing is queued."""

    def listed() -> list[str]:
        return [job["id"] for job in visitor.get("/api/jobs").json()["jobs"]]

    before = listed()
    answer = visitor.post("/api/jobs", json=body, headers=visitor.proof)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].endswith(field)
    assert answer.json()["charged"] == "no"
    assert listed() == before


@pytest.mark.parametrize("form", ["base64", "data url", "upload", "gallery"])
def test_a_picture_comes_in_any_form(visitor, form):
    """A picture is base64 text, a data URL, an upload or one of the gallery."""
    data = picture()
    text = base64.b64encode(data).decode()
    given = {"base64": text, "data url": f"data:image/png;base64,{text}"}
    if form == "upload":
        services, portal = visitor.services, visitor.portal
        key = portal.call(services.keys.local)
        given[form] = {"upload": portal.call(lambda: services.uploads.add(key, data)).sha256}
    if form == "gallery":
        made = submit(visitor, headers=WAIT).json()
        given[form] = {"image": made["images"][0]["id"]}
    params = {**SMALL, "i2i": {"image": given[form], "strength": 0.5}}
    job = submit(visitor, params, headers=WAIT).json()
    assert job["state"] == "succeeded", job["error"]
    assert set(job["params"]["i2i"]["image"]) == {"sha256"}


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path):
    """A picture with too many pixels is refused by its header alone."""
    with visiting(tmp_path, pixel_limit=10_000) as visitor:
        text = base64.b64encode(picture(101, 100)).decode()
        answer = submit(visitor, {**SMALL, "i2i": {"image": text}})
    assert (answer.status_code, answer.json()["code"]) == (422, "unsupported_picture")
    assert "101 x 100" in answer.json()["detail"]


def test_the_queue_can_be_put_in_order(rested):
    """A waiting job goes in front of another one, or to the end; urgent ones come first."""
    first, second, third = (submit(rested).json()["id"] for _ in range(3))

    def order():
        return [job["id"] for job in rested.get("/api/state").json()["queue"]]

    assert order() == [first, second, third]
    assert rested.patch(f"/api/jobs/{third}", json={"before": first}).json()["position"] == 0
    assert order() == [third, first, second]
    rested.patch(f"/api/jobs/{third}", json={"before": None})
    assert order() == [first, second, third]
    for _ in range(60):  # more often than there are numbers between two neighbours
        rested.patch(f"/api/jobs/{third}", json={"before": second})
        rested.patch(f"/api/jobs/{second}", json={"before": third})
    assert order() == [first, second, third]
    rested.patch(f"/api/jobs/{second}", json={"priority": 5})
    assert order() == [second, first, third]


def test_a_waiting_job_can_be_rewritten(rested):
    """Its parameters change, and with them what is reserved for it."""
    job = submit(rested).json()
    params = {"prompt": "a wide view", "size": "1536x1024"}
    changed = rested.patch(f"/api/jobs/{job['id']}", json={"params": params}).json()
    assert (changed["summary"]["prompt"], changed["summary"]["width"]) == ("a wide view", 1536)
    assert job["cost_max"] == 0 < changed["cost_max"]


def test_a_waiting_job_can_be_taken_back(rested):
    """Cancelling ends it without a charge, and may be repeated; so may everything that waits."""
    job = submit(rested).json()
    assert rested.delete(f"/api/jobs/{job['id']}").json()["state"] == "cancelled"
    assert rested.delete(f"/api/jobs/{job['id']}").json()["state"] == "cancelled"
    submit(rested)
    submit(rested)
    assert rested.delete("/api/jobs").json() == {"cancelled": 2}


def test_it_can_be_done_again_with_changes(visitor):
    """The same job once more, with another seed and fewer steps."""
    job = submit(visitor, {**SMALL, "seed": 9}, headers=WAIT).json()
    again = visitor.post(
        f"/api/jobs/{job['id']}/again", json={"changes": {"seed": None, "steps": 1}}
    )
    assert again.status_code == 202
    new = again.json()
    assert new["id"] != job["id"]
    assert new["params"]["prompt"] == SMALL["prompt"]
    assert (new["params"]["steps"], new["params"]["seed"] == 9) == (1, False)


def test_pages_of_jobs_follow_each_other(rested):
    """Newest first, page by page, each job once."""
    ids = [submit(rested).json()["id"] for _ in range(5)]
    seen, cursor = [], None
    while True:
        query = {"state": "queued", "limit": 2} | ({} if cursor is None else {"before": cursor})
        page = rested.get("/api/jobs", params=query).json()
        seen += [job["id"] for job in page["jobs"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ids[::-1]
    assert rested.get("/api/jobs?state=nonsense").status_code == 422


def test_what_ended_cannot_be_taken_back(visitor):
    """A picture that was made stays made: cancelling its job is a 409 that says so."""
    job = submit(visitor, headers=WAIT).json()
    answer = visitor.delete(f"/api/jobs/{job['id']}")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_cancellable")


def test_only_an_uncertain_job_is_resolved(visitor):
    """What became of a job can be said only while nobody knows it."""
    job = submit(visitor, headers=WAIT).json()
    answer = visitor.post(f"/api/jobs/{job['id']}/resolve", json={"charged": True})
    assert answer.status_code == 409


def test_an_ended_job_has_no_preview(visitor):
    """Whoever knows of the end sees no picture in the making any more."""
    job_id = submit(visitor, headers=WAIT).json()["id"]
    services, previews = visitor.services, visitor.services.context.previews

    async def leave_one():
        job = await services.jobs.read(await services.keys.local(), job_id)
        previews.put(job, PreviewEvent(sample=0, step=1, steps=2, sigma=1.0, data=b"left"))

    visitor.portal.call(leave_one)
    assert visitor.get(f"/api/jobs/{job_id}/preview").status_code == 204
    visitor.portal.call(previews.drop, job_id)
