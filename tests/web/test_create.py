"""Create: writing a prompt, its tags and weights, the settings, the price."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.web.sites import eventually


def prompt_of(page: Page):
    return page.get_by_role("textbox", name="Prompt", exact=True)


def test_a_first_picture(site, visit):
    """Nothing is typed but a prompt: the picture is seen while it is drawn, then it is there."""
    page = visit(site)
    prompt_of(page).fill("1girl, cat ears, smile")
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_role("img", name="Preview of: 1girl, cat ears, smile")).to_be_visible()
    picture = page.get_by_role("img", name="Picture made from: 1girl, cat ears, smile").first
    expect(picture).to_be_visible()
    wide = "image => image.naturalWidth === 832"  # no preview any more
    eventually(lambda: picture.evaluate(wide), "the picture in full size")
    assert site.jobs()[0]["params"]["prompt"] == "1girl, cat ears, smile"


def test_without_a_prompt_nothing_is_sent(site, visit):
    """An empty prompt is answered with what to do, and the caret waits in the field."""
    page = visit(site)
    before = len(site.jobs())
    page.get_by_role("button", name="Generate").click()
    expect(page.get_by_text("Write a prompt first")).to_be_visible()
    expect(prompt_of(page)).to_be_focused()
    assert len(site.jobs()) == before


def test_tags_complete_with_the_keyboard(site, visit):
    """Arrows choose, Tab and Enter take, Escape closes; undo takes the tag back."""
    page = visit(site)
    prompt = prompt_of(page)
    prompt.press_sequentially("1girl, cat e")
    choices = page.get_by_role("listbox", name="Tag suggestions")
    expect(choices.get_by_role("option").first).to_contain_text("cat ears")
    prompt.press("ArrowDown")
    expect(choices.get_by_role("option", selected=True)).to_contain_text("cat ears")
    active = prompt.get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").inner_text().startswith("cat ears")
    prompt.press("Enter")
    expect(prompt).to_have_value("1girl, cat ears, ")
    expect(choices).to_be_hidden()
    prompt.press("Control+z")
    expect(prompt).to_have_value("1girl, cat e")
    prompt.press("End")
    prompt.press_sequentially("a")
    expect(choices).to_be_visible()
    prompt.press("Tab")
    expect(prompt).to_have_value("1girl, cat ears, ")
    expect(prompt).to_be_focused()
    prompt.press_sequentially("smi")
    expect(choices).to_be_visible()
    prompt.press("Escape")
    expect(choices).to_be_hidden()
    prompt.press("Enter")
    expect(prompt).to_have_value("1girl, cat ears, smi\n")


@pytest.mark.parametrize(("locale", "word"), [("ja-JP", "猫"), ("zh-CN", "猫")])
def test_tags_complete_in_other_languages(site, visit, locale, word):
    """A Japanese or Chinese word finds the English tag that NovelAI knows."""
    page = visit(site, locale=locale)
    prompt = page.locator('textarea[name="prompt"]')
    prompt.press_sequentially(word)
    page.get_by_role("option").filter(has_text=re.compile("cat")).first.click()
    assert re.fullmatch(r"[\x20-\x7e]*cat[\x20-\x7e]*, ", prompt.input_value())


def test_an_input_method_keeps_its_keys(site, visit):
    """While an input method composes, Enter and the arrows are its own."""
    page = visit(site)
    prompt = prompt_of(page)
    prompt.press_sequentially("cat e")
    expect(page.get_by_role("listbox")).to_be_visible()
    composed = page.context.new_cdp_session(page)
    composed.send(
        "Input.imeSetComposition", {"text": "ねこ", "selectionStart": 2, "selectionEnd": 2}
    )
    taken = prompt.evaluate(
        """field => ["Enter", "Tab", "ArrowDown"].filter(key => {
            const more = { key, isComposing: true, bubbles: true, cancelable: true };
            return !field.dispatchEvent(new KeyboardEvent("keydown", more));
        })"""
    )
    assert taken == []
    expect(prompt).to_have_value("cat eねこ")
    composed.send("Input.insertText", {"text": "猫"})
    expect(prompt).to_have_value("cat e猫")


def test_weights_with_the_keyboard(site, visit):
    """Ctrl and the arrows weigh the tag at the caret; undo takes each step back."""
    page = visit(site)
    prompt = prompt_of(page)
    prompt.fill("1girl, cat ears")
    prompt.press("Control+ArrowUp")
    expect(prompt).to_have_value("1girl, 1.05::cat ears::")
    prompt.press("Control+ArrowUp")
    expect(prompt).to_have_value("1girl, 1.1::cat ears::")
    prompt.press("Control+z")
    expect(prompt).to_have_value("1girl, 1.05::cat ears::")
    prompt.press("Control+ArrowDown")
    expect(prompt).to_have_value("1girl, cat ears")


def test_the_prompt_is_left_as_it_was_written(site, visit):
    """Line breaks, spaces and odd commas stay, in the field, after a reload and in the order."""
    page = visit(site)
    written = "1girl,,\n\n  cat ears ,\n{smile}"
    prompt_of(page).fill(written)
    eventually(lambda: site.draft().get("prompt") == written, "the draft")
    page.reload()
    expect(prompt_of(page)).to_have_value(written)
    site.pause()
    page.keyboard.press("Control+Enter")
    assert eventually(lambda: site.jobs("queued"), "the order")[0]["params"]["prompt"] == written


def test_the_price_is_on_the_button(site, visit):
    """The button says what the next picture costs; the balance stands beside it."""
    page = visit(site)
    prompt_of(page).fill("1girl")
    button = page.get_by_role("button", name=re.compile("Generate"))
    expect(button).to_contain_text("Free")
    expect(page.get_by_text(re.compile(r"[\d,]+ Anlas left"))).to_be_visible()
    page.get_by_role("spinbutton", name="Steps").fill("50")
    expect(button).to_contain_text(re.compile(r"\d+ Anlas"))


def test_it_asks_only_above_the_limit_that_was_set(site, visit):
    """Without a limit nothing asks; with one, an order above it waits for a yes."""
    page = visit(site)
    site.pause()
    prompt_of(page).fill("1girl")
    page.get_by_role("spinbutton", name="Steps").fill("50")
    expect(page.get_by_role("button", name=re.compile("Generate"))).to_contain_text("Anlas")
    page.keyboard.press("Control+Enter")
    eventually(lambda: len(site.jobs("queued")) == 1, "the order")
    page.evaluate("localStorage.setItem('novelai.prefs', JSON.stringify({ askAbove: 5 }))")
    page.reload()
    page.get_by_role("button", name=re.compile("Generate")).click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("5 Anlas from which you wanted to be asked")
    question.get_by_role("button", name="Cancel").click()
    assert len(site.jobs("queued")) == 1
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Spend and generate").click()
    eventually(lambda: len(site.jobs("queued")) == 2, "the second order")


def test_sizes_stay_on_the_grid(site, visit):
    """Named sizes, any size on the grid of 64 pixels, and width and height swapped."""
    page = visit(site)
    prompt_of(page).fill("1girl")
    page.get_by_role("combobox", name="Size").select_option("landscape")
    page.get_by_role("combobox", name="Size").select_option("Custom")
    width = page.get_by_role("spinbutton", name="Width")
    expect(width).to_have_value("1216")
    width.fill("1000")
    width.press("Tab")
    expect(width).to_have_value("1024")
    page.get_by_role("button", name="Swap width and height").click()
    site.pause()
    page.keyboard.press("Control+Enter")
    job = eventually(lambda: site.jobs("queued"), "the order")[0]
    assert job["params"]["size"] == [832, 1024]


def test_a_seed_is_kept_when_it_is_locked(site, visit):
    """A typed seed is locked and used; unlocked, each picture draws its own."""
    page = visit(site)
    site.pause()
    prompt_of(page).fill("1girl")
    page.get_by_role("textbox", name="Seed").fill("1234")
    lock = page.get_by_role("button", name="Keep this seed")
    expect(lock).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+Enter")
    job = eventually(lambda: site.jobs("queued"), "the order")[0]
    assert job["params"]["seed"] == 1234
    lock.click()
    page.keyboard.press("Control+Enter")
    assert eventually(lambda: len(site.jobs("queued")) == 2, "the second order")
    assert site.jobs("queued")[0]["params"]["seed"] != site.jobs("queued")[1]["params"]["seed"]


def test_a_model_shows_what_it_knows(site, visit):
    """Choosing another model changes what can be set, and moves what it does not know."""
    page = visit(site)
    page.get_by_role("combobox", name="Model").select_option("nai-diffusion-5-full")
    expect(page.get_by_text("Vibes and references")).to_be_hidden()
    page.get_by_text("More settings").click()
    expect(page.get_by_role("switch", name="Transparent background")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="Guidance", exact=True)).to_have_value("7")
    page.get_by_role("combobox", name="Model").select_option("nai-diffusion-3")
    expect(page.get_by_role("switch", name="SMEA", exact=True)).to_be_visible()


def test_an_earlier_prompt_comes_back(site, visit):
    """The history finds a prompt that was used; taking it can be undone."""
    site.picture("1boy, wizard hat, long sleeves")
    page = visit(site)
    prompt_of(page).fill("something else")
    page.get_by_role("button", name="Prompt history").click()
    page.get_by_role("searchbox", name="Find a prompt").fill("wizard")
    history = page.get_by_role("dialog", name="Prompt history")
    history.get_by_role("button", name="1boy, wizard hat, long sleeves").first.click()
    expect(prompt_of(page)).to_have_value("1boy, wizard hat, long sleeves")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(prompt_of(page)).to_have_value("something else")
