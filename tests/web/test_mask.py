"""The mask: painted by pointer, finger and keyboard, and what of it reaches NovelAI."""

from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.web.drawings import a_file, drawing, drop, encoded, paste
from tests.web.sites import Site, eventually

WIDTH, HEIGHT = 512, 768


def base_group(page: Page):
    return page.get_by_role("group", name="Base picture")


def with_base(page: Page, data: bytes | None = None) -> None:
    page.locator("summary", has_text="Base picture").click()
    chooser = base_group(page).get_by_label("Base picture")
    chooser.set_input_files(a_file(data or drawing(WIDTH, HEIGHT)))
    expect(page.get_by_role("img", name="The base picture")).to_be_visible()


def open_editor(page: Page):
    page.get_by_text("Repaint a part").click()
    page.get_by_role("button", name="Paint the mask").click()
    editor = page.get_by_role("dialog", name="What is repainted")
    expect(editor.get_by_text("0 % is painted")).to_be_visible()
    return editor


def choose(editor, tool: str) -> None:
    editor.get_by_role("button", name=tool, exact=True).click()


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Drag over the picture; both places as shares of its width and height."""
    box = page.get_by_role("application").locator("img").bounding_box()
    assert box is not None
    (x, y), (to_x, to_y) = (
        (box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]) for at in (start, end)
    )
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(to_x, to_y, steps=6)
    page.mouse.up()


def kept_mask(site: Site) -> Image.Image:
    base = eventually(lambda: (site.draft().get("base") or {}).get("mask"), "the mask to be kept")
    answer = site.api.get(f"/api/uploads/{base['ref']['upload']}").raise_for_status()
    return Image.open(BytesIO(answer.content)).convert("L")


def test_what_is_painted_is_what_is_repainted(novelai, paying_site, visit):
    """White cells on the 8-pixel grid go to NovelAI in the picture's size; the rest stays."""
    source = drawing(WIDTH, HEIGHT)
    page = visit(paying_site)
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, repainted")
    with_base(page, source)
    editor = open_editor(page)
    choose(editor, "Rectangle")
    drag(page, (0.25, 0.25), (0.74, 0.49))
    expect(editor.get_by_text("13 % is painted")).to_be_visible()
    editor.get_by_role("button", name="Use this mask").click()
    expect(page.get_by_text("Only what you painted is drawn anew.")).to_be_visible()
    mask = kept_mask(paying_site)
    assert mask.size == (WIDTH, HEIGHT)
    box = mask.getbbox()
    assert box is not None
    assert all(edge % 8 == 0 for edge in box)
    assert mask.crop(box).getextrema() == (255, 255)
    job = paying_site.made_by(page.get_by_role("button", name="Generate").click)
    actions = [one.body["action"] for one in novelai.requests if "action" in (one.body or {})]
    assert actions == ["infill"]
    made = paying_site.api.get(job["images"][0]["url"]).content
    drawn, before = (Image.open(BytesIO(one)).convert("RGB") for one in (made, source))
    assert is_same_outside(drawn, before, box)
    assert drawn.crop(box).tobytes() != before.crop(box).tobytes()
    is_shown_in_both_versions(page, paying_site, job["images"][0]["id"], before, box)


REACH = 72
"""Pixels beside the mask in which the result fades into the picture."""

Box = tuple[int, int, int, int]


def is_same_outside(one: Image.Image, other: Image.Image, box: Box) -> bool:
    """Return whether two pictures are the same beyond a mask and its soft edge."""
    left, top, right, bottom = box
    near = (left - REACH, top - REACH, right + REACH, bottom + REACH)
    parts = [image.copy() for image in (one, other)]
    for part in parts:
        part.paste(0, near)
    return parts[0].tobytes() == parts[1].tobytes()


