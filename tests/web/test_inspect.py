"""Inspect: the settings in a picture, and files that are none."""

import json

import pytest
from playwright.sync_api import Page, expect
from tests.web.drawings import drawing, drop, drop_large, paste, with_text
from tests.web.sites import eventually

A1111 = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, Seed: 1"
MARKUP = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'


@pytest.fixture(scope="module")
def made(demo_site):
    """The bytes of a picture with settings in it."""
    image = demo_site.picture("1girl, to be read", negative_prompt="blurry", seed=4321, steps=7)
    return demo_site.api.get(image["url"]).content


@pytest.mark.parametrize("screen", ["/", "/queue", "/gallery", "/settings"])
def test_a_picture_is_dropped_anywhere(site, visit, made, screen):
    """Wherever a picture is dropped, its settings are shown."""
    page = visit(site, screen)
    page.get_by_role("main").wait_for()
    drop(page.locator("body"), made)
    expect(page.get_by_text("1girl, to be read", exact=True)).to_be_visible()
    expect(page.get_by_role("main").get_by_text("4321", exact=True)).to_be_visible()


def test_a_picture_is_pasted(site, visit, made):
    """A pasted picture is read as well."""
    page = visit(site, "/inspect")
    page.get_by_role("heading", name="Inspect").wait_for()
    paste(page.locator("body"), made)
    expect(page.get_by_text("1girl, to be read", exact=True)).to_be_visible()


def test_what_is_wanted_is_taken(site, visit, made):
    """Only ticked parts go to Create; undo brings the draft back."""
    page = visit(site)
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.fill("what I had")
    drop(page.locator("body"), made)
    choice = page.get_by_role("group", name="What to take")
    choice.get_by_role("checkbox", name="Prompt").uncheck()
    choice.get_by_role("checkbox", name="Undesired content").uncheck()
    choice.get_by_role("button", name="Use in Create").click()
    expect(prompt).to_have_value("what I had")
    eventually(lambda: site.draft().get("steps") == 7, "the draft to be saved")
    assert site.draft()["seed"] == 4321
    assert (site.draft()["width"], site.draft()["height"]) == (512, 768)
    page.get_by_role("button", name="Undo", exact=True).click()
    eventually(lambda: site.draft()["steps"] == 23, "the draft to come back")


def test_how_it_was_made_is_said(site, visit):
    """A tool's picture names the tool; one drawn from another says that settings are not all."""
    page = visit(site, "/inspect")
    page.get_by_role("heading", name="Inspect").wait_for()
    tool = {"Software": "NovelAI", "Comment": json.dumps({"req_type": "lineart"})}
    drop(page.locator("body"), with_text(drawing(), **tool))
    expect(page.get_by_text("Director tool: Line art")).to_be_visible()
    comment = {
        "prompt": "a redrawn cat", "steps": 23, "width": 512, "height": 512, "seed": 6,
        "request_type": "Img2ImgRequest", "strength": 0.5, "n_samples": 3,
    }  # fmt: skip
    texts = {"Source": "NovelAI Diffusion V4.5 4BDE2A90", "Comment": json.dumps(comment)}
    drop(page.locator("body"), with_text(drawing(), parameters=A1111, **texts))
    expect(page.get_by_text("Drawn from another picture")).to_be_visible()
    expect(page.get_by_text("do not lead to this picture again")).to_be_visible()
    expect(page.get_by_text("a redrawn cat", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Written by another program")).to_contain_text("Seed")


def test_it_becomes_the_base(site, visit, made):
    """An inspected picture is used as the base picture without choosing it again."""
    page = visit(site, "/inspect")
    page.get_by_role("heading", name="Inspect").wait_for()
    drop(page.locator("body"), made)
    page.get_by_role("button", name="Use as base picture").click()
    expect(page.get_by_role("img", name="The base picture")).to_be_visible()


def lives(page: Page) -> None:
    """The page still works, and nobody else's script ran."""
    assert "owned" not in page.title()
    assert page.locator('main img[src="x"]').count() == 0
    page.keyboard.press("1")
    page.get_by_role("textbox", name="Prompt", exact=True).fill("still here")


def test_a_file_of_200_megabytes(site, visit):
    """It is not sent; a sentence says how much is the most."""
    page = visit(site)
    page.get_by_role("textbox", name="Prompt", exact=True).wait_for()
    drop_large(page.locator("body"), 200_000_000, "huge.png")
    expect(
        page.get_by_text("huge.png is too large to be sent. The most is 67.1 MB.")
    ).to_be_visible()
    lives(page)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"these are only words", "notes.png is no picture that can be read here."),
        (MARKUP.encode(), "notes.png is no picture that can be read here."),
        (b"", "notes.png is empty."),
    ],
    ids=["text", "markup", "empty"],
)
def test_a_file_that_is_no_picture(site, visit, data, sentence):
    """A text file named .png gets a sentence, and so does an empty one."""
    page = visit(site)
    page.get_by_role("textbox", name="Prompt", exact=True).wait_for()
    drop(page.locator("body"), data, "notes.png")
    expect(page.get_by_text(sentence)).to_be_visible()
    lives(page)


def test_a_broken_picture(site, visit, watch):
    """What begins like a PNG and is none gets the server's answer as a sentence."""
    watch.expected.append("status of 4")
    page = visit(site)
    page.get_by_role("textbox", name="Prompt", exact=True).wait_for()
    drop(page.locator("body"), drawing()[:30])
    expect(page.get_by_text("Take a PNG, JPEG or WebP file.")).to_be_visible()
    lives(page)


@pytest.mark.parametrize(
    "comment",
    [MARKUP, "\x00\x01\x1b[2J\x7f", "x" * 5_000_000, json.dumps({"prompt": MARKUP, "steps": [1]})],
    ids=["markup", "control", "5 MB", "settings"],
)
@pytest.mark.parametrize("name", ["Comment", "parameters"])
def test_a_hostile_comment(site, visit, watch, comment, name):
    """What a stranger wrote into a picture is text or nothing: no markup runs."""
    watch.expected.append("status of 4")
    page = visit(site)
    page.get_by_role("textbox", name="Prompt", exact=True).wait_for()
    texts = {"Software": "NovelAI", "Source": MARKUP, "Description": MARKUP, name: comment}
    texts = {key: text.replace("\x00", "\x02") for key, text in texts.items()}
    drop(page.locator("body"), with_text(drawing(), **texts), f"{MARKUP[:20]}.png")
    expect(page.get_by_role("heading", name="Inspect")).to_be_visible()
    expect(page.get_by_text("Reading the picture")).to_be_hidden()
    assert "\x1b" not in page.get_by_role("main").inner_text()
    lives(page)


def test_other_programs_are_shown_as_text(site, visit):
    """What another program wrote is shown, as it is, and not as the page's own."""
    page = visit(site, "/inspect")
    page.get_by_role("heading", name="Inspect").wait_for()
    text = "1girl, from elsewhere <b>bold</b>\nNegative prompt: x\nSteps: 20, Seed: 1"
    drop(page.locator("body"), with_text(drawing(), parameters=text))
    other = page.get_by_role("region", name="Written by another program")
    expect(other).to_contain_text("1girl, from elsewhere <b>bold</b>")
    assert other.locator("b").count() == 0
