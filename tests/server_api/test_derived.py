"""Pictures that were made from others keep who they are, and lie on one pile with them."""

from base64 import b64encode

import pytest
from tests.server_api.people import png

PROMPT = {
    "prompt": "a heron",
    "negative_prompt": "blurry",
    "model": "nai-diffusion-4-5-full",
    "characters": [{"prompt": "okapi, :3"}],
    "seed": 77,
}


@pytest.fixture(scope="module")
def dora(site):
    """A key of this file's own."""
    return site.somebody("dora of the derived")


@pytest.fixture(scope="module")
def family(dora):
    """A picture, its upscaled version, line art of that, and a picture drawn from the first."""
    first = dora.draw(**PROMPT)
    upscaled = dora.make("upscale", image={"image": first})["images"][0]["id"]
    lines = dora.make("tool", tool="lineart", image={"image": upscaled})["images"][0]["id"]
    base = {"image": {"image": first}, "strength": 0.5}
    drawn = dora.draw(prompt="a crane", seed=3, i2i=base)
    return first, upscaled, lines, drawn


def ids(answer):
    return [image["id"] for image in answer.json()["images"]]


def listed(person, **query):
    return ids(person.get("/api/images", params=query))


def test_tools_keep_what_made_the_picture(dora, family):
    """Prompt, seed, model and settings of the source lead to it from any version of it."""
    first, *versions = (dora.get(f"/api/images/{one}").json() for one in family[:3])
    same = ("prompt", "negative_prompt", "model", "seed", "settings")
    for one in versions:
        assert {name: one[name] for name in same} == {name: first[name] for name in same}
        assert one["variation"] is None
    assert first["applied"] is None
    assert [one["applied"].get("tool") for one in versions] == [None, "lineart"]
    assert versions[0]["width"] > first["width"]


def test_each_tells_its_source(dora, family):
    """Whatever was made from a picture names it, and the picture counts what came of it."""
    first, upscaled, lines, drawn = family
    entries = {one: dora.get(f"/api/images/{one}").json() for one in family}
    assert [entries[one]["derived_from"] for one in family] == [None, first, upscaled, first]
    assert [entries[one]["derived"] for one in family] == [3, 1, 0, 0]
    assert entries[drawn]["prompt"] == "a crane"
    assert listed(dora, q=f"from:{first}") == [drawn, lines, upscaled]
    assert listed(dora, q=f"from:{upscaled}") == [lines]
    assert listed(dora, q=f"from:{first} okapi") == [lines, upscaled]
    assert listed(dora, q="okapi seed:77") == [lines, upscaled, first]
    assert listed(dora, q='":3" -from:' + upscaled) == [upscaled, first]


def test_the_pile_is_shown_by_its_first(dora, family):
    """In stacks only the first is listed and counted, until it is in the bin."""
    first, *versions = family
    assert listed(dora, stacked=True) == [first]
    assert dora.get("/api/images", params={"stacked": True}).json()["total"] == 1
    assert set(listed(dora)) == set(family)
    dora("DELETE", f"/api/images/{first}")
    assert set(listed(dora, stacked=True)) == set(versions)
    dora("POST", f"/api/images/{first}/restore")
    assert listed(dora, stacked=True) == [first]


def test_what_is_made_from_a_deleted_picture_stands_for_itself(dora):
    """Once a picture is gone for good, its versions keep what they have, and name it no more."""
    first = dora.draw(prompt="a stork")
    upscaled = dora.make("upscale", image={"image": first})["images"][0]["id"]
    dora("DELETE", f"/api/images/{first}?forever=true")
    entry = dora.get(f"/api/images/{upscaled}").json()
    assert (entry["prompt"], entry["derived_from"], entry["derived"]) == ("a stork", None, 0)
    assert upscaled in listed(dora, stacked=True)
    dora("DELETE", f"/api/images/{upscaled}?forever=true")


def test_of_a_stranger_nothing_is_taken(site, dora, family):
    """The same bytes in another key's hands lead to no words of this one, nor to its picture."""
    data = dora.get(f"/api/images/{family[0]}/file").content
    other = site.somebody("other")
    image = b64encode(data).decode()
    entry = other.get(f"/api/images/{other.make('upscale', image=image)['images'][0]['id']}").json()
    assert (entry["prompt"], entry["derived_from"], entry["seed"]) == ("", None, None)
    assert "heron" not in str(entry)
    assert dora.get(f"/api/images/{family[0]}").json()["derived"] == 3


def test_an_upscaled_picture_of_elsewhere_has_no_model(dora):
    """Of a picture that was never here nothing is known, so nothing is said."""
    image = b64encode(png(64, 64)).decode()
    made = dora.make("upscale", image=image)["images"][0]["id"]
    entry = dora.get(f"/api/images/{made}").json()
    assert (entry["model"], entry["seed"], entry["prompt"]) == (None, None, "")
    assert entry["applied"] == entry["settings"]
    dora("DELETE", f"/api/images/{made}?forever=true")


def test_a_search_that_cannot_be_read(dora):
    """A field without a value is refused in words, and names the parameter."""
    answer = dora.get("/api/images", params={"q": "heron seed:many"})
    assert answer.status_code == 422
    problem = answer.json()
    assert (problem["code"], problem["charged"]) == ("invalid_params", "no")
    assert problem["errors"][0]["field"] == "q"
    assert problem["detail"].startswith("seed: takes a whole number")
