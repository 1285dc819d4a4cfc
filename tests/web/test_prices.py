"""What an order costs stands on its button, and the balance is right when it is done."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.web.drawings import drawing
from tests.web.sites import Site, eventually

from novelai.emulator import Emulator, Fault

SMALL = {"size": [512, 768], "steps": 4}
WORDS = {
    "en-US": ("Again", "Variations", "Free", "Cannot be priced"),
    "ja-JP": ("もう一度", "バリエーション", "無料", "料金を計算不可"),
    "zh-CN": ("再来一次", "变体", "免费", "无法计价"),
}


def actions(page: Page) -> Locator:
    """Return the buttons below the picture that is shown."""
    return page.locator(".actions")


def price_on(button: Locator) -> int:
    """Wait until a button names a price, and return its Anlas."""
    expect(button).to_contain_text(re.compile(r"\d+ Anlas"))
    return int(re.search(r"(\d+) Anlas", button.inner_text())[1])


def order(page: Page, *, steps: int) -> None:
    """Order a picture as a person does."""
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl")
    page.get_by_role("spinbutton", name="Steps").fill(str(steps))
    generate = page.locator(".generate").get_by_role("button")
    price_on(generate)
    generate.click()


def set_aside_by(site: Site, button: Locator) -> int:
    """Press a button; return the Anlas that the server then sets aside."""
    return site.ordered_by(button.click)["cost_max"]


def again_at(site: Site, page: Page, path: str) -> None:
    """Look at the picture again: an order that waits takes its place."""
    site.api.delete("/api/jobs").raise_for_status()
    page.goto(f"{site.url}{path}")


@pytest.mark.parametrize("locale", WORDS)
def test_what_a_picture_leads_to(site, visit, locale):
    """Again and Variations say their price before they are pressed, in the person's language."""
    again, variations, free, _ = WORDS[locale]
    site.picture(**SMALL)
    site.pause()
    page = visit(site, "/picture", locale=locale)
    button = actions(page).get_by_role("button", name=again)
    expect(button).to_contain_text(free)
    assert set_aside_by(site, button) == 0
    again_at(site, page, "/picture")
    button = actions(page).get_by_role("button", name=variations)
    assert price_on(button) == set_aside_by(site, button) > 0


@pytest.mark.parametrize("path", ["/picture", "/gallery?image="])
def test_what_a_menu_offers(site, visit, path):
    """The menu of a picture prices what costs something, on the stage and in the gallery."""
    image = site.picture(**SMALL)
    site.pause()
    place = path + image["id"] if path.endswith("=") else path
    page = visit(site, place, size=(390, 844))
    for name in ("Variations", "Upscale"):
        again_at(site, page, place)
        actions(page).get_by_role("button", name="More").click()
        entry = page.get_by_role("menuitem", name=name)
        assert price_on(entry) == set_aside_by(site, entry) > 0


def test_what_is_tried_again(novelai: Emulator, paying_site: Site, visit):
    """An order that failed says what it costs to send it once more."""
    novelai.script(Fault(status=400, path="/ai/generate-image-stream"))
    page = visit(paying_site)
    failed = paying_site.ordered_by(lambda: order(page, steps=40))
    button = page.get_by_role("region", name="Picture", exact=True).get_by_role(
        "button", name="Order again"
    )
    assert price_on(button) == failed["cost_max"] > 0
    paying_site.pause()
    assert set_aside_by(paying_site, button) == failed["cost_max"]


def test_what_ended_is_priced_in_the_queue(site, visit):
    """The list of what is done names the price of ordering it once more."""
    site.order("a", steps=40, size=[512, 512])
    eventually(site.is_idle, "the picture")
    site.pause()
    page = visit(site, "/queue")
    button = page.get_by_role("button", name="Order again").first
    assert price_on(button) == set_aside_by(site, button) > 0


