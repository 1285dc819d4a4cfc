"""Gallery: finding, choosing, looking at, throwing away and using again."""

import re
import sqlite3
from zipfile import ZipFile

import pytest
from playwright.sync_api import Page, expect
from tests.web.sites import Site, eventually, hosting

MANY = 20_000
SCROLL = """async () => {
    document.querySelector("main").scrollBy(0, 700);
    await new Promise(requestAnimationFrame);
    await new Promise(requestAnimationFrame);
    return document.querySelectorAll('[role="option"]').length;
}"""


@pytest.fixture(scope="module")
def long_site(tmp_path_factory):
    """A server with 20,000 pictures: the rows of three, again and again."""
    data = tmp_path_factory.mktemp("long")
    with hosting(data, "--demo", NOVELAI_SERVER_DEMO_STEP_SECONDS="0") as site:
        for prompt in ("1girl, rain", "cat, window", "lake, sunset"):
            site.picture(prompt)
        multiply(data / "demo" / "novelai.db")
        yield site


def multiply(database) -> None:
    with sqlite3.connect(database, timeout=20) as connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(images)")]
        copied = ", ".join(name for name in names if name not in {"seq", "id", "position"})
        connection.execute(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            f"INSERT INTO images (id, position, {copied}) "
            f"SELECT 'img_' || printf('%032x', n.i), n.i, {copied} FROM n JOIN images "
            "ON images.seq = 1 + n.i % 3",
            (MANY - 3,),
        )


PROMPTS = ("1girl, rain", "1girl, umbrella, rain", "red hair, boy", "hair, red boy", "castle")


@pytest.fixture(scope="module")
def filled(demo_site: Site):
    """A server with five pictures; the newest is of a castle."""
    demo_site.empty()
    fill(demo_site)
    return demo_site


def fill(site: Site) -> None:
    throw_away(site, kept=())
    for prompt in PROMPTS:
        site.picture(prompt, negative_prompt="blurry", seed=7)


@pytest.fixture
def gallery(site: Site, filled: Site):
    """The same five, without marks and out of the bin, whatever happened to them before."""
    binned = [one["id"] for one in listed(site, binned=True)]
    together(site, binned, "restore")
    throw_away(site, kept=PROMPTS)
    if [one["prompt"] for one in listed(site)] != [*reversed(PROMPTS)]:
        fill(site)
    together(site, [one["id"] for one in listed(site)], "unfavourite")
    return filled


def listed(site: Site, *, binned: bool = False):
    query = {"bin": str(binned).lower(), "limit": 200}
    return site.api.get("/api/images", params=query).json()["images"]


def together(site: Site, ids, action: str) -> None:
    if ids:
        body = {"ids": ids, "action": action}
        site.api.post("/api/images/batch", json=body).raise_for_status()


def throw_away(site: Site, *, kept) -> None:
    for binned in (False, True):
        gone = [one["id"] for one in listed(site, binned=binned) if one["prompt"] not in kept]
        together(site, gone, "delete")


def tiles(page: Page):
    return page.get_by_role("listbox", name="Pictures").get_by_role("option")


def test_twenty_thousand_pictures_are_few_elements(long_site, visit):
    """Wherever a long gallery is scrolled to, few tiles are in the page, and little else."""
    page = visit(long_site, "/gallery")
    expect(page.get_by_text("more than 10,000 pictures")).to_be_visible()
    tiles(page).first.wait_for()
    for _ in range(60):
        assert page.evaluate(SCROLL) < 200
    assert page.locator("*").count() < 3000


def test_the_end_of_a_long_gallery_is_reached(long_site, visit):
    """Further pages come while it is scrolled, and the keyboard leads on through them."""
    page = visit(long_site, "/gallery")
    pictures = page.get_by_role("listbox", name="Pictures")
    tiles(page).first.wait_for()
    pictures.focus()
    reached = 0
    for _ in range(3):
        page.keyboard.press("End")
        place = pictures.get_attribute("aria-activedescendant")
        active = page.locator(f'[id="{place}"]')
        expect(active).to_be_in_viewport()
        before, reached = reached, int(active.get_attribute("aria-posinset"))
        assert reached > before
        following = page.locator(f'[role="option"][aria-posinset="{reached + 1}"]')
        following.wait_for(state="attached")
    assert tiles(page).count() < 200


@pytest.mark.parametrize(
    ("typed", "count"),
    [("rain", 2), ("rain -umbrella", 1), ('"red hair"', 1), ("red hair", 2), ("nothing", 0)],
)
def test_search(gallery, visit, typed, count):
    """Words must be there, -word must not, and a phrase keeps its order."""
    page = visit(gallery, "/gallery")
    expect(tiles(page)).to_have_count(5)
    page.get_by_role("searchbox").fill(typed)
    if count:
        expect(tiles(page)).to_have_count(count)
    else:
        expect(page.get_by_text("No picture fits the search")).to_be_visible()
        page.get_by_role("button", name="Clear the search").click()
        expect(tiles(page)).to_have_count(5)


