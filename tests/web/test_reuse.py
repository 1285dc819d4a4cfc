"""Taking up what made a picture: the same is ordered again, whatever the form held."""

import base64
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.web.drawings import drawing, drop, encoded
from tests.web.sites import Site, eventually

V3, V45, V5 = "nai-diffusion-3", "nai-diffusion-4-5-full", "nai-diffusion-5-full"

PLACED = [
    {"prompt": "girl, red hair", "negative_prompt": "hat", "position": [0.3, 0.5]},
    {"prompt": "boy", "position": [0.7, 0.5], "enabled": False},
    {"prompt": "dog"},
]

SMALL = {"size": [512, 768], "steps": 5}


def picture(width: int = 512, height: int = 768) -> str:
    """A picture as an order holds it."""
    return base64.b64encode(drawing(width, height)).decode()


def mask() -> str:
    """White in the middle."""
    image = Image.new("L", (512, 768))
    image.paste(255, (128, 128, 256, 256))
    return base64.b64encode(encoded(image)).decode()


def orders() -> dict[str, dict[str, Any]]:
    """Orders that together set every field, each to something that is not its default."""
    return {
        "nothing": {"prompt": "only words", **SMALL},
        "V5": {
            "prompt": 'a sign that says "open"', "model": V5, "negative_prompt": "blurry",
            "quality": "light", "uc_preset": "light", "scale": 6.5, "seed": 11,
            "cfg_rescale": 0.2, "characters": PLACED, "use_coords": False,
            "transparent_background": True, "straight_alpha": False, "furry": True,
            "automatic_text": False, "image_format": "webp", **SMALL,
        },
        "V4.5": {
            "prompt": "", "model": V45, "quality": False, "uc_preset": "none",
            "sampler": "k_euler", "noise_schedule": "exponential", "variety_boost": True,
            "characters": PLACED, "use_coords": True,
            "vibes": [{"image": picture(64, 64), "strength": 0.3, "info_extracted": 0.5}],
            **SMALL,
        },
        "references": {
            "prompt": "references", "model": V45,
            "character_references": [
                {"image": picture(96, 64), "type": "style", "fidelity": 0.4, "strength": 0.7}
            ], **SMALL,
        },
        "V3": {
            "prompt": "old", "model": V3, "smea": True, "smea_dyn": True, "decrisp": True,
            "scale": 9, "noise_schedule": "karras", **SMALL,
        },
        "img2img": {
            "prompt": "anew", "model": V45,
            "i2i": {
                "image": picture(), "strength": 0.4, "noise": 0.2, "seed": 5,
                "size": [512, 704], "enhance": "plain",
            }, **SMALL,
        },
        "inpainting": {
            "prompt": "a part", "model": V45,
            "inpaint": {
                "image": picture(), "mask": mask(), "strength": 0.6, "seed": 3, "compose": False,
            }, **SMALL,
        },
    }  # fmt: skip


def hostile(site: Site) -> None:
    """Fill the form with what nobody wants in the next picture."""
    sha = site.api.post("/api/uploads", content=drawing(256, 256)).json()["sha256"]
    held = {"ref": {"upload": sha}, "url": f"/api/uploads/{sha}", "thumb": f"/api/uploads/{sha}"}
    shown = {**held, "width": 256, "height": 256}
    document = {
        "prompt": "theirs", "negative_prompt": "lowres", "model": V45, "width": 1024,
        "height": 1024, "steps": 17, "scale": 9.0, "sampler": "k_dpmpp_2m",
        "noise_schedule": "polyexponential", "cfg_rescale": 0.4, "variety_boost": True,
        "smea": True, "smea_dyn": True, "decrisp": True, "seed": 99, "seed_locked": True,
        "n_samples": 2, "quality": "none", "uc_preset": "human_focus",
        "transparent_background": True, "straight_alpha": False, "furry": True,
        "automatic_text": False, "image_format": "webp", "roll": {"replay": None},
        "use_coords": True, "efforts": {},
        "base": {
            "picture": shown, "mode": "inpaint", "mask": shown, "strength": 0.2, "noise": 0.5,
            "seed": 8, "compose": False,
        },
        "characters": [
            {"id": "c1", "prompt": "cat", "negative_prompt": "dog", "position": [0.1, 0.1],
             "enabled": True}
        ],
        "vibes": [
            {"id": "v1", "vibe": None, "picture": shown, "name": "x", "strength": 0.9,
             "info_extracted": 0.9, "enabled": True}
        ],
        "references": [
            {"id": "r1", "picture": shown, "type": "character", "strength": 0.9, "fidelity": 0.9,
             "enabled": True}
        ],
    }  # fmt: skip
    revision = site.api.get("/api/draft").json()["revision"]
    answer = site.api.put("/api/draft", json={"document": document, "revision": revision})
    answer.raise_for_status()


def ordered(page: Page, site: Site) -> dict[str, Any]:
    """Order what is in the form; give its parameters, but for how many pictures there are."""
    expect(page.get_by_text("Settings taken over").first).to_be_visible()
    params = site.ordered_by(lambda: page.keyboard.press("Control+Enter"))["params"]
    assert params.pop("n_samples") == 2  # the form's own
    return params


