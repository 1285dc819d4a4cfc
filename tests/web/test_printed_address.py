"""The page at the machine of the server: opened from the printed address, and by its plain one."""

from playwright.sync_api import expect


def test_the_printed_address_administers(browser, site):
    """It leads to the page, the token is gone from the address bar, and keys can be managed."""
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.goto(site.printed)
    assert page.url == f"{site.url}/"
    page.goto(f"{site.url}/settings")
    expect(page.get_by_role("tab", name="Keys")).to_be_visible()
    context.close()


def test_the_plain_address_draws_and_says_how_to_administer(browser, site):
    """Without the token the page is there, and its settings say where the token is."""
    context = browser.new_context(locale="en-US")
    page = context.new_page()
    page.goto(f"{site.url}/settings")
    expect(page.get_by_text("open the address that the server printed")).to_be_visible()
    expect(page.get_by_role("tab", name="Keys")).to_have_count(0)
    context.close()
