"""Picture: what is shown while and after it is drawn, and what can be done with it."""

import re

import pytest
from playwright.sync_api import Page, expect
from tests.web.sites import eventually


@pytest.fixture
def shown(site, visit) -> Page:
    """The page with two pictures behind it, the newest shown."""
    site.picture("1boy, wizard hat")
    site.picture("1girl, sakura tree")
    page = visit(site)
    expect(picture_of(page, "1girl, sakura tree")).to_be_visible()
    return page


def picture_of(page: Page, prompt: str):
    stage = page.get_by_role("region", name="Picture", exact=True)
    return stage.get_by_role("img", name=f"Picture made from: {prompt}").first


def test_the_newest_preview_wins(site, visit):
    """Previews go forward only, each shown when it is decoded, and the picture ends them."""
    page = visit(site)
    page.evaluate(
        """() => {
            window.seen = [];
            new MutationObserver(() => {
                const image = document.querySelector('img[src*="/preview?rev="]');
                const rev = image && Number(new URL(image.src).searchParams.get("rev"));
                if (rev && window.seen.at(-1) !== rev) window.seen.push(rev);
            }).observe(document.body, { subtree: true, childList: true, attributes: true });
        }"""
    )
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, moon")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text(re.compile(r"Step \d+ of 23"))).to_be_visible()
    expect(picture_of(page, "1girl, moon")).to_be_visible()
    seen = page.evaluate("window.seen")
    assert len(seen) >= 2
    assert seen == sorted(seen)


def test_pictures_are_walked_with_the_arrows(shown):
    """The arrow keys show the pictures before and after."""
    shown.keyboard.press("ArrowRight")
    expect(picture_of(shown, "1boy, wizard hat")).to_be_visible()
    shown.keyboard.press("ArrowLeft")
    expect(picture_of(shown, "1girl, sakura tree")).to_be_visible()


def test_zoom_with_keys_and_wheel(shown):
    """Plus, minus, nought and the wheel zoom; the arrows then move the picture."""
    shown.keyboard.press("+")
    expect(shown.get_by_text("140 %")).to_be_visible()
    area = shown.get_by_role("group", name=re.compile("plus and minus zoom"))
    area.focus()
    shown.keyboard.press("ArrowLeft")
    moved = area.locator("> div").evaluate("element => element.style.transform")
    assert moved.startswith("translate(60px")
    shown.keyboard.press("0")
    expect(shown.get_by_text("140 %")).to_be_hidden()
    area.hover()
    shown.mouse.wheel(0, -400)
    expect(shown.get_by_text(re.compile(r"^\d{3} %$"))).to_be_visible()


def test_two_pictures_are_compared(shown):
    """Compare lays a picture over the one before it; a slider moves the border by keyboard too."""
    shown.keyboard.press("c")
    border = shown.get_by_role("slider", name="Where one picture ends and the other begins")
    expect(shown.get_by_role("img", name="Before")).to_be_visible()
    border.focus()
    border.press("ArrowRight")
    expect(border).to_have_value("50.5")
    shown.keyboard.press("Tab")
    shown.get_by_role("button", name="Compare").click()
    expect(border).to_be_hidden()


def test_again_and_variations(site, shown):
    """Again draws with a new seed; variations are three pictures that start from this one."""
    first = site.jobs()[0]
    site.pause()
    shown.keyboard.press("r")
    again = eventually(lambda: site.jobs("queued"), "the order")[0]
    assert again["params"]["prompt"] == first["params"]["prompt"]
    assert again["params"]["seed"] != first["params"]["seed"]
    shown.get_by_role("button", name="Picture made from: 1girl, sakura tree").first.click()
    shown.get_by_role("button", name="Variations").click()
    eventually(lambda: len(site.jobs("queued")) == 2, "the second order")
    variations = next(job for job in site.jobs("queued") if job["id"] != again["id"])
    assert variations["params"]["n_samples"] == 3
    assert variations["params"]["i2i"]["image"]["sha256"]


