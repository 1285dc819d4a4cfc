"""The gallery over HTTP, on both databases."""

import zipfile
from base64 import b64encode
from io import BytesIO

import pytest
from PIL import Image
from tests.server_api.people import png

from novelai import enhance_params, variation_params
from novelai.types import GenerateImageParams

LEFT_OUT = {"seed", "missing"}
"""Of settings, when another picture is wanted."""


@pytest.fixture(scope="module")
def ann(site):
    """A key of this file's own: in its gallery is what these tests left there."""
    return site.somebody("ann of the gallery")


@pytest.fixture(scope="module")
def three(ann):
    """Three pictures of Ann: a red cat, a red dog, a blue dog."""
    return [
        ann.draw(prompt=prompt, seed=seed)
        for seed, prompt in enumerate(("red cat, night sky", "red dog", "blue dog, sky at night"))
    ]


def ids(answer):
    return [image["id"] for image in answer.json()["images"]]


def found(person, query):
    return ids(person.get("/api/images", params={"q": query}))


def test_the_newest_comes_first(ann, three):
    """A page holds what there is, newest first, with addresses of bytes and thumbnail."""
    page = ann.get("/api/images", params={"limit": 60}).json()
    # Other tests may have left pictures of their own.
    mine = [image for image in page["images"] if image["id"] in three]
    assert [image["id"] for image in mine] == three[::-1]
    image = mine[0]
    assert image["url"] == f"/api/images/{image['id']}/file"
    assert (image["width"], image["height"], image["seed"]) == (128, 192, 2)
    assert page["total"] >= 3
    assert page["counted"]


def test_pages_follow_each_other(ann, three):
    """The cursor leads to the pictures behind; the total stays."""
    newest = ids(ann.get("/api/images", params={"limit": 60}))
    first = ann.get("/api/images", params={"limit": 1}).json()
    second = ann.get("/api/images", params={"limit": 1, "before": first["next"]}).json()
    assert [first["images"][0]["id"], second["images"][0]["id"]] == newest[:2]
    assert first["total"] == second["total"]


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("red", (1, 0)),
        ("red cat", (0,)),
        ("dog -blue", (1,)),
        ('"night sky"', (0,)),
        ('"sky night"', ()),
        ("RED -cat", (1,)),
        ('"', (2, 1, 0)),
        ("' OR 1=1 --", ()),
    ],
)
def test_search(ann, three, query, which):
    """Words must be there, -words must not, phrases must follow each other."""
    assert found(ann, query) == [three[index] for index in which]


def test_filters(ann, three):
    """Seed, size, kind, model, time, job and favourite narrow the list down."""
    one = ann("PATCH", f"/api/images/{three[1]}", json={"favourite": False}).json()

    def listed(**filters):
        return three[1] in ids(ann.get("/api/images", params=filters))

    assert listed(seed=1, width=128, height=192, kind="generate", model=one["model"])
    assert listed(job=one["job_id"], since=one["created_at"], until=one["created_at"] + 1)
    assert not listed(seed=2)
    assert not listed(until=one["created_at"])
    assert not listed(favourite=True)
    ann("PATCH", f"/api/images/{three[1]}", json={"favourite": True})
    assert listed(favourite=True)
    ann("PATCH", f"/api/images/{three[1]}", json={"favourite": False})


def test_settings_lead_to_the_picture_again(ann, three):
    """The parameters of a picture, sent as they are but for “missing”, give it again.

    What is hidden in its transparency is signed anew.
    """
    settings = ann.get(f"/api/images/{three[0]}").json()["settings"]
    assert settings.pop("missing") == []
    again = ann.draw(**settings)
    first, second = (ann.get(f"/api/images/{one}/file").content for one in (three[0], again))
    one, two = (Image.open(BytesIO(data)).convert("RGB") for data in (first, second))
    assert one.tobytes() == two.tobytes()
    ann("DELETE", f"/api/images/{again}?forever=true")


def test_enhancing_and_varying_are_those_of_the_client(ann, three):
    """A picture says what to change of its settings, as the client's own methods do."""
    details = ann.get(f"/api/images/{three[0]}").json()
    data = ann.get(f"/api/images/{three[0]}/file").content
    settings = {name: details["settings"][name] for name in details["settings"].keys() - LEFT_OUT}

    def order(changes):
        params = {**settings, **changes}
        priced = ann("POST", "/api/cost", json={"params": params})
        assert priced.status_code == 200, priced.text
        return GenerateImageParams(**{**params, "i2i": {**params["i2i"], "image": data}})

    def same(ours, theirs):
        assert ours.dimensions == theirs.dimensions
        for name in ("strength", "noise", "seed", "size", "enhance"):
            assert getattr(ours.i2i, name) == getattr(theirs.i2i, name)
        assert (ours.prompt, ours.model) == (theirs.prompt, theirs.model)

    base = GenerateImageParams(**settings)
    assert len(details["enhancements"]) == 10
    for one in details["enhancements"]:
        chosen = {"magnitude": one["magnitude"], "scale": one["scale"]}
        theirs = enhance_params(data, **chosen, params=base)
        same(order(one["changes"]), theirs)
        assert tuple(one["size"]) == theirs.dimensions
    same(order(details["variation"]), variation_params(data, params=base))
    assert order(details["variation"]).n_samples == 3


