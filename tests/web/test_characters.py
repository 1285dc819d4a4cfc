"""Characters: each with words and a place of its own."""

from playwright.sync_api import Page, expect


def add(page: Page, *prompts: str) -> None:
    for prompt in prompts:
        page.get_by_role("button", name="Add a character").click()
        field = page.get_by_role("textbox", name="Prompt of character").last
        field.fill(prompt)
        field.blur()


def opened(visit, site, model: str = "") -> Page:
    page = visit(site)
    if model:
        page.get_by_role("combobox", name="Model").select_option(model)
    page.locator("summary", has_text="Characters").click()
    return page


def ordered(site, page: Page):
    page.get_by_role("textbox", name="Prompt", exact=True).fill("2girls")
    job = site.ordered_by(page.get_by_role("button", name="Generate").click)
    return job["params"]["characters"]


def test_characters_suffice_without_a_prompt(site, visit):
    """An empty prompt is sent where a character has one."""
    page = opened(visit, site)
    add(page, "girl, red hair")
    job = site.ordered_by(page.get_by_role("button", name="Generate").click)
    assert (job["params"]["prompt"], len(job["params"]["characters"])) == ("", 1)


def test_characters_on_the_grid(site, visit):
    """The arrow keys walk the 5×5 grid as radio buttons do; what is chosen is ordered."""
    page = opened(visit, site)
    add(page, "girl, silver hair", "boy, hat")
    page.get_by_role("switch", name="Let the model place them").uncheck()
    grid = page.get_by_role("radiogroup", name="Place of character 1")
    expect(grid.get_by_role("radio", checked=True)).to_have_accessible_name("C3")
    grid.get_by_role("radio", name="C3").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    expect(grid.get_by_role("radio", checked=True)).to_have_accessible_name("B2")
    expect(grid.get_by_role("radio", name="B2")).to_be_focused()
    page.get_by_role("radiogroup", name="Place of character 2").get_by_role(
        "radio", name="E5"
    ).click()
    first, second = ordered(site, page)
    assert (first["prompt"], first["position"]) == ("girl, silver hair", [0.3, 0.3])
    assert (second["prompt"], second["position"]) == ("boy, hat", [0.9, 0.9])


def test_the_model_decides(site, visit):
    """Unless they are placed, no place is sent; a character that is off stays off."""
    page = opened(visit, site)
    add(page, "girl", "boy")
    page.get_by_role("listitem", name="Character 2").get_by_role("switch", name="Use").uncheck()
    first, second = ordered(site, page)
    assert first.get("position") is None
    assert (first["enabled"], second["enabled"]) == (True, False)


def test_order_and_removal(site, visit):
    """Characters change places, and one that was removed comes back by undo."""
    page = opened(visit, site)
    add(page, "girl", "boy")
    page.get_by_role("button", name="Move character 2 up").click()
    expect(page.get_by_role("textbox", name="Prompt of character 1")).to_have_value("boy")
    page.get_by_role("button", name="Remove character 1").click()
    expect(page.get_by_role("textbox", name="Prompt of character 1")).to_have_value("girl")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("textbox", name="Prompt of character 2")).to_have_value("girl")


def test_no_more_than_the_model_knows(site, visit):
    """At the model's limit the page says so instead of offering another one."""
    page = opened(visit, site)
    for _ in range(6):
        page.get_by_role("button", name="Add a character").click()
    expect(page.get_by_text("no more than 6 characters")).to_be_visible()
    expect(page.get_by_role("button", name="Add a character")).to_be_disabled()


def test_free_places(site, visit):
    """On V5 a character stands anywhere: dragged, or moved by the arrow keys."""
    page = opened(visit, site, "NAI Diffusion V5 Full")
    add(page, "girl")
    page.get_by_role("switch", name="Let the model place them").uncheck()
    dot = page.get_by_role("button", name="Place of character 1: 50 % from the left")
    dot.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    moved = page.get_by_role("button", name="52 % from the left, 60 % from the top")
    moved.evaluate("dot => dot.scrollIntoView({ block: 'center' })")  # not behind the footer
    box = moved.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 30, y, steps=3)
    page.mouse.up()
    [character] = ordered(site, page)
    assert character["position"][0] < 0.45
    assert abs(character["position"][1] - 0.6) < 0.03
