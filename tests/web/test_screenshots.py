"""The pictures of the guide: scenes that a test run can take again.

SCREENSHOTS=docs/images python3 dev.py test tests/web/test_screenshots.py
"""

import os
import re
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.web.sites import ROOT

PROMPT = "1girl, cherry blossoms, smile, evening light"


def keep(page: Page, folder: Path, name: str) -> None:
    """Save what is on the screen; as JPEG, which is small enough for a repository."""
    path = folder / f"{name}.jpg"
    page.screenshot(path=path, type="jpeg", quality=80)
    assert path.stat().st_size < 200_000


def test_the_scenes_of_the_guide(site, visit, tmp_path):
    """Each screen of the guide comes up with something in it."""
    asked = os.environ.get("SCREENSHOTS")
    folder = ROOT / asked if asked else tmp_path
    folder.mkdir(parents=True, exist_ok=True)
    for seed in (7, 21, 64):
        site.picture("1girl, forest, morning", seed=seed, size=[832, 1216])

    page = visit(site)
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.fill(PROMPT)
    page.get_by_role("textbox", name="Seed").fill("1019931410")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(re.compile(r"Step \d+ of"))).to_be_visible()
    keep(page, folder, "page-preview")
    stage = page.get_by_role("region", name="Picture", exact=True)
    expect(stage.get_by_role("img", name=f"Picture made from: {PROMPT}").first).to_be_visible()
    prompt.press_sequentially(", cat e")
    expect(page.get_by_role("listbox", name="Tag suggestions")).to_be_visible()
    keep(page, folder, "page-create")

    dark = visit(site, color_scheme="dark")
    expect(dark.get_by_role("button", name="Enhance")).to_be_visible()
    keep(dark, folder, "page-dark")

    site.pause()
    for words in ("1girl, rain, umbrella", "1boy, wizard hat, night sky"):
        site.order(words)
    queue = visit(site, "/queue")
    expect(queue.get_by_role("button", name="Move up")).to_have_count(2)
    keep(queue, folder, "page-queue")

    phone = visit(site, "/picture", size=(360, 740))
    expect(phone.get_by_role("button", name="Again")).to_be_visible()
    keep(phone, folder, "page-phone")
