"""Stored vibes over HTTP."""

import json
from io import BytesIO

import pytest
from PIL import Image
from tests.server_api.people import png

from novelai.types.vibe import Vibe
from novelai.vibes import read_vibe, vibe_file


@pytest.fixture(scope="module")
def vibe(ann):
    """A vibe that Ann paid for."""
    upload = ann("POST", "/api/uploads", content=png(96, 96, "gold")).json()["sha256"]
    job = ann.make("encode_vibe", image={"upload": upload}, info_extracted=0.6)
    return job["vibes"][0]["id"]


def test_a_vibe_is_listed_renamed_and_used(ann, vibe):
    """An encoding that was paid for is listed, can be named, and makes a job no dearer."""
    listed = {one["id"]: one for one in ann.get("/api/vibes").json()["vibes"]}
    assert listed[vibe]["info_extracted"] == 0.6
    renamed = ann("PATCH", f"/api/vibes/{vibe}", json={"name": "Gold"}).json()
    assert renamed["name"] == "Gold"
    params = {"prompt": "a", "vibes": [{"vibe": vibe}]}
    cost = ann("POST", "/api/cost", json={"params": params}).json()
    assert (cost["anlas"], cost["warnings"]) == (0, [])
    upload = ann("POST", "/api/uploads", content=png(96, 96, "gold")).json()["sha256"]
    for other, anlas in ((0.6, 0), (0.7, 2)):
        params["vibes"] = [{"image": {"upload": upload}, "info_extracted": other}]
        cost = ann("POST", "/api/cost", json={"params": params}).json()
        assert (cost["anlas"], cost["estimate"]["total_anlas"]) == (anlas, anlas)
        assert bool(cost["warnings"]) is bool(anlas)


def test_a_vibe_as_a_file(ann, vibe):
    """The file holds the picture and the encoding, as NovelAI's page reads them."""
    ann("PATCH", f"/api/vibes/{vibe}", json={"name": "Gold / 1"})
    answer = ann.get(f"/api/vibes/{vibe}/file")
    saved = answer.headers["content-disposition"]
    assert saved.endswith("filename*=UTF-8''Gold%20_%201.naiv4vibe")
    read = read_vibe(answer.content)
    assert (read.name, read.image) == ("Gold / 1", png(96, 96, "gold"))
    assert read.encodings[0].info_extracted == 0.6
    thumbnail = ann.get(f"/api/vibes/{vibe}/thumbnail")
    assert Image.open(BytesIO(thumbnail.content)).format == "WEBP"
    known = {"If-None-Match": thumbnail.headers["etag"]}
    assert ann.get(f"/api/vibes/{vibe}/thumbnail", headers=known).status_code == 304


def test_a_vibe_is_its_keys(ann, bob, stranger, vibe):
    """Nobody else lists, reads, names, deletes or uses it."""
    for other in (bob, stranger):
        assert other.get("/api/vibes").json() == {"vibes": []}
        for method, path, body in (
            ("GET", "/file", None),
            ("GET", "/thumbnail", None),
            ("PATCH", "", {"name": "x"}),
            ("DELETE", "", None),
        ):
            assert other(method, f"/api/vibes/{vibe}{path}", json=body).status_code == 404
        body = {"params": {"prompt": "a", "vibes": [{"vibe": vibe}]}}
        assert other("POST", "/api/cost", json=body).status_code == 422


def test_a_vibe_is_deleted(ann):
    """A deleted vibe is gone, and a second deletion finds nothing."""
    upload = ann("POST", "/api/uploads", content=png(80, 80, "navy")).json()["sha256"]
    vibe = ann.make("encode_vibe", image={"upload": upload})["vibes"][0]["id"]
    assert ann("DELETE", f"/api/vibes/{vibe}").status_code == 204
    assert ann("DELETE", f"/api/vibes/{vibe}").status_code == 404
    assert ann.get(f"/api/uploads/{upload}").status_code == 200, "the upload is still here"


def filed(image, *, model="nai-diffusion-4-5-full", extracted=0.6, name="Rain"):
    """A vibe file that somebody paid for."""
    vibe = Vibe(image=image, name=name, info_extracted=extracted)
    return vibe_file(vibe.with_encoding(b"paid for elsewhere", model=model))


def test_a_vibe_file_is_not_paid_for_again(ann):
    """What a file holds is kept: its picture, encoded in the same way, costs nothing then."""
    picture = png(96, 96, "teal")
    (taken,) = ann("POST", "/api/vibes", content=filed(picture)).json()["vibes"]
    assert (taken["name"], taken["info_extracted"]) == ("Rain", 0.6)
    upload = {"upload": ann("POST", "/api/uploads", content=picture).json()["sha256"]}

    def price(**vibe):
        params = {"prompt": "a", "vibes": [{"image": upload, **vibe}]}
        return ann("POST", "/api/cost", json={"params": params}).json()["anlas"]

    assert price(info_extracted=0.6) == 0
    assert price(info_extracted=0.5) == 2
    again = ann("POST", "/api/vibes", content=filed(picture, name="Snow")).json()["vibes"]
    assert again == [taken]
    job = ann.make("generate", prompt="a", vibes=[{"image": upload, "info_extracted": 0.6}])
    assert job["cost"] == 0


def test_what_a_vibe_file_may_hold(ann):
    """Encodings for models that nobody knows are left out; what is no vibe file is refused."""
    odd = filed(png(96, 96, "navy"), model="nai-diffusion-99")
    assert ann("POST", "/api/vibes", content=odd).json() == {"vibes": []}
    strange = filed(png(96, 96, "pink"), name="a\ud800\x00b")
    (taken,) = ann("POST", "/api/vibes", content=strange).json()["vibes"]
    assert taken["name"] == "ab"
    broken = json.loads(filed(png(96, 96, "red"))) | {"image": "bm8="}
    assert ann("POST", "/api/vibes", content=json.dumps(broken)).status_code == 422
    refused = ann("POST", "/api/vibes", content=b"{}")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_params")