def is_shown_in_both_versions(
    page: Page, site: Site, image: str, before: Image.Image, box: Box
) -> None:
    """The picture says that it was put together; the gallery shows that, and what NovelAI sent."""
    expect(page.get_by_text("Put together with your picture")).to_be_visible()
    page.goto(f"{site.url}/gallery?image={image}")
    detail = page.get_by_role("dialog", name="Picture with its settings")
    shown = detail.get_by_role("img", name="1girl, repainted")
    addresses = []
    for version in ("Put together with your picture", "As NovelAI sent it"):
        detail.get_by_role("radio", name=version).check()
        expect(detail.get_by_role("radio", name=version)).to_be_checked()
        addresses.append(shown.get_attribute("src"))
    assert addresses == [f"/api/images/{image}/file", f"/api/images/{image}/file?version=received"]
    received = Image.open(BytesIO(site.api.get(addresses[1]).content)).convert("RGB")
    assert not is_same_outside(received, before, box)
    detail.get_by_role("button", name="More").click()
    with page.expect_download() as saved:
        page.get_by_role("menuitem", name="Download as NovelAI sent it").click()
    assert saved.value.suggested_filename.endswith(f"{image}_received.png")


def test_the_rest_may_be_novelai_s(paying_site, visit):
    """With the switch off the order says so, and the picture is what NovelAI sent."""
    source = drawing(WIDTH, HEIGHT)
    page = visit(paying_site)
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, as sent")
    with_base(page, source)
    editor = open_editor(page)
    drag(page, (0.2, 0.2), (0.4, 0.2))
    editor.get_by_role("button", name="Use this mask").click()
    page.get_by_role("switch", name="Keep the rest as it is").uncheck()
    job = paying_site.made_by(page.get_by_role("button", name="Generate").click)
    order = paying_site.api.get(f"/api/jobs/{job['id']}").json()
    assert order["params"]["inpaint"]["compose"] is False
    image = paying_site.api.get(f"/api/images/{job['images'][0]['id']}").json()
    assert image["received"] is None
    expect(page.get_by_text("Put together with your picture")).to_be_hidden()


def test_strokes_go_back_and_forth(site, visit):
    """Brush, eraser, invert and clear are each one step of undo and redo."""
    page = visit(site)
    with_base(page)
    editor = open_editor(page)
    share = editor.get_by_role("status").filter(has_text="is painted")
    drag(page, (0.2, 0.2), (0.8, 0.2))
    painted = share.inner_text()
    assert painted != "0 % is painted"
    choose(editor, "Eraser")
    drag(page, (0.1, 0.2), (0.9, 0.2))
    expect(share).to_have_text("0 % is painted")
    page.keyboard.press("Control+z")
    expect(share).to_have_text(painted)
    page.keyboard.press("Control+Shift+z")
    expect(share).to_have_text("0 % is painted")
    page.keyboard.press("i")
    expect(share).to_have_text("100 % is painted")
    editor.get_by_role("button", name="More").click()
    editor.get_by_role("menuitem", name="Clear").click()
    expect(share).to_have_text("0 % is painted")
    editor.get_by_role("button", name="Undo", exact=True).click()
    expect(share).to_have_text("100 % is painted")
    editor.get_by_role("button", name="Discard changes").click()
    expect(page.get_by_text("Nothing is painted yet")).to_be_visible()


def test_the_keyboard_paints(site, visit):
    """Arrows move the brush, Space paints, Shift and arrows draw, [ and ] change the size."""
    page = visit(site)
    with_base(page)
    editor = open_editor(page)
    area = editor.get_by_role("application")
    area.focus()
    for _ in range(30):
        page.keyboard.press("[")
    expect(editor.get_by_role("spinbutton", name="Brush size")).to_have_value("8")
    page.keyboard.press("Space")
    expect(editor.get_by_text("1 % is painted")).to_be_visible()
    expect(editor.get_by_text("row 49 of 96: painted")).to_be_attached()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("r")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("]")
    expect(editor.get_by_role("spinbutton", name="Brush size")).to_have_value("16")
    editor.get_by_role("button", name="Use this mask").click()
    white = kept_mask(site).histogram()[255] // 64
    assert white == 4 + 3


