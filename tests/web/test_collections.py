"""Collections in the gallery, and how its pictures are shown."""

import pytest
from playwright.sync_api import Page, expect
from tests.web.sites import Site, eventually


@pytest.fixture
def gallery(site: Site):
    """A server with three pictures of different shapes, and no collection."""
    for binned in (False, True):
        query = {"bin": str(binned).lower(), "limit": 200}
        ids = [one["id"] for one in site.api.get("/api/images", params=query).json()["images"]]
        if ids:
            body = {"ids": ids, "action": "delete"}
            site.api.post("/api/images/batch", json=body).raise_for_status()
    for one in collections(site):
        site.api.delete(f"/api/collections/{one['id']}").raise_for_status()
    site.picture("wide hat", size=[192, 128])
    site.picture("high hat", size=[128, 192])
    site.picture("a cat", size=[128, 128])
    return site


def collections(site: Site):
    return site.api.get("/api/collections").json()["collections"]


def tiles(page: Page):
    return page.get_by_role("listbox", name="Pictures").get_by_role("option")


def chips(page: Page):
    return page.get_by_role("group", name="Collections").get_by_role("button")


def test_the_keyboard_puts_pictures_into_a_collection(gallery, visit):
    """B asks where to; a new name makes a collection, and undo takes out what was put in."""
    page = visit(gallery, "/gallery")
    expect(page.get_by_role("listbox", name="Pictures")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.keyboard.press("b")
    dialog = page.get_by_role("dialog", name="Put 2 pictures into a collection")
    expect(dialog.get_by_role("textbox", name="Collection")).to_be_focused()
    page.keyboard.type("Hats")
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("2 put into “Hats”.")).to_be_visible()
    expect(chips(page).first).to_have_accessible_name("Hats 2")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(chips(page).first).to_have_accessible_name("Hats 0")


def test_a_collection_is_looked_at_and_emptied(gallery, visit):
    """Its chip shows its pictures alone; what is taken out stays in the gallery."""
    hats = gallery.api.post("/api/collections", json={"name": "Hats"}).json()
    every = gallery.api.get("/api/images").json()["images"]
    ids = [one["id"] for one in every if "hat" in one["prompt"]]
    gallery.api.post(f"/api/collections/{hats['id']}/images", json={"add": ids}).raise_for_status()
    page = visit(gallery, "/gallery")
    expect(tiles(page)).to_have_count(3)
    chips(page).first.click()
    expect(tiles(page)).to_have_count(2)
    tiles(page).first.click(modifiers=["Control"])
    page.get_by_role("button", name="Take out of “Hats”").click()
    expect(tiles(page)).to_have_count(1)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(tiles(page)).to_have_count(2)
    chips(page).first.click()
    expect(tiles(page)).to_have_count(3)


def test_a_collection_is_renamed_deleted_and_brought_back(gallery, visit):
    """A name that is taken is told; deleting is undone, with the pictures."""
    for name in ("Hats", "Cats"):
        gallery.api.post("/api/collections", json={"name": name}).raise_for_status()
    page = visit(gallery, "/gallery")
    page.get_by_role("button", name="New collection").click()
    dialog = page.get_by_role("dialog", name="New collection")
    dialog.get_by_role("textbox", name="Name").fill("Dogs")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    chips(page).filter(has_text="Dogs").click()
    page.get_by_role("button", name="Rename").click()
    dialog = page.get_by_role("dialog", name="Rename")
    dialog.get_by_role("textbox", name="Name").fill("Wolves")
    page.keyboard.press("Enter")
    expect(chips(page).filter(has_text="Wolves")).to_be_visible()
    page.get_by_role("button", name="Delete the collection").click()
    expect(chips(page).filter(has_text="Wolves")).to_be_hidden()
    expect(tiles(page)).to_have_count(3)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(chips(page).filter(has_text="Wolves")).to_be_visible()
    assert {one["name"] for one in collections(gallery)} == {"Hats", "Cats", "Wolves"}


def test_a_name_that_is_taken_is_told(gallery, visit, watch):
    """In a sentence; what was written stays."""
    watch.expected.append("status of 409")
    gallery.api.post("/api/collections", json={"name": "Hats"}).raise_for_status()
    page = visit(gallery, "/gallery")
    page.get_by_role("button", name="New collection").click()
    dialog = page.get_by_role("dialog", name="New collection")
    dialog.get_by_role("textbox", name="Name").fill("HATS")
    page.keyboard.press("Enter")
    expect(page.get_by_text("is there already")).to_be_visible()
    expect(dialog.get_by_role("textbox", name="Name")).to_have_value("HATS")


def test_collections_come_from_elsewhere(gallery, visit):
    """What another program makes is shown without a reload."""
    page = visit(gallery, "/gallery")
    expect(tiles(page)).to_have_count(3)
    gallery.api.post("/api/collections", json={"name": "From a script"}).raise_for_status()
    expect(chips(page).first).to_have_accessible_name("From a script 0")


def test_pictures_keep_their_shapes(gallery, visit):
    """Wide ones are wide and high ones high, in rows of one height, under the day."""
    page = visit(gallery, "/gallery")
    expect(tiles(page)).to_have_count(3)
    boxes = [tiles(page).nth(at).bounding_box() for at in range(3)]
    shapes = [round(box["width"] / box["height"], 2) for box in boxes]
    assert shapes == [1.0, 0.67, 1.5]
    assert len({box["y"] for box in boxes}) == 1
    assert boxes[1]["x"] > boxes[0]["x"] + boxes[0]["width"]


def test_size_days_and_prompts_are_chosen_and_remembered(gallery, visit):
    """The choice holds for the next visit."""
    page = visit(gallery, "/gallery")
    before = tiles(page).first.bounding_box()["height"]
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("combobox", name="Size of pictures").select_option("Large")
    eventually(
        lambda: tiles(page).first.bounding_box()["height"] > before, "pictures to become larger"
    )
    page.get_by_role("switch", name="Prompts on pictures").check()
    expect(tiles(page).first.get_by_text("a cat")).to_be_visible()
    page.reload()
    expect(tiles(page).first.get_by_text("a cat")).to_be_visible()
    assert tiles(page).first.bounding_box()["height"] > before