def meaning(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters with the values that a model takes where none was given."""
    said = {key: value for key, value in params.items() if key != "n_samples"}
    quality = "standard" if said["quality"] is True else said["quality"]
    return said | {
        "quality": quality,
        "negative_prompt": said["negative_prompt"] or None,
        "characters": said["characters"] or None,
        "vibes": said["vibes"] or None,
        "straight_alpha": said["straight_alpha"] is not False,
    }


def resolved(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """The first order's parameters; what it left to the model is what the second one says."""
    left = [name for name in ("scale", "noise_schedule") if first[name] is None]
    return {**first, **{name: second[name] for name in left}}


@pytest.fixture
def drawn(site: Site, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A picture that was drawn by one of the orders, and its job."""
    body = {"params": orders()[request.param]}
    answer = site.api.post("/api/jobs", json=body, headers={"Prefer": "wait=20"})
    job = answer.raise_for_status().json()
    assert job["state"] == "succeeded", job["error"]
    site.pause()
    hostile(site)
    return job


ALL = pytest.mark.parametrize("drawn", sorted(orders()), indirect=True)


@ALL
def test_from_the_gallery(site, visit, drawn):
    """All settings of a picture order it again to the last field."""
    page = visit(site, f"/gallery?image={drawn['images'][0]['id']}")
    page.get_by_role("button", name="All settings").click()
    params = ordered(page, site)
    assert meaning(params) == meaning(resolved(drawn["params"], params))


@ALL
def test_from_the_queue(site, visit, drawn):
    """So does an order that has ended."""
    page = visit(site, "/queue")
    page.get_by_role("button", name="Use its settings").first.click()
    params = ordered(page, site)
    assert meaning(params) == meaning(resolved(drawn["params"], params))


@pytest.mark.parametrize("drawn", ["inpainting"], indirect=True)
def test_from_the_stage(site, visit, drawn):
    """The menu of the picture that is shown does the same, with base and mask."""
    page = visit(site)
    page.get_by_role("region", name="Picture", exact=True).get_by_role(
        "button", name="More"
    ).click()
    page.get_by_role("menuitem", name="Use its settings").click()
    params = ordered(page, site)
    assert meaning(params) == meaning(resolved(drawn["params"], params))


@pytest.mark.parametrize("drawn", ["inpainting"], indirect=True)
def test_again_repaints(site, visit, drawn):
    """Again draws what was drawn, from the same picture and mask, with another seed."""
    page = visit(site)
    button = page.locator(".actions").get_by_role("button", name="Again")
    params = site.ordered_by(button.click)["params"]
    assert params["inpaint"] == drawn["params"]["inpaint"]
    assert params["seed"] != drawn["params"]["seed"]


@pytest.mark.parametrize("drawn", ["nothing", "V5", "V3"], indirect=True)
def test_from_a_dropped_file(site, visit, drawn):
    """A file without pictures in it brings all it says, and what it lacks is emptied."""
    data = site.api.get(drawn["images"][0]["url"]).content
    page = visit(site)
    drop(page.locator("body"), data)
    page.get_by_role("button", name="Use in Create").click()
    params = ordered(page, site)
    wanted = resolved(drawn["params"], params)
    sent = [one for one in wanted["characters"] or () if one["enabled"]]  # others are not in it
    assert meaning(params) == meaning({**wanted, "characters": sent})


@pytest.mark.parametrize("drawn", ["img2img"], indirect=True)
def test_what_a_file_lacks_is_named(site, visit, drawn):
    """A file cannot hold the picture it was made from: that is said, and no other one stays."""
    data = site.api.get(drawn["images"][0]["url"]).content
    page = visit(site)
    drop(page.locator("body"), data)
    page.get_by_role("button", name="Use in Create").click()
    expect(page.get_by_text("without what is not kept in it: Base picture")).to_be_visible()
    eventually(lambda: site.draft()["base"] is None, "the base picture to go")


def test_a_template_is_taken_as_it_was_drawn_or_as_it_was_written(site, visit):
    """Of a picture that came of a template: its words, the template, or that with its picks."""
    body = {"params": {"prompt": "a <red|green|blue> door", **SMALL}, "templates": True}
    answer = site.api.post("/api/jobs", json=body, headers={"Prefer": "wait=20"}).json()
    image, words = answer["images"][0]["id"], answer["params"]["prompt"]
    site.pause()
    page = visit(site)
    for choice, written in (
        ("As drawn", words),
        ("Template, same picks", body["params"]["prompt"]),
    ):
        page.goto(f"{site.url}/gallery?image={image}")
        page.get_by_role("radio", name=choice, exact=True).check()
        page.get_by_role("button", name="All settings").click()
        expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value(written)
        job = site.ordered_by(lambda: page.keyboard.press("Control+Enter"))
        assert job["params"]["prompt"] == words
    expect(page.get_by_text("with the picks of a picture")).to_be_visible()
    page.get_by_role("button", name="Pick anew").click()
    job = site.ordered_by(lambda: page.keyboard.press("Control+Enter"))
    assert job["params"]["prompt"] in {f"a {colour} door" for colour in ("red", "green", "blue")}