def test_enhance_says_its_price(site, shown):
    """Enhance shows the new size and what it costs before it is ordered."""
    site.pause()
    shown.get_by_role("button", name="Enhance").click()
    dialog = shown.get_by_role("dialog")
    scales = dialog.get_by_role("combobox", name="Enlargement")
    expect(scales.locator("option")).to_have_text(
        ["2× (1024 × 1536)", "1.5× (768 × 1152)", "1× (512 × 768)"]
    )
    scales.select_option("1.5")
    order = dialog.get_by_role("button", name=re.compile(r"Enhance (\d+ Anlas|Free)"))
    order.click()
    job = eventually(lambda: site.jobs("queued"), "the order")[0]
    assert job["params"]["size"] == [768, 1152]
    assert job["params"]["i2i"]["strength"] == pytest.approx(0.4)


def test_a_picture_is_used_again(site, shown):
    """Its settings, or the picture itself as the base, are taken over in two clicks."""
    more = shown.get_by_role("group", name="What to do with this picture")
    more.get_by_role("button", name="More").click()
    shown.get_by_role("menuitem", name="Use its settings").click()
    expect(shown.get_by_role("textbox", name="Prompt", exact=True)).to_have_value(
        "1girl, sakura tree"
    )
    more.get_by_role("button", name="More").click()
    shown.get_by_role("menuitem", name="Use as base picture").click()
    eventually(lambda: (site.draft().get("base") or {}).get("picture"), "the base picture")
    assert site.draft()["base"]["picture"]["ref"] == {"image": site.jobs()[0]["images"][0]["id"]}


def test_favourite_and_bin(site, shown):
    """A favourite is marked; a deleted picture goes to the bin and can be brought back."""
    picture = site.jobs()[0]["images"][0]["id"]
    shown.keyboard.press("f")
    expect(shown.get_by_role("button", name="Favourite")).to_have_attribute("aria-pressed", "true")
    assert site.api.get(f"/api/images/{picture}").json()["favourite"] is True
    shown.keyboard.press("Delete")
    expect(shown.get_by_text("Moved to the bin.")).to_be_visible()
    expect(picture_of(shown, "1boy, wizard hat")).to_be_visible()
    assert site.api.get(f"/api/images/{picture}").json()["deleted_at"] is not None
    shown.get_by_role("button", name="Undo", exact=True).click()
    eventually(
        lambda: site.api.get(f"/api/images/{picture}").json()["deleted_at"] is None, "the picture"
    )


def test_it_is_saved_by_keyboard_alone(site, visit, tmp_path):
    """From an empty page to a saved picture without touching the mouse."""
    page = visit(site)
    page.get_by_role("textbox", name="Prompt", exact=True).wait_for()
    page.keyboard.press("p")
    page.keyboard.type("1girl, keyboard")
    page.keyboard.press("Control+Enter")
    expect(picture_of(page, "1girl, keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.matches('textarea, input, select')"):
        page.keyboard.press("Tab")
    with page.expect_download() as saved:
        page.keyboard.press("s")
    saved.value.save_as(tmp_path / "saved.png")
    assert (tmp_path / "saved.png").read_bytes().startswith(b"\x89PNG")


def test_v5_is_enhanced_to_the_largest_size(site, visit):
    """Max comes first, and says what it costs."""
    site.picture("1girl, sign", model="nai-diffusion-5-full")
    page = visit(site)
    expect(picture_of(page, "1girl, sign")).to_be_visible()
    site.pause()
    page.get_by_role("button", name="Enhance").click()
    dialog = page.get_by_role("dialog")
    scales = dialog.get_by_role("combobox", name="Enlargement")
    expect(scales).to_have_value("max")
    assert scales.locator("option").first.inner_text() == "Max (1024 × 1536)"
    dialog.get_by_role("button", name=re.compile(r"Enhance \d+ Anlas")).click()
    job = eventually(lambda: site.jobs("queued"), "the order")[0]
    assert (job["params"]["i2i"]["enhance"], job["params"]["size"]) == ("max", [512, 768])
