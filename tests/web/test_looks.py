"""Every screen: for every eye, width, language and theme."""

import re

import pytest
from playwright.sync_api import expect
from tests.web.eyes import LOCALES, barriers, settle

SCREENS = {
    "/": "Create",
    "/picture": "Picture",
    "/queue": "Queue",
    "/gallery": "Gallery",
    "/inspect": "Inspect",
    "/tools": "Tools",
    "/settings": "Settings",
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


@pytest.mark.parametrize("locale", LOCALES)
def test_nobody_is_shut_out(furnished, visit, locale):
    """Axe finds nothing to complain about on any screen, in any language, light or dark."""
    page = visit(furnished, locale=locale)
    found = {}
    for path in SCREENS:
        page.goto(f"{furnished.url}{path}")
        settle(page)
        found[path] = barriers(page)
    assert {path: one for path, one in found.items() if one} == {}
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
