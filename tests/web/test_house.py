"""The page in the world: many tabs, a name in the house, a slow phone, a server that stops."""

import re
import signal

import pytest
from playwright.sync_api import expect
from tests.web.conftest import LAN
from tests.web.sites import eventually, hosting

PHONE = (360, 740)


def test_ten_tabs(site, visit):
    """Ten tabs of one browser all live, and all see the result: they share one connection."""
    first = visit(site)
    tabs = [first]
    for _ in range(9):
        tab = first.context.new_page()
        tab.goto(f"{site.url}/queue")
        tabs.append(tab)
    site.order("1girl, ten tabs", steps=4, size=[512, 768])
    assert len(tabs) == 10
    for tab in tabs[1:]:
        row = tab.get_by_role("listitem").filter(has_text="1girl, ten tabs").first
        expect(row.get_by_role("button", name="Order again")).to_be_visible()


def test_a_name_in_the_house(locked_site, visit, watch):
    """Over plain http, where browsers hold back features, everything has a way that works."""
    watch.expected.append("401")
    url = locked_site.url.replace("127.0.0.1", LAN)
    page = visit(url)
    assert page.evaluate("isSecureContext") is False
    page.get_by_role("textbox", name="Key").fill(locked_site.key)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, lan")
    page.keyboard.press("Control+Enter")
    stage = page.get_by_role("region", name="Picture", exact=True)
    expect(stage.get_by_role("img", name="Picture made from: 1girl, lan").first).to_be_visible()
    stage.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Copy the prompt").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    stage.get_by_role("button", name="More").click()
    with page.expect_download() as saved:
        page.get_by_role("menuitem", name="Copy the picture").click()
    assert saved.value.suggested_filename.endswith(".png")


def test_ctrl_c_with_a_page_open(tmp_path, visit, watch):
    """The server does not wait for a page that is open, and the page says that it is gone."""
    watch.expected.append("ERR_")
    # Longer than the stop is waited for: a server that waited for the page would be found.
    with hosting(tmp_path, "--demo", NOVELAI_SERVER_GRACE="600") as site:
        page = visit(site)
        expect(page.get_by_role("button", name=re.compile("Generate"))).to_contain_text("Free")
        site.program.stop(signal.SIGINT)
        expect(page.get_by_role("button", name="Reconnect")).to_be_visible()


def test_a_slow_phone_sees_the_result(site, visit):
    """On 1.6 Mbit/s previews are skipped, never queued: the picture comes once it is drawn."""
    page = visit(site, size=PHONE)
    link = page.context.new_cdp_session(page)
    kilobit = 125
    link.send("Network.enable")
    link.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": 150,
            "downloadThroughput": 1600 * kilobit,
            "uploadThroughput": 750 * kilobit,
        },
    )
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, slow link")
    page.get_by_role("button", name=re.compile("Generate")).click()
    eventually(site.is_idle, "the picture")
    picture = page.get_by_role("img", name="Picture made from: 1girl, slow link").first
    expect(picture).to_be_visible(timeout=5_000)


@pytest.mark.parametrize("locale", ["en-US", "ja-JP", "zh-CN"])
def test_it_weighs_little(site, visit, locale):
    """A form is there for 80 kB of scripts and styles at most, in any language."""
    page = visit(site, locale=locale)
    link = page.context.new_cdp_session(page)
    sizes: dict[str, int] = {}
    names: dict[str, str] = {}

    def seen(event):
        names[event["requestId"]] = event["response"]["url"]

    def loaded(event):
        sizes[event["requestId"]] = event["encodedDataLength"]

    link.on("Network.responseReceived", seen)
    link.on("Network.loadingFinished", loaded)
    link.send("Network.enable")
    link.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.reload()
    expect(page.locator("textarea[name=prompt]")).to_be_visible()
    weights = {
        names[request]: size
        for request, size in sizes.items()
        if "/assets/" in names.get(request, "")
        # What follows when the form is there: its script and its style.
        and "/assets/queue-" not in names[request]
    }
    assert 40_000 < sum(weights.values()) <= 80_000, weights
