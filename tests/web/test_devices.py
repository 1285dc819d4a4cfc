"""What goes from one device, program or person to another: orders, vibe files, the clipboard."""

import re

import pytest
from playwright.sync_api import expect
from tests.emulator.waiting import until
from tests.web.drawings import a_file, drawing, drop

from novelai.types.vibe import Vibe
from novelai.vibes import vibe_file

MODEL = "nai-diffusion-4-5-full"
LISTEN = """() => {
    window.told = [];
    window.Notification = class {
        static permission = "default";
        static requestPermission() {
            this.permission = window.answer ?? "granted";
            return Promise.resolve(this.permission);
        }
        constructor(title, options) { window.told.push([title, options.body]); }
    };
    window.asked = 0;
    const hidden = () => (window.asked++, window.away === true);
    Object.defineProperty(document, "hidden", { get: hidden });
}"""


def test_an_order_with_pictures_is_changed_on_another_device(site, visit):
    """Another device has its pictures too, saves its changes, and loses none of them."""
    site.pause()
    one = visit(site)
    one.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, first words")
    one.locator("summary", has_text="Base picture").click()
    drop(one.get_by_role("group", name="Base picture").last, drawing())
    expect(one.get_by_role("img", name="The base picture")).to_be_visible()
    sent = site.ordered_by(one.get_by_role("button", name="Generate").click)
    other = visit(site, "/queue")
    other.get_by_role("button", name="Change").click()
    base = other.get_by_role("img", name="The base picture")
    expect(base).to_be_visible()
    assert base.evaluate("image => image.decode().then(() => image.naturalWidth)") == 128
    button = other.get_by_role("button", name=re.compile("Save"))
    expect(button).to_contain_text(re.compile("Free|Anlas"))
    other.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, other words")
    button.click()
    expect(other.get_by_text("1girl, other words")).to_be_visible()
    [job] = site.jobs("queued")
    assert (job["id"], job["summary"]["prompt"]) == (sent["id"], "1girl, other words")
    assert job["params"]["i2i"] == sent["params"]["i2i"]


def test_what_a_vibe_file_holds_is_free(novelai, paying_site, visit):
    """An encoding in a dropped vibe file is used: the button says so, and nothing is encoded."""
    page = visit(paying_site)
    page.locator("summary", has_text="Vibes and references").click()
    vibe = Vibe(image=drawing(96, 128), name="evening", info_extracted=0.4)
    data = vibe_file(vibe.with_encoding(b"paid for elsewhere", model=MODEL))
    picker = page.get_by_role("group", name="Vibes")
    picker.get_by_label("Vibes").set_input_files(a_file(data, "evening.naiv4vibe", ""))
    card = page.get_by_role("listitem", name="evening")
    expect(card).to_contain_text("Encoded already")
    button = page.get_by_role("button", name="Generate")
    expect(button).to_contain_text("Free")
    extracted = card.get_by_role("spinbutton", name="Information extracted")
    extracted.fill("0.5")
    expect(button).to_contain_text("2 Anlas")
    extracted.fill("0.4")
    expect(button).to_contain_text("Free")
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, borrowed evening")
    paying_site.made_by(button.click)
    assert not [one for one in novelai.requests if "encode-vibe" in one.path]


def test_a_picture_goes_through_the_clipboard(site, visit):
    """A picture that was copied here is pasted here, with the keys of every program."""
    site.picture("1girl, copied")
    page = visit(site)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator("summary", has_text="Base picture").click()
    page.get_by_role("region", name="Picture").get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name="Copy the picture").click()
    expect(page.get_by_text("Picture copied")).to_be_visible()
    group = page.get_by_role("group", name="Base picture").last
    group.get_by_role("button", name="Choose a picture").focus()
    page.keyboard.press("Control+v")
    expect(page.get_by_role("img", name="The base picture")).to_be_visible()


@pytest.fixture
def listened(site, visit):
    """The settings in a browser whose messages of the system are written down."""
    page = visit(site, "/settings")
    page.add_init_script(f"({LISTEN})()")
    page.reload()
    return page


def test_a_finished_picture_is_told(site, listened):
    """With the switch on, a picture that is ready is told when the page is not looked at."""
    switch = listened.get_by_role("switch", name="Tell me when a picture is ready")
    expect(switch).not_to_be_checked()
    switch.click()
    expect(switch).to_be_checked()
    listened.evaluate("window.asked = 0")
    site.picture("1girl, while somebody looks")
    until(lambda: listened.evaluate("window.asked"))  # the page has heard of it
    listened.evaluate("window.away = true")
    site.picture("1girl, while nobody looks")
    until(lambda: listened.evaluate("window.told.length"))
    assert listened.evaluate("window.told") == [
        ["The picture is ready.", "1girl, while nobody looks"]
    ]


def test_a_browser_may_refuse_to_tell(listened):
    """Where the browser forbids messages, the switch stays off and says why."""
    listened.evaluate("window.answer = 'denied'")
    switch = listened.get_by_role("switch", name="Tell me when a picture is ready")
    switch.click()
    expect(listened.get_by_text(re.compile("browser"))).to_be_visible()
    expect(switch).not_to_be_checked()


def test_a_thumbnail_whose_file_is_gone(site, visit, watch):
    """In place of a picture whose file is gone there is a sign, and a sentence for who asks."""
    watch.expected.append("404")
    site.picture("1girl, mislaid")
    page = visit(site)
    page.route("**/thumbnail", lambda route: route.fulfill(status=404))
    page.get_by_role("link", name="Gallery").click()
    tile = page.get_by_role("option", name="1girl, mislaid").first
    expect(tile.get_by_title("The file of this picture is gone.")).to_be_visible()
