"""Director tools and the upscaler: choose, see the price, order, compare."""

import pytest
from playwright.sync_api import expect
from tests.web.drawings import a_file, drawing, drop


def choose(page, name):
    """Click the card of a tool, as people do; the input in it is hidden."""
    choice = page.get_by_role("radio", name=name)
    page.locator("label", has=choice).click()
    expect(choice).to_be_checked()


def test_a_director_tool(site, visit):
    """A picture of the gallery is changed; the result lies over it and can be worked on further."""
    image = site.picture("a face")
    page = visit(site, f"/tools?image={image['id']}")
    choose(page, "Emotion")
    page.get_by_role("combobox", name="Emotion").select_option("Sad")
    page.get_by_role("spinbutton", name="Weaker effect").fill("2")
    button = page.get_by_role("button", name="Emotion")
    expect(button).to_contain_text("Free")
    button.click()
    result = page.get_by_role("region", name="Result")
    expect(result.get_by_role("img", name="After")).to_be_visible(timeout=20_000)
    params = site.jobs()[0]["params"]
    kept = {name: params[name] for name in ("tool", "emotion", "defry")}
    assert kept == {"tool": "emotion", "emotion": "sad", "defry": 2}
    result.get_by_role("button", name="Go on with this one").click()
    expect(result).to_be_hidden()
    expect(page.get_by_role("img", name="Picture to work on")).to_be_visible()


@pytest.mark.parametrize(
    ("tool", "name"),
    [("lineart", "Line art"), ("bg-removal", "Remove background"), ("colorize", "Colorize")],
)
def test_an_uploaded_picture(site, visit, tool, name):
    """A file from this device is worked on; a tool with layers shows each of them."""
    page = visit(site, "/tools")
    page.get_by_label("Picture to work on").last.set_input_files(a_file(drawing(512, 512)))
    choose(page, name)
    page.get_by_role("button", name=name).click()
    result = page.get_by_role("region", name="Result")
    expect(result.get_by_role("img", name="After")).to_be_visible(timeout=20_000)
    assert site.jobs()[0]["params"]["tool"] == tool
    layers = result.get_by_role("group", name="Layers").get_by_role("button")
    expect(layers).to_have_count(3 if tool == "bg-removal" else 0)


def test_upscale(site, visit):
    """Twice the size is announced with its price, and comes out; the gallery has it."""
    page = visit(site, "/tools?tool=upscale")
    drop(page.get_by_role("group", name="Picture to work on"), drawing(256, 384))
    expect(page.get_by_text("twice as high: 512 × 768")).to_be_visible()
    button = page.get_by_role("button", name="Upscale")
    expect(button).to_contain_text("Anlas")
    button.click()
    result = page.get_by_role("region", name="Result")
    expect(result.get_by_role("img", name="After")).to_be_visible(timeout=20_000)
    image = site.jobs()[0]["images"][0]
    assert (image["width"], image["height"]) == (512, 768)
    result.get_by_role("button", name="Show in the gallery").click()
    expect(page.get_by_role("dialog", name="Picture with its settings")).to_be_visible()


def test_what_cannot_be_used(site, visit):
    """A file that is no picture gets a sentence, and the choice stays open."""
    page = visit(site, "/tools")
    picker = page.get_by_role("group", name="Picture to work on")
    drop(picker, b"words", "words.png")
    expect(page.get_by_text("words.png is no picture that can be read here.")).to_be_visible()
    expect(picker.get_by_role("button", name="Choose a picture")).to_be_enabled()


def test_above_the_limit_it_asks(site, visit):
    """A tool that costs more than the person's limit is confirmed first, and can be refused."""
    page = visit(site, "/settings")
    page.get_by_role("spinbutton", name="Ask before spending more than").fill("0")
    page.goto(f"{site.url}/tools?tool=upscale")
    drop(page.get_by_role("group", name="Picture to work on"), drawing(256, 384))
    before = len(site.jobs())
    page.get_by_role("button", name="Upscale").click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("Anlas")
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_be_hidden()
    assert len(site.jobs()) == before