def test_what_was_not_drawn_is_not_varied(ann, three):
    """The result of a tool has no settings that another picture could start from."""
    params = {"tool": "lineart", "image": {"image": three[0]}}
    body = {"kind": "tool", "params": params}
    job = ann("POST", "/api/jobs", json=body, headers={"Prefer": "wait=30"}).json()
    details = ann.get(f"/api/images/{job['images'][0]['id']}").json()
    assert (details["variation"], details["enhancements"]) == (None, [])


def test_bytes_are_kept_by_browsers(ann, three):
    """A file is immutable, named by its sha256, shown or saved, and not sent twice."""
    address = f"/api/images/{three[0]}/file"
    answer = ann.get(address)
    assert answer.headers["content-type"] == "image/png"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "content-disposition" not in answer.headers
    again = ann.get(address, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    saved = ann.get(address, params={"download": 1}).headers["content-disposition"]
    assert saved.startswith('attachment; filename="20')
    assert saved.endswith(f'_0_{three[0]}.png"')


def test_thumbnails_are_small(ann, three):
    """A thumbnail is a WebP of at most 384 pixels."""
    for _ in range(2):
        answer = ann.get(f"/api/images/{three[0]}/thumbnail")
        picture = Image.open(BytesIO(answer.content))
        assert (answer.headers["content-type"], picture.format) == ("image/webp", "WEBP")
        assert max(picture.size) <= 384


def test_a_thumbnail_is_soon_there_and_then_for_good(site, ann):
    """The first one is of the last preview, where this process has it; then it stays as it is."""
    image = ann.draw(prompt="a thumbnail", steps=8)
    address = f"/api/images/{image}/thumbnail"
    first, second, third = (ann.get(address) for _ in range(3))
    if "immutable" not in first.headers["cache-control"]:
        assert "no-cache" in first.headers["cache-control"]
        known = {"If-None-Match": first.headers["etag"]}
        assert ann.get(address, headers=known).status_code == 200
    assert "immutable" in second.headers["cache-control"]
    assert (second.content, second.headers["etag"]) == (third.content, third.headers["etag"])
    known = {"If-None-Match": second.headers["etag"]}
    again = ann.get(address, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert ann.get("/api/images/img_none/thumbnail", headers=known).status_code == 404
    assert (
        ann.get("/api/images/img_none/thumbnail", headers={"If-None-Match": "*"}).status_code == 404
    )
    assert ann.get(address, headers={"If-None-Match": "*"}).status_code == 304


def test_what_is_embedded(ann, three):
    """The metadata of a picture name its prompt and say where they were found."""
    inspection = ann.get(f"/api/images/{three[0]}/metadata").json()
    assert (inspection["format"], inspection["source"]) == ("PNG", "text")
    assert inspection["settings"]["prompt"] == "red cat, night sky"


def test_an_archive_holds_the_bytes_as_they_were(ann, three):
    """An archive has one file for each picture, under a good name, by either verb."""
    posted = ann("POST", "/api/images/export", json={"ids": three})
    linked = ann.get("/api/images/export", params={"ids": ",".join(three)})
    assert posted.headers["content-type"] == "application/zip"
    for answer in (posted, linked):
        archive = zipfile.ZipFile(BytesIO(answer.content))
        assert archive.testzip() is None
        assert len(archive.namelist()) == 3
        name = next(name for name in archive.namelist() if three[0] in name)
        assert archive.read(name) == ann.get(f"/api/images/{three[0]}/file").content
    nothing = ann("POST", "/api/images/export", json={"ids": ["img_0"]})
    assert nothing.status_code == 404


def test_an_inpainting_result_is_there_twice(ann):
    """Put together, and as NovelAI sent it; each has its own file, name and tag."""
    image = ann.draw(prompt="patched", inpaint=patch(), seed=3)
    entry = ann.get(f"/api/images/{image}").json()
    assert entry["received"] == f"/api/images/{image}/file?version=received"
    shown, received = (ann.get(entry[name]) for name in ("url", "received"))
    assert shown.headers["etag"] != received.headers["etag"]
    assert [far(one.content) for one in (shown, received)] == [(0, 128, 128), (2, 126, 126)]
    assert ann.get(f"/api/images/{image}/metadata").json()["settings"]["prompt"] == "patched"
    known = {"If-None-Match": received.headers["etag"]}
    assert ann.get(entry["received"], headers=known).status_code == 304
    assert ann.get(entry["url"], headers=known).status_code == 200
    saved = ann.get(entry["received"] + "&download=1").headers["content-disposition"]
    assert saved.endswith(f'{image}_received.png"')
    answer = ann("POST", "/api/images/export", json={"ids": [image]})
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        packed = [archive.read(name) for name in archive.namelist()]
        assert archive.namelist()[1] == archive.namelist()[0].replace(".png", "_received.png")
    assert packed == [shown.content, received.content]
    wrong = ann.get(f"/api/images/{image}/file", params={"version": "first"})
    assert wrong.status_code == 422


def test_other_pictures_are_there_once(ann, three):
    """What was not put together is the same file by either name."""
    entry = ann.get(f"/api/images/{three[0]}").json()
    assert entry["received"] is None
    shown = ann.get(entry["url"])
    received = ann.get(entry["url"], params={"version": "received"})
    assert (received.content, received.headers["etag"]) == (shown.content, shown.headers["etag"])


def patch(**options):
    """Repaint the upper left corner of a teal picture."""
    mask = BytesIO()
    drawn = Image.new("L", (128, 192))
    drawn.paste(255, (0, 0, 8, 8))
    drawn.save(mask, "PNG")
    image, corner = (b64encode(one).decode() for one in (png(128, 192), mask.getvalue()))
    return {"image": image, "mask": corner, **options}


def far(data):
    """The colour far from the corner."""
    return Image.open(BytesIO(data)).convert("RGB").getpixel((127, 191))


def test_the_bin_and_back(ann):
    """A deleted picture is in the bin, from where it comes back; forever is forever."""
    image = ann.draw(prompt="gone")
    binned = ann("DELETE", f"/api/images/{image}").json()
    assert binned["deleted_at"] is not None
    assert found(ann, "gone") == []
    assert image in ids(ann.get("/api/images", params={"bin": True}))
    assert ann("POST", f"/api/images/{image}/restore").json()["deleted_at"] is None
    assert found(ann, "gone") == [image]
    assert ann("DELETE", f"/api/images/{image}?forever=true").status_code == 204
    for path in ("", "/file", "/thumbnail", "/metadata"):
        assert ann.get(f"/api/images/{image}{path}").status_code == 404


def test_deleted_bytes_are_gone_once_nobody_shares_them(site, ann):
    """The bytes of a picture stay as long as another picture has them, and go with the last."""
    first, second = (ann.draw(prompt="twins", seed=9) for _ in range(2))
    sha256 = ann.get(f"/api/images/{first}/file").headers["etag"].strip('"')
    kept = []
    for image in (first, second):
        ann("DELETE", f"/api/images/{image}?forever=true")
        kept.append(
            site.portal.call(site.services.context.blobs.exists, f"pictures/{sha256[:2]}/{sha256}")
        )
    assert kept == [True, False]


@pytest.mark.parametrize(
    ("action", "member", "value"),
    [("favourite", "favourite", True), ("unfavourite", "favourite", False)],
)
def test_several_at_once(ann, bob, three, action, member, value):
    """A batch changes the caller's pictures, and leaves those of others alone."""
    body = {"ids": three, "action": action}
    assert bob("POST", "/api/images/batch", json=body).json() == {"changed": 0}
    assert ann("POST", "/api/images/batch", json=body).json() == {"changed": 3}
    for image in three:
        assert ann.get(f"/api/images/{image}").json()[member] is value


def test_many_are_binned_restored_and_deleted(ann):
    """A batch puts pictures in the bin, takes them out, and deletes them for good."""
    job = ann.make(prompt="crowd", n_samples=3)
    images = [image["id"] for image in job["images"]]
    for action, there in (("bin", 0), ("restore", 3), ("delete", 0)):
        body = {"ids": images, "action": action}
        assert ann("POST", "/api/images/batch", json=body).json() == {"changed": 3}
        assert len(found(ann, "crowd")) == there


def test_what_it_was_made_from(ann, three):
    """A picture names its sources, with their ids where they are in the gallery."""
    made = ann.draw(prompt="copy", i2i={"image": {"image": three[0]}, "strength": 0.5})
    image = ann.get(f"/api/images/{made}").json()
    assert image["settings"]["missing"] == ["i2i.image"]
    assert [source["image"] for source in image["sources"]] == [three[0]]
    ann("DELETE", f"/api/images/{made}?forever=true")


def test_others_see_nothing(ann, bob, stranger, admin, three):
    """Another key and another owner get 404 everywhere; the owner's administrator sees it."""
    for other in (bob, stranger):
        assert not set(three) & set(ids(other.get("/api/images")))
        for method, path, body in (
            ("GET", "", None),
            ("GET", "/file", None),
            ("GET", "/thumbnail", None),
            ("GET", "/metadata", None),
            ("PATCH", "", {"favourite": True}),
            ("DELETE", "", None),
            ("DELETE", "?forever=true", None),
            ("POST", "/restore", None),
        ):
            answer = other(method, f"/api/images/{three[0]}{path}", json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
        assert other("POST", "/api/images/export", json={"ids": three}).status_code == 404
    assert admin.get(f"/api/images/{three[0]}").status_code == 200
    assert ann.get(f"/api/images/{three[0]}").json()["deleted_at"] is None
