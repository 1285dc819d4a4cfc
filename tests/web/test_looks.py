"""Every screen: for every eye, width, language and theme."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from tests.web.sites import eventually

SCREENS = {
    "/": "Create",
    "/picture": "Picture",
    "/queue": "Queue",
    "/gallery": "Gallery",
    "/inspect": "Inspect",
    "/tools": "Tools",
    "/settings": "Settings",
}
TITLES = {
    "en-US": {"/": "Create", "/queue": "Queue", "/settings": "Settings"},
    "ja-JP": {"/": "作成", "/queue": "キュー", "/settings": "設定"},
    "zh-CN": {"/": "创作", "/queue": "队列", "/settings": "设置"},
}


@pytest.fixture(scope="module")
def furnished(demo_site):
    """A server where every screen has something to show."""
    demo_site.empty()
    demo_site.picture("1girl, window")
    demo_site.picture("1boy, door")
    demo_site.pause()
    demo_site.order("1girl, waiting")
    demo_site.order("1boy, waiting")
    yield demo_site
    demo_site.empty()


def settle(page: Page) -> None:
    page.get_by_role("heading", level=1).first.wait_for(state="attached")
    loaded = "[...document.images].every(image => image.complete || image.loading === 'lazy')"
    eventually(lambda: page.evaluate(loaded), "the pictures")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", TITLES)
def test_nobody_is_shut_out(furnished, visit, locale, scheme):
    """Axe finds nothing to complain about on any screen, in any language, light or dark."""
    page = visit(furnished, locale=locale, color_scheme=scheme)
    found = {}
    for path in SCREENS:
        page.goto(f"{furnished.url}{path}")
        settle(page)
        result = Axe().run(page, options={"resultTypes": ["violations"]})
        if result.violations_count:
            found[path] = [
                (one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"])
                for one in result.response["violations"]
            ]
    assert found == {}
    expect(page.locator("html")).to_have_attribute("lang", locale[:2])


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_is_wider_than_the_screen(furnished, visit, width):
    """No screen scrolls sideways, on a phone, a tablet or a desk."""
    page = visit(furnished, size=(width, 740))
    for path in SCREENS:
        page.goto(f"{furnished.url}{path}")
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_the_demo_says_so_everywhere(furnished, visit):
    """Every screen of a demo says that its pictures come from the emulator and cost nothing."""
    page = visit(furnished)
    for path, name in SCREENS.items():
        page.goto(f"{furnished.url}{path}")
        expect(page.get_by_text("Demo: pictures come from the emulator")).to_be_visible()
        assert page.title().startswith(name)


def test_a_phone_is_a_first_screen(site, visit):
    """On a phone Generate stays in view with its price, and starting shows the picture."""
    page = visit(site, size=(360, 740))
    button = page.get_by_role("button", name=re.compile("Generate"))
    expect(button).to_be_in_viewport()
    expect(button).to_contain_text("Free")
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, phone")
    button.click()
    expect(page).to_have_url(re.compile("/picture$"))
    picture = page.get_by_role("img", name=re.compile("1girl, phone")).first
    expect(picture).to_be_in_viewport()
    page.go_back()
    expect(button).to_be_in_viewport()


def test_the_theme_is_chosen(site, visit):
    """The theme follows the system until the person chooses, and the choice stays."""
    page = visit(site, "/settings", color_scheme="dark")

    def ground():
        return page.evaluate("getComputedStyle(document.body).backgroundColor")

    dark = ground()
    page.get_by_role("combobox", name="Theme").select_option("Light")
    assert ground() != dark
    page.reload()
    page.get_by_role("combobox", name="Theme").wait_for()
    assert ground() != dark


def test_motion_is_reduced(site, visit):
    """Who asks for less motion gets none: no transition or animation takes time."""
    page = visit(site)
    page.get_by_role("textbox", name="Prompt", exact=True).wait_for()
    moving = page.evaluate(
        """() => [...document.querySelectorAll("*")].filter(element => {
            const { transitionDuration, animationDuration } = getComputedStyle(element);
            return [transitionDuration, animationDuration].some(
                text => text.split(",").some(part => parseFloat(part) > 0));
        }).length"""
    )
    assert moving == 0


def test_every_key_is_listed(site, visit):
    """A question mark shows all shortcuts; numbers go to the screens."""
    page = visit(site)
    page.get_by_role("textbox", name="Prompt", exact=True).wait_for()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_contain_text("Ctrl")
    page.keyboard.press("Escape")
    page.keyboard.press("3")
    expect(page.get_by_role("heading", name="Queue", level=1)).to_be_visible()
