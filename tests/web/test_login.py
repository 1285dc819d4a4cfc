"""Log in: with a key, with a wrong one, in any language."""

from playwright.sync_api import expect

REFUSED = "status of 401"


def test_a_key_opens_the_page(locked_site, visit):
    """Without a key there is only the log-in screen; with it, the whole page."""
    page = visit(locked_site, "/gallery")
    field = page.get_by_role("textbox", name="Key")
    expect(field).to_be_focused()
    assert field.get_attribute("type") == "password"
    field.fill(locked_site.key)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Gallery")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="Gallery")).to_be_visible()
    assert locked_site.key not in page.evaluate(
        "JSON.stringify({...localStorage}) + document.cookie"
    )


def test_a_wrong_key(locked_site, visit, watch):
    """A wrong or missing key is answered at the field, which keeps the focus."""
    watch.expected.append(REFUSED)
    page = visit(locked_site)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("It begins with nvs_.")).to_be_visible()
    page.get_by_role("textbox", name="Key").fill("nvs_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_text("This key is not right.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Key")).to_be_focused()


def test_the_language_is_chosen_before(locked_site, visit):
    """The log-in screen itself offers the other languages."""
    page = visit(locked_site)
    page.get_by_role("combobox", name="Language").select_option("中文")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
