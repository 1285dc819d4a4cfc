"""
The browser that the page's tests run in: found, or installed where that is one command.

The standard library alone, as all of the front door.
"""

import os
import shutil
from collections.abc import Callable, Mapping

from dev_house import House, Stop, say

BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Chromium without windows comes first: the same engine, and the tests take a third less time."""

ARCHIVED = ("chromium-headless-shell", "chromium")
"""Debian's names for it."""

FONTS = ("fonts-ipafont-gothic", "fonts-wqy-microhei")
"""Letters for the Japanese and Chinese in the pictures of the page."""


def find_browser(
    environment: Mapping[str, str], which: Callable[[str], str | None] = shutil.which
) -> str | None:
    """Return the Chromium that the page's tests run in: the one named, else one on PATH."""
    return environment.get("CHROMIUM") or next(filter(None, map(which, BROWSERS)), None)


def prepare_browser(house: House) -> None:
    """Tell the tests through CHROMIUM where Chromium is; root gets one where apt-get is."""
    found = find_browser(os.environ)
    if not found and shutil.which("apt-get") and os.geteuid() == 0:
        say("Installing Chromium for the tests of the page … (a minute or two, once)")
        install_browser(house)
        found = find_browser(os.environ)
    if not found:
        wanted = " ".join((ARCHIVED[0], *FONTS))
        raise Stop(
            f"The page's tests need Chromium: on Debian, apt install {wanted}; elsewhere name one "
            "with CHROMIUM=/path/to/it. All the other tests run with "
            "python3 dev.py test --ignore tests/web"
        )
    os.environ["CHROMIUM"] = found


def install_browser(house: House) -> bool:
    """Install the first browser that the system's archive has, and fonts; tell whether it did."""
    house.run(["apt-get", "-qq", "update"])
    install = ["apt-get", "-qq", "-y", "--no-install-recommends", "install"]
    return any(house.run([*install, browser, *FONTS]) == 0 for browser in ARCHIVED)
