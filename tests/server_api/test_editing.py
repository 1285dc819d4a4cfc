"""A waiting job is changed with the pictures that it has already."""

import pytest
from tests.server_api.people import TINY, png


@pytest.fixture
def waiting(ann, admin):
    """A job of Ann's that waits, made from a picture and a vibe."""
    admin("POST", "/api/queue", json={"paused": True})
    upload = {
        "upload": ann("POST", "/api/uploads", content=png(128, 192, "olive")).json()["sha256"]
    }
    vibe = {"image": upload, "info_extracted": 0.4}
    params = TINY | {"i2i": {"image": upload, "strength": 0.5}, "vibes": [vibe]}
    job = ann("POST", "/api/jobs", json={"params": params}).json()
    yield ann.get(f"/api/jobs/{job['id']}").json()
    ann("DELETE", f"/api/jobs/{job['id']}")
    admin("POST", "/api/queue", json={"paused": False})


def test_its_own_pictures_are_named_by_sha256(ann, waiting):
    """Its parameters can be sent back with a change, as they were read; the price is the same."""
    address = f"/api/jobs/{waiting['id']}"
    changed = waiting["params"] | {"prompt": "2girls"}
    cost = ann("POST", "/api/cost", json={"params": changed, "job": waiting["id"]}).json()
    assert cost["anlas"] == waiting["cost_max"]
    assert ann("PATCH", address, json={"params": changed}).status_code == 200
    now = ann.get(address).json()
    assert now["summary"]["prompt"] == "2girls"
    assert now["params"]["i2i"]["image"] == waiting["params"]["i2i"]["image"]


def test_others_pictures_are_not(ann, bob, waiting):
    """A sha256 names nothing beyond the job's own pictures and the caller's uploads."""
    foreign = bob("POST", "/api/uploads", content=png(64, 64, "maroon")).json()["sha256"]
    mine = ann("POST", "/api/uploads", content=png(64, 64, "silver")).json()["sha256"]
    own = waiting["params"]["i2i"]["image"]["sha256"]
    address = f"/api/jobs/{waiting['id']}"

    def named(sha256):
        return {"params": TINY | {"i2i": {"image": {"sha256": sha256}, "strength": 0.5}}}

    assert ann("PATCH", address, json=named(foreign)).status_code == 422
    assert ann("PATCH", address, json=named(mine)).status_code == 200
    assert bob("POST", "/api/jobs", json=named(own)).status_code == 422
    assert bob("POST", "/api/cost", json=named(own) | {"job": waiting["id"]}).status_code == 422


def test_its_pictures_can_be_seen(ann, bob, waiting):
    """What a job was given is shown to those who may see the job, and nothing else is."""
    own = waiting["params"]["i2i"]["image"]["sha256"]
    address = f"/api/jobs/{waiting['id']}/pictures/"
    answer = ann.get(address + own)
    assert (answer.content, answer.headers["content-type"]) == (png(128, 192, "olive"), "image/png")
    known = {"If-None-Match": answer.headers["etag"]}
    assert ann.get(address + own, headers=known).status_code == 304
    other = ann("POST", "/api/uploads", content=png(64, 64, "tan")).json()["sha256"]
    assert ann.get(address + other).status_code == 404
    assert bob.get(address + own).status_code == 404
