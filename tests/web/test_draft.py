"""The draft: never lost, the same on every device."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect
from tests.web.sites import eventually


def prompt_on(page):
    return page.get_by_role("textbox", name="Prompt", exact=True)


def test_it_follows_to_another_device(site, visit):
    """What is written here is there too, at once where the page is open."""
    page, other = visit(site), visit(site)
    prompt_on(page).fill("1girl, from the desk")
    expect(prompt_on(other)).to_have_value("1girl, from the desk")
    third = visit(site, size=(360, 740))
    expect(prompt_on(third)).to_have_value("1girl, from the desk")


def test_two_who_write_at_once_lose_nothing(site, visit, watch):
    """When two devices changed the draft, each keeps its own, and the other is one click away."""
    watch.expected.append("409")
    page = visit(site)
    prompt_on(page).fill("one")
    eventually(lambda: site.draft().get("prompt") == "one", "the draft")
    page.context.set_offline(True)
    prompt_on(page).fill("mine, written on the train")
    draft = site.api.get("/api/draft").json()
    document = {**draft["document"], "prompt": "theirs"}
    site.api.put("/api/draft", json={"document": document, "revision": draft["revision"]})
    watch.expected.append("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(False)
    expect(page.get_by_text("also changed on another device")).to_be_visible(timeout=20_000)
    expect(prompt_on(page)).to_have_value("mine, written on the train")
    page.get_by_role("button", name="Show the other one").click()
    expect(prompt_on(page)).to_have_value("theirs")


def test_who_hears_of_another_before_saving_is_not_refused(site, visit):
    """A change here that waits to be saved meets the other device's: no save that must fail."""
    page = visit(site)
    prompt_on(page).fill("both know this")
    eventually(lambda: site.draft().get("prompt") == "both know this", "the draft")
    page.clock.install()
    page.clock.pause_at(datetime.now(UTC) + timedelta(hours=1))  # nothing is saved until it goes on
    prompt_on(page).fill("mine, not saved yet")
    draft = site.api.get("/api/draft").json()
    document = {**draft["document"], "prompt": "theirs"}
    site.api.put("/api/draft", json={"document": document, "revision": draft["revision"]})
    expect(page.get_by_text("also changed on another device")).to_be_visible()
    page.clock.resume()
    eventually(lambda: site.draft().get("prompt") == "mine, not saved yet", "the draft")
    expect(prompt_on(page)).to_have_value("mine, not saved yet")


def test_it_is_kept_on_the_device_while_offline(site, visit, watch):
    """Without a connection the draft is kept here and reaches the server later."""
    watch.expected.append("ERR_INTERNET_DISCONNECTED")
    page = visit(site)
    prompt_on(page).fill("before")
    eventually(lambda: site.draft().get("prompt") == "before", "the draft")
    page.context.set_offline(True)
    prompt_on(page).fill("1girl, in a tunnel")
    expect(page.get_by_text("No connection to the server.")).to_be_visible()
    page.context.set_offline(False)
    eventually(lambda: site.draft().get("prompt") == "1girl, in a tunnel", "the draft")
    expect(page.get_by_text("No connection to the server.")).to_be_hidden()
