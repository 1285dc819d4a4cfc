"""Queue: orders line up on the server, whoever looks and from wherever."""

import re

from playwright.sync_api import Page, expect
from tests.web.sites import Site, eventually


def waiting(page: Page):
    rows = page.get_by_role("listitem").filter(has=page.get_by_role("button", name="Move up"))
    return [re.split(r"\n", text)[0] for text in rows.all_inner_texts()]


def order_three(site: Site) -> None:
    site.pause()
    for prompt in ("first", "second", "third"):
        site.order(prompt)


def test_orders_are_added_while_one_is_drawn(site, visit):
    """Generate never greys out: each press is one more order, and all of them are drawn."""
    page = visit(site)
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, many")
    for _ in range(3):
        page.keyboard.press("Control+Enter")
    eventually(
        lambda: len([j for j in site.jobs() if j["summary"]["prompt"] == "1girl, many"]) == 3, "3"
    )
    eventually(site.is_idle, "the pictures")
    assert {job["state"] for job in site.jobs()[:3]} == {"succeeded"}


def test_the_queue_is_the_same_everywhere(site, visit):
    """Another device sees the same orders, and a reload loses none."""
    order_three(site)
    page, phone = visit(site, "/queue"), visit(site, "/queue", size=(360, 740))
    for one in (page, phone):
        expect(one.get_by_text("third").first).to_be_visible()
        assert waiting(one) == ["first", "second", "third"]
    phone.get_by_role("button", name="Cancel", exact=True).nth(1).click()
    expect(page.get_by_role("button", name="Move up")).to_have_count(2)
    assert waiting(page) == ["first", "third"]
    page.reload()
    expect(page.get_by_text("third").first).to_be_visible()
    assert waiting(page) == ["first", "third"]


def test_reorder_with_the_keyboard(site, visit):
    """Two buttons move an order; the new place is said aloud."""
    order_three(site)
    page = visit(site, "/queue")
    page.get_by_role("button", name="Move up").nth(2).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Moved to position 2.")).to_be_attached()
    eventually(lambda: waiting(page) == ["first", "third", "second"], "the new order")


def test_reorder_by_dragging(site, visit):
    """The grip drags an order to another place."""
    order_three(site)
    page = visit(site, "/queue")
    page.get_by_text("third").first.wait_for()
    grips = page.get_by_title("Drag to another place")
    start, end = grips.nth(2).bounding_box(), grips.nth(0).bounding_box()
    page.mouse.move(start["x"] + 8, start["y"] + 8)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] + 4, steps=8)
    page.mouse.up()
    eventually(lambda: waiting(page) == ["third", "first", "second"], "the new order")
    eventually(
        lambda: (
            [job["summary"]["prompt"] for job in site.api.get("/api/state").json()["queue"]]
            == ["third", "first", "second"]
        ),
        "the server",
    )


def test_a_waiting_order_is_changed(site, visit):
    """An order that waits is opened in the form, saved, and the draft is as it was."""
    page = visit(site)
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.fill("my draft")
    eventually(lambda: site.draft().get("prompt") == "my draft", "the draft")
    order_three(site)
    page.get_by_role("link", name=re.compile("Queue")).click()
    page.get_by_role("button", name="Change").nth(1).click()
    expect(prompt).to_have_value("second")
    expect(page.get_by_text("You are changing an order")).to_be_visible()
    prompt.fill("second, better")
    page.get_by_role("button", name="Save to the queue").click()
    expect(page.get_by_text("second, better")).to_be_visible()
    page.get_by_role("link", name="Create").click()
    expect(prompt).to_have_value("my draft")
    assert site.draft()["prompt"] == "my draft"
    assert [job["summary"]["prompt"] for job in site.jobs("queued")].count("second, better") == 1


def test_pause_and_go_on(site, visit):
    """A paused queue says so and sends nothing; going on draws what waits."""
    page = visit(site, "/queue")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused: what waits is not sent.")).to_be_visible()
    site.order("1girl, later", steps=4, size=[512, 768])
    expect(page.get_by_text("1girl, later")).to_be_visible()
    assert [job["state"] for job in site.jobs()[:1]] == ["queued"]
    page.get_by_role("button", name="Go on").click()
    eventually(lambda: site.jobs()[0]["state"] == "succeeded", "the picture")
    expect(page.get_by_role("button", name="Order again").first).to_be_visible()
