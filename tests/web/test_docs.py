"""The viewer of the API's description, under the policy of the page."""

from playwright.sync_api import expect


def test_the_api_is_shown(demo_site, visit):
    """At /docs a browser without a network shows every route, and complains of nothing."""
    page = visit(demo_site, "/docs")
    expect(page.get_by_role("heading", name="NovelAI server")).to_be_visible()
    page.get_by_text("/api/queue", exact=True).click()
    paragraph = page.get_by_role("paragraph")
    expect(paragraph.filter(has_text="Let the queue of all keys of the owner rest")).to_be_visible()
