"""The page as everybody meets it: waited for, and looked through for barriers."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page
from tests.web.sites import eventually

LOCALES = ("en-US", "ja-JP", "zh-CN")
SCHEMES = ("light", "dark")
RUN = "axe.run({resultTypes: ['violations']})"


def settle(page: Page) -> None:
    """Wait until a screen is there with its pictures."""
    page.get_by_role("heading", level=1).first.wait_for(state="attached")
    loaded = "[...document.images].every(image => image.complete || image.loading === 'lazy')"
    eventually(lambda: page.evaluate(loaded), "the pictures")


def barriers(page: Page) -> list[Any]:
    """What axe finds on the page as it is now, light and dark."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    found: list[Any] = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        violations = page.evaluate(RUN)["violations"]
        found += [
            (scheme, one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"])
            for one in violations
        ]
    return found
