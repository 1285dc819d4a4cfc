"""What opens on top of the screens is for everybody: any language, light or dark."""

import pytest
from playwright.sync_api import Page, expect
from tests.web.drawings import a_file, drawing
from tests.web.eyes import LOCALES, barriers, settle


@pytest.fixture(scope="module")
def scenery(demo_site):
    """A picture, made from another one, and a draft in which everything is used."""
    demo_site.empty()
    first = demo_site.picture("1girl, first")
    source = {"image": {"image": first["id"]}, "strength": 0.5}
    image = demo_site.picture("1girl, second", i2i=source)
    demo_site.api.patch(f"/api/images/{image['id']}", json={"favourite": True})
    yield demo_site, image
    demo_site.empty()


def furnish(site, image) -> None:
    picture = {"ref": {"image": image["id"]}, "url": image["url"], "thumb": image["thumb"]}
    picture |= {"width": image["width"], "height": image["height"]}
    named = {"picture": picture, "enabled": True, "strength": 0.5}
    words = {"prompt": "girl", "negative_prompt": ""}
    places = [[0.3, 0.5], [0.7, 0.5]]
    document = {
        "prompt": "1girl",
        "base": {"picture": picture, "mode": "inpaint", "mask": None, "strength": 1, "noise": 0},
        "characters": [
            {
                **words,
                "id": str(at),
                "position": place,
                "enabled": not at,
            }
            for at, place in enumerate(places)
        ],
        "vibes": [{**named, "id": "v", "vibe": None, "name": "", "info_extracted": 0.7}],
        "references": [{**named, "id": "r", "type": "style", "fidelity": 1, "enabled": False}],
    }
    revision = site.api.get("/api/draft").json()["revision"]
    site.api.put("/api/draft", json={"document": document, "revision": revision})


def states(page: Page, site, image):
    """Open one thing after another; gives the name of each."""

    def go(path: str) -> None:
        page.goto(f"{site.url}{path}")
        settle(page)

    summaries = page.locator("summary")
    go("/")
    for at in (0, 2):
        summaries.nth(at).click()
    page.locator(".paint button").wait_for()
    page.get_by_role("radiogroup").first.wait_for()
    settle(page)
    yield "characters, base picture, references"
    page.locator(".paint button").click()
    page.get_by_role("application").wait_for()
    yield "mask"
    go("/gallery")
    page.get_by_role("option").first.wait_for()
    page.get_by_role("listbox").focus()
    page.keyboard.press("Space")
    page.locator('[role="search"] button').last.click()
    yield "gallery with filter and selection"
    go(f"/gallery?image={image['id']}")
    page.get_by_role("dialog").get_by_role("region").wait_for()
    settle(page)
    yield "detail"
    go("/inspect")
    content = site.api.get(image["url"]).content
    page.locator('input[type="file"]').set_input_files(a_file(content))
    page.get_by_role("checkbox").first.wait_for()
    yield "inspection"
    go("/inspect")
    page.locator('input[type="file"]').set_input_files(a_file(b"words"))
    yield "refusal"
    go("/tools")
    page.locator('input[type="file"]').set_input_files(a_file(drawing()))
    choice = page.get_by_role("radio")
    page.locator("label", has=choice).nth(3).click()  # as people do; the input itself is hidden
    expect(choice.nth(3)).to_be_checked()
    yield "director tool"
    for at in (1, 2, 3):
        go("/settings")
        page.get_by_role("tab").nth(at).click()
        page.get_by_role("tabpanel").locator(".card").first.wait_for()
        yield f"settings {at}"
        if at == 2:
            page.get_by_role("tabpanel").get_by_role("button").last.click()
            page.get_by_role("dialog").get_by_role("switch").first.click()
            yield "form of a key"


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_that_opens(scenery, visit, watch, locale):
    """Axe finds nothing in any editor, dialog or panel, light or dark."""
    watch.expected.append("status of 422")
    site, image = scenery
    furnish(site, image)
    page = visit(site, locale=locale)
    found = {state: barriers(page) for state in states(page, site, image)}
    assert {state: one for state, one in found.items() if one} == {}


@pytest.mark.parametrize("locale", LOCALES)
def test_the_way_in(locked_site, visit, locale):
    """Axe finds nothing on the log-in screen, light or dark."""
    page = visit(locked_site, locale=locale)
    settle(page)
    assert barriers(page) == []


def test_a_phone_holds_everything(scenery, visit, watch):
    """At 360 pixels nothing that opens is wider than the screen."""
    watch.expected.append("status of 422")
    site, image = scenery
    furnish(site, image)
    page = visit(site, size=(360, 740))
    widths = {
        state: page.evaluate("document.documentElement.scrollWidth")
        for state in states(page, site, image)
    }
    assert len(widths) > 6
    assert max(widths.values()) <= 360, widths
