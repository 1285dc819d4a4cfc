"""
Set up a large program, draw over this server in its own page, and write down what came of it.

    python3 dev.py clients open-webui
    python3 dev.py clients sillytavern

Each is installed by its lock into `.cache/clients`, which takes minutes and gigabytes, once. What
came of each step, the version and pictures of the page are left in `.cache/clients/pages`.
"""

import sys
from collections.abc import Callable

from playwright.sync_api import sync_playwright
from tests.clients.installed import CACHE
from tests.clients.pages import open_webui, sillytavern
from tests.clients.pages.report import Report
from tests.web.conftest import FLAGS
from tests.web.sites import browser_path

PROGRAMS: dict[str, Callable[[Report], None]] = {
    "open-webui": open_webui.drive,
    "sillytavern": sillytavern.drive,
}


def main(name: str) -> int:
    """Drive one program in a browser; gives an exit code."""
    report = Report(name, CACHE / "pages")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path(), args=FLAGS)
        report.page = browser.new_page(viewport={"width": 1280, "height": 900}, locale="en-US")
        report.page.set_default_timeout(60_000)
        PROGRAMS[name](report)
        browser.close()
    return report.finish()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in PROGRAMS:
        sys.exit((__doc__ or "").strip())
    sys.exit(main(sys.argv[1]))