def test_zoom_and_pan(site, visit):
    """Plus and the wheel zoom, a hand moves, nothing of that paints; fit brings all back."""
    page = visit(site)
    with_base(page)
    editor = open_editor(page)
    picture = editor.get_by_role("application").locator("img")

    def size() -> float:
        return picture.bounding_box()["width"]

    fitted = size()
    editor.get_by_role("application").focus()
    page.keyboard.press("+")
    assert size() == pytest.approx(fitted * 1.4, rel=0.01)
    box = editor.get_by_role("application").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -200)
    assert size() > fitted * 1.5
    choose(editor, "Move")
    before = picture.bounding_box()
    drag(page, (0.5, 0.5), (0.6, 0.55))
    assert picture.bounding_box()["x"] > before["x"]
    editor.get_by_role("button", name="Fit to the screen").click()
    assert size() == pytest.approx(fitted, rel=0.01)
    expect(editor.get_by_text("0 % is painted")).to_be_visible()


def test_two_fingers_pinch(site, visit):
    """A second finger makes a pinch of the stroke: it zooms, and what was begun is taken back."""
    page = visit(site, size=(360, 740))
    with_base(page)
    editor = open_editor(page)
    area = editor.get_by_role("application")
    box = area.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = area.locator("img").bounding_box()["width"]
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": px, "y": py, "id": at} for at, (px, py) in enumerate(places)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", (x - 20, y))
    fingers("touchStart", (x - 20, y), (x + 20, y))
    for apart in (30, 45, 60):
        fingers("touchMove", (x - apart, y), (x + apart, y))
    fingers("touchEnd")
    assert area.locator("img").bounding_box()["width"] > before * 1.5
    expect(editor.get_by_text("0 % is painted")).to_be_visible()
    fingers("touchStart", (x, y))
    fingers("touchMove", (x + 30, y))
    fingers("touchEnd")
    expect(editor.get_by_text("0 % is painted")).to_be_hidden()


def test_a_mask_is_taken_from_a_file(site, visit):
    """White in the file is repainted; a text file is refused with a sentence."""
    half = Image.new("L", (WIDTH, HEIGHT))
    half.paste(255, (0, 0, WIDTH // 2, HEIGHT))
    page = visit(site)
    with_base(page)
    editor = open_editor(page)
    chooser = editor.get_by_label("Take a mask from a file")
    chooser.set_input_files(a_file(b"only words"))
    expect(page.get_by_text("drawing.png is no picture that can be read here.")).to_be_attached()
    chooser.set_input_files(a_file(encoded(half)))
    expect(editor.get_by_text("50 % is painted")).to_be_visible()
    page.keyboard.press("Escape")
    assert kept_mask(site).tobytes() == half.tobytes()


def test_a_base_picture_survives_on_another_device(site, visit):
    """A picture that was dropped is on the server: another browser shows it, with its mask."""
    page = visit(site)
    page.locator("summary", has_text="Base picture").click()
    drop(base_group(page), drawing(WIDTH, HEIGHT))
    expect(page.get_by_role("img", name="The base picture")).to_be_visible()
    eventually(lambda: site.draft().get("base"), "the draft to be saved")
    other = visit(site)
    expect(other.get_by_role("img", name="The base picture")).to_be_visible()
    form = other.get_by_role("region", name="Create a picture")
    expect(form.get_by_text("512 × 768", exact=True)).to_be_visible()


def test_a_base_picture_is_pasted_or_from_the_gallery(site, visit):
    """Paste works where the focus is; the gallery offers its newest pictures."""
    image = site.picture("a base for later")
    page = visit(site)
    page.locator("summary", has_text="Base picture").click()
    paste(base_group(page).get_by_role("button", name="Choose a picture"), drawing(64, 64))
    expect(page.get_by_text("64 × 64", exact=True)).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    base_group(page).get_by_role("button", name="From the gallery").click()
    page.get_by_role("dialog").get_by_role("button", name="a base for later").first.click()
    draft = eventually(lambda: site.draft().get("base"), "the draft to be saved")
    eventually(lambda: site.draft()["base"]["picture"]["ref"] == {"image": image["id"]}, "the base")
    assert draft["mode"] == "i2i"