@pytest.mark.parametrize("locale", WORDS)
def test_what_cannot_be_priced_says_why(site, visit, watch, locale):
    """A draft that the server refuses has words on its button, and the reason below it."""
    watch.expected.append("422")
    document = {"prompt": "a", "width": 2048, "height": 2048}
    revision = site.api.get("/api/draft").json()["revision"]
    site.api.put("/api/draft", json={"document": document, "revision": revision})
    page = visit(site, locale=locale)
    generate = page.locator(".generate")
    expect(generate.get_by_role("button").first).to_contain_text(WORDS[locale][3])
    expect(generate.get_by_role("status")).to_contain_text("2048")


def balance_of(page: Page, emulator: Emulator) -> None:
    """See that the page shows what NovelAI says is left."""
    left = f"{emulator.account(emulator.token).anlas:,} Anlas left"
    expect(page.get_by_text(left)).to_be_visible()


def test_the_balance_is_right_when_an_order_is_done(novelai: Emulator, paying_site: Site, visit):
    """A paid picture, its variations and an upscale are off the balance when they are done."""
    page = visit(paying_site)
    spent = paying_site.made_by(lambda: order(page, steps=40))["cost"]
    balance_of(page, novelai)
    button = actions(page).get_by_role("button", name="Variations")
    price_on(button)
    spent += paying_site.made_by(button.click)["cost"]
    balance_of(page, novelai)
    actions(page).get_by_role("button", name="More").click()
    spent += paying_site.made_by(page.get_by_role("menuitem", name="Upscale").click)["cost"]
    balance_of(page, novelai)
    assert novelai.account(novelai.token).anlas == 10_000 - spent
    assert spent > 0


def test_a_limited_key_sees_its_own_limits(locked_site: Site, visit, watch):
    """It is told what is left for it and what it may do, not what the owner has."""
    watch.expected += ["401", "40[23]"]
    limits = {"name": "guest", "free_only": False, "budget_day": 100, "budget_job": 60}
    key = locked_site.api.post("/api/keys", json=limits).raise_for_status().json()["secret"]
    page = visit(locked_site)
    page.get_by_role("textbox", name="Key").fill(key)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl")
    steps = page.get_by_role("spinbutton", name="Steps")
    expect(page.get_by_text("100 Anlas left for your key.")).to_be_visible()
    expect(page.get_by_text(re.compile("Anlas left$"))).to_be_hidden()
    steps.fill("40")
    generate = page.locator(".generate").get_by_role("button")
    price = price_on(generate)
    spent = locked_site.made_by(generate.click)["cost"]
    assert spent == price
    expect(page.get_by_text(f"{100 - spent} Anlas left for your key.")).to_be_visible()
    page.get_by_role("combobox", name="Pictures").select_option("3")
    expect(page.get_by_text("your key may spend 60 on one order.")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("your key may spend 60 on one order.")).to_have_count(2)
    page.goto(f"{locked_site.url}/settings")
    expect(page.get_by_role("region", name="Your key")).to_contain_text("100 Anlas per day")


def test_a_size_that_is_too_large_is_no_dead_end(site: Site, visit, watch):
    """A picture that is too large brings a size that can be made; one press mends any other."""
    watch.expected.append("422")
    sha = site.api.post("/api/uploads", content=drawing(1664, 2048)).json()["sha256"]
    base = {"image": {"upload": sha}, "strength": 0.5}
    image = site.picture("1girl", i2i=base, size=[1536, 2048], steps=2)
    page = visit(site)
    actions(page).get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Use as base picture").click()
    generate = page.locator(".generate").get_by_role("button").first
    expect(generate).to_contain_text("Free")
    eventually(lambda: site.draft().get("base"), "the draft")
    width, height = site.draft()["width"], site.draft()["height"]
    assert width * height <= 1024 * 1024
    assert abs(width / height - image["width"] / image["height"]) < 0.05
    page.get_by_role("combobox", name="Size").select_option("Custom")
    document = {"prompt": "a", "width": 2048, "height": 2048}
    revision = site.api.get("/api/draft").json()["revision"]
    site.api.put("/api/draft", json={"document": document, "revision": revision})
    page.get_by_role("button", name="Draw in 1728 × 1728").click()
    price_on(generate)
