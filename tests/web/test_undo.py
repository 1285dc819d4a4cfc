"""Undo and redo: of the form by keyboard, of one act by its message, of what was cancelled."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.web.sites import eventually


def prompt_on(page: Page):
    return page.get_by_role("textbox", name="Prompt", exact=True)


def leave(page: Page) -> None:
    """Go out of every field."""
    page.locator("body").evaluate("() => document.activeElement.blur()")


def steps_on(page: Page):
    return page.get_by_role("spinbutton", name="Steps")


@pytest.fixture
def edited(site, visit) -> Page:
    """A form in which three fields were changed, one after another."""
    page = visit(site)
    prompt_on(page).fill("1girl")
    steps_on(page).fill("31")
    page.get_by_role("spinbutton", name="Guidance", exact=True).fill("6")
    leave(page)
    return page


def test_the_keyboard_goes_back_and_forth(edited, site):
    """Outside of text fields, each press takes one field back, and the other way."""
    page = edited
    guidance = page.get_by_role("spinbutton", name="Guidance", exact=True)
    page.keyboard.press("Control+z")
    expect(guidance).not_to_have_value("6")
    expect(steps_on(page)).to_have_value("31")
    page.keyboard.press("Control+z")
    expect(steps_on(page)).to_have_value("23")
    expect(prompt_on(page)).to_have_value("1girl")
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+y")
    expect(steps_on(page)).to_have_value("31")
    expect(guidance).to_have_value("6")
    eventually(lambda: site.draft().get("scale") == 6, "the draft to be saved")


def test_text_fields_keep_their_own(edited):
    """Inside of a text field the keys take back what was typed there, and nothing else."""
    prompt_on(edited).press_sequentially(", cat")
    prompt_on(edited).press("Control+z")
    expect(steps_on(edited)).to_have_value("31")
    expect(prompt_on(edited)).not_to_have_value("1girl, cat")


def test_the_buttons_and_the_list(edited):
    """Two buttons do the same, and a list says in words what was changed, and goes back to it."""
    page = edited
    expect(page.get_by_role("button", name="Do it again")).to_be_disabled()
    page.get_by_role("button", name="Undo the last change").click()
    page.get_by_role("button", name="Prompt history").click()
    page.get_by_role("tab", name="Changes").click()
    changes = page.get_by_role("tabpanel")
    expect(changes).to_contain_text("Steps 23 → 31")
    expect(changes).to_contain_text("Prompt – → 1girl")
    changes.get_by_role("button", name="Go back before it").last.click()
    page.keyboard.press("Escape")
    expect(prompt_on(page)).to_have_value("")
    expect(steps_on(page)).to_have_value("23")


def test_a_message_takes_back_its_own_act_alone(site, visit):
    """After settings were taken, what was changed since stays when that is undone."""
    image = site.picture("castle", seed=7, steps=6)
    page = visit(site)
    prompt_on(page).fill("what I had")
    eventually(lambda: site.draft().get("prompt") == "what I had", "the draft")
    page.goto(f"{site.url}/gallery?image={image['id']}")
    page.get_by_role("button", name="All settings").click()
    expect(steps_on(page)).to_have_value("6")
    steps_on(page).fill("12")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(prompt_on(page)).to_have_value("what I had")
    expect(steps_on(page)).to_have_value("12")


def test_a_removed_character_comes_back_to_its_place(site, visit):
    """What was written about the others in the meantime stays."""
    page = visit(site)
    page.locator("summary", has_text="Characters").click()
    for n, words in ((1, "girl"), (2, "boy")):
        page.get_by_role("button", name="Add a character").click()
        page.get_by_role("textbox", name=f"Prompt of character {n}").fill(words)
    page.get_by_role("button", name="Remove character 1").click()
    page.get_by_role("textbox", name="Prompt of character 1").fill("boy, hat")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("textbox", name="Prompt of character 1")).to_have_value("girl")
    expect(page.get_by_role("textbox", name="Prompt of character 2")).to_have_value("boy, hat")


def waiting(site) -> list[str]:
    return [job["summary"]["prompt"] for job in site.api.get("/api/state").json()["queue"]]


def test_what_was_cancelled_comes_back(site, visit):
    """One order comes back to its place; all that waited come back in their order."""
    site.pause()
    for prompt in ("first", "second", "third"):
        site.order(prompt)
    page = visit(site, "/queue")
    page.get_by_role("button", name="Cancel", exact=True).nth(1).click()
    eventually(lambda: waiting(site) == ["first", "third"], "the order to go")
    page.get_by_role("button", name="Undo", exact=True).click()
    eventually(lambda: waiting(site) == ["first", "second", "third"], "the order to come back")
    page.get_by_role("button", name="Cancel all that wait").click()
    expect(page.get_by_text("3 orders taken back.")).to_be_visible()
    assert waiting(site) == []
    page.get_by_role("button", name="Undo", exact=True).click()
    eventually(lambda: waiting(site) == ["first", "second", "third"], "all to come back")


def test_what_was_never_sent_comes_back(site, visit, watch):
    """An order that waits for the connection can be taken back, and that, too, undone."""
    watch.expected.append("ERR_INTERNET_DISCONNECTED")
    page = visit(site)
    prompt_on(page).fill("1girl, on the train")
    expect(page.get_by_role("button", name=re.compile("Generate"))).to_contain_text("Free")
    page.goto(f"{site.url}/queue")
    page.get_by_role("heading", name="Queue", level=1).wait_for()
    page.get_by_role("link", name="Create").click()
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    page.get_by_role("link", name=re.compile("Queue")).click()
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("It is sent once")).to_be_hidden()
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("It is sent once")).to_be_visible()
    page.context.set_offline(False)
    eventually(lambda: site.jobs()[0]["summary"]["prompt"] == "1girl, on the train", "the order")