def test_filters(gallery, visit):
    """Model, kind, size and day narrow the gallery down."""
    gallery.picture("wide", size=[832, 1216])
    page = visit(gallery, "/gallery")
    expect(tiles(page)).to_have_count(6)
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("combobox", name="Size", exact=True).select_option("832 × 1216")
    expect(tiles(page)).to_have_count(1)
    page.get_by_role("combobox", name="Size", exact=True).select_option("Any")
    page.get_by_role("combobox", name="Kind").select_option("Upscale")
    expect(page.get_by_text("No picture fits the search")).to_be_visible()
    page.get_by_role("combobox", name="Kind").select_option("Picture")
    page.get_by_label("To", exact=True).fill("2020-01-01")
    expect(page.get_by_text("No picture fits the search")).to_be_visible()
    page.get_by_role("button", name="Clear the search").first.click()
    expect(tiles(page)).to_have_count(6)


def test_the_keyboard_alone(gallery, visit):
    """Arrows walk, Space chooses, Enter opens, f marks, Delete throws away, Escape goes back."""
    page = visit(gallery, "/gallery")
    expect(tiles(page)).to_have_count(5)
    page.get_by_role("listbox", name="Pictures").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("f")
    expect(tiles(page).nth(1)).to_have_accessible_name("Favourite: hair, red boy")
    page.keyboard.press("Enter")
    detail = page.get_by_role("dialog", name="Picture with its settings")
    expect(detail.get_by_role("img", name="Picture made from: hair, red boy")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(detail.get_by_role("img", name="Picture made from: red hair, boy")).to_be_visible()
    page.keyboard.press("i")
    expect(detail.get_by_role("region", name="Settings and origin")).to_be_hidden()
    with page.expect_download() as download:
        page.keyboard.press("s")
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    page.keyboard.press("Escape")
    expect(detail).to_be_hidden()
    expect(page.get_by_role("listbox", name="Pictures")).to_be_focused()
    page.keyboard.press("Home")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.keyboard.press("Delete")
    expect(tiles(page)).to_have_count(3)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(tiles(page)).to_have_count(5)


def test_the_bin(gallery, visit):
    """What is thrown away can be restored, or deleted for good after a question."""
    gallery.picture("to go")
    page = visit(gallery, "/gallery")
    tiles(page).first.click()
    page.keyboard.press("Delete")
    expect(page.get_by_role("img", name="Picture made from: castle")).to_be_visible()
    page.keyboard.press("Escape")
    expect(tiles(page)).to_have_count(5)
    bin_button = page.get_by_role("button", name="Bin", exact=True)
    bin_button.click()
    expect(tiles(page)).to_have_count(1)
    page.get_by_role("listbox", name="Pictures").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Restore").click()
    expect(page.get_by_text("The bin is empty")).to_be_visible()
    bin_button.click()
    expect(tiles(page)).to_have_count(6)
    together(gallery, [newest(gallery)["id"]], "bin")
    bin_button.click()
    expect(tiles(page)).to_have_count(1)
    page.get_by_role("listbox", name="Pictures").focus()
    page.keyboard.press("Delete")
    question = page.get_by_role("dialog", name="Delete 1 picture for good?")
    question.get_by_role("button", name="Delete for good").click()
    expect(page.get_by_text("The bin is empty")).to_be_visible()
    assert listed(gallery, binned=True) == []


def newest(site: Site):
    return site.api.get("/api/images", params={"limit": 1}).json()["images"][0]


def test_many_are_chosen_and_packed(gallery, visit, tmp_path):
    """Shift chooses a range; the archive holds exactly those pictures."""
    page = visit(gallery, "/gallery")
    expect(tiles(page)).to_have_count(5)
    tiles(page).nth(1).click(modifiers=["Control"])
    tiles(page).nth(3).click(modifiers=["Shift"])
    expect(page.get_by_text("3 chosen")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as ZIP").click()
    download.value.save_as(tmp_path / "pictures.zip")
    with ZipFile(tmp_path / "pictures.zip") as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == 3
    page.keyboard.press("Escape")
    expect(page.get_by_text("3 chosen")).to_be_hidden()


def test_two_are_compared(gallery, visit):
    """Two chosen pictures lie over each other, with a line that moves between them."""
    page = visit(gallery, "/gallery")
    for at in (0, 1):
        tiles(page).nth(at).click(modifiers=["Control"])
    page.get_by_role("button", name="Compare the two").click()
    dialog = page.get_by_role("dialog", name="Compare the two")
    expect(dialog.get_by_role("img", name="Before")).to_be_visible()
    dialog.get_by_role("slider").press("ArrowRight")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


@pytest.mark.parametrize(
    ("button", "kept"),
    [("All settings", {"seed": 7, "steps": 4}), ("Only the prompt", {"seed": None, "steps": 23})],
)
def test_settings_are_used_again(gallery, visit, button, kept):
    """All of a picture's settings, or only its words, go to Create; undo brings the draft back."""
    page = visit(gallery)
    page.get_by_role("textbox", name="Prompt", exact=True).fill("what I had")
    eventually(lambda: gallery.draft().get("prompt") == "what I had", "the draft to be saved")
    page.goto(f"{gallery.url}/gallery?image={newest(gallery)['id']}")
    page.get_by_role("button", name=button).click()
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    expect(prompt).to_have_value("castle")
    eventually(lambda: gallery.draft().get("prompt") == "castle", "the draft to be saved")
    draft = gallery.draft()
    assert {name: draft[name] for name in kept} == kept
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(prompt).to_have_value("what I had")
    eventually(lambda: gallery.draft().get("prompt") == "what I had", "the draft to be saved")


def test_only_the_seed(gallery, visit):
    """The seed alone is taken, and kept for the next picture; the words stay."""
    page = visit(gallery)
    page.get_by_role("textbox", name="Prompt", exact=True).fill("what I had")
    eventually(lambda: gallery.draft().get("prompt") == "what I had", "the draft to be saved")
    page.goto(f"{gallery.url}/gallery?image={newest(gallery)['id']}")
    page.get_by_role("button", name="Only the seed").click()
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("what I had")
    eventually(lambda: gallery.draft().get("seed") == 7, "the draft to be saved")
    assert gallery.draft()["seed_locked"] is True


def test_where_a_picture_came_from(gallery, visit):
    """A picture made from another one shows it, and leads to it."""
    source = newest(gallery)
    base = {"image": {"image": source["id"]}, "strength": 0.5}
    made = gallery.picture("made anew", i2i=base)
    page = visit(gallery, f"/gallery?image={made['id']}")
    page.get_by_role("button", name="Show the picture it was made from").click()
    expect(page.get_by_role("img", name="Picture made from: castle")).to_be_visible()
    expect(page).to_have_url(re.compile(source["id"]))


def test_versions_lie_on_one_pile(gallery, visit):
    """What was made from a picture lies under it, is counted there, and one press shows it."""
    source = newest(gallery)
    for _ in range(2):
        order = {"kind": "upscale", "params": {"image": {"image": source["id"]}}}
        made = gallery.api.post("/api/jobs", json=order, headers={"Prefer": "wait=20"})
        made.raise_for_status()
    page = visit(gallery, "/gallery")
    expect(tiles(page)).to_have_count(5)
    expect(tiles(page).first).to_have_accessible_name("castle, 2 versions")
    tiles(page).first.get_by_text("+2").click()
    expect(tiles(page)).to_have_count(2)
    expect(page.get_by_role("searchbox")).to_have_value(f"from:{source['id']}")
    page.get_by_role("button", name="The picture they were made from").click()
    expect(page.get_by_role("img", name="Picture made from: castle")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="All pictures").click()
    expect(tiles(page)).to_have_count(5)
    page.get_by_role("listbox", name="Pictures").focus()
    page.keyboard.press("v")
    expect(tiles(page)).to_have_count(2)
    tiles(page).first.click()
    page.get_by_role("button", name="Only the seed").click()
    eventually(lambda: gallery.draft().get("seed") == 7, "the seed of its source to be taken")


def test_a_search_by_fields(gallery, visit, watch):
    """A field finds by its value; while its value is missing an example is told, and no more."""
    watch.expected.append("status of 422")
    page = visit(gallery, "/gallery")
    page.get_by_role("searchbox").fill("seed:")
    expect(page.get_by_text("This word needs a value, such as seed:42")).to_be_visible()
    expect(tiles(page)).to_have_count(5)
    page.get_by_role("searchbox").fill("seed:7 neg:blurry cas")
    expect(tiles(page)).to_have_count(1)
    expect(page.get_by_text("This word needs a value")).to_be_hidden()


def test_a_new_picture_appears(gallery, visit):
    """A picture that is finished elsewhere comes in front; the others stay where they are."""
    page = visit(gallery, "/gallery")
    expect(tiles(page)).to_have_count(5)
    gallery.picture("just finished")
    expect(tiles(page).first).to_have_accessible_name("just finished")
    expect(tiles(page)).to_have_count(6)


def test_a_phone(gallery, visit):
    """A finger opens a picture; held, it chooses, and the next ones are chosen by a touch."""
    page = visit(gallery, "/gallery", size=(360, 740))
    expect(tiles(page)).to_have_count(5)
    box = tiles(page).first.bounding_box()
    assert box is not None
    place = {"clientX": box["x"] + 20, "clientY": box["y"] + 20, "pointerType": "touch"}
    tiles(page).first.dispatch_event("pointerdown", {**place, "bubbles": True})
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.evaluate("dispatchEvent(new PointerEvent('pointerup'))")
    tiles(page).nth(1).tap()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_role("button", name="Choose none").tap()
    tiles(page).nth(1).tap()
    expect(page.get_by_role("dialog", name="Picture with its settings")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_nothing_yet(site, visit):
    """An empty gallery says what will be here, and leads to Create."""
    throw_away(site, kept=())
    page = visit(site, "/gallery")
    expect(page.get_by_text("No pictures here yet")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Create").click()
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_be_visible()
