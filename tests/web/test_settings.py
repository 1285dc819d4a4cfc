"""Settings: the person's own, accounts, keys and what was used."""

import httpx2
import pytest
from playwright.sync_api import Page, expect
from tests.web.sites import eventually


def opened(visit, site, part: str) -> Page:
    page = visit(site, "/settings")
    page.get_by_role("tab", name=part).click()
    return page


@pytest.fixture
def keyed(locked_site, visit):
    """The owner's browser at a server that wants keys."""

    def enter(part: str) -> Page:
        page = visit(locked_site, "/settings")
        page.get_by_role("textbox", name="Key").fill(locked_site.key)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("tab", name=part).click()
        return page

    return enter


def test_language_and_limit_stay(site, visit):
    """The language changes at once, and what was chosen is there after a reload."""
    page = visit(site, "/settings")
    page.get_by_role("spinbutton", name="Ask before spending more than").fill("25")
    page.get_by_role("switch", name="Suggest tags while writing").uncheck()
    page.get_by_role("combobox", name="Language", exact=True).select_option("日本語")
    expect(page.get_by_role("heading", name="設定")).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="設定")).to_be_visible()
    expect(page.get_by_role("spinbutton")).to_have_value("25")
    assert page.get_by_role("switch").first.is_checked() is False
    page.get_by_role("combobox").first.select_option("English")
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_the_account(site, visit):
    """Balance, subscription and V5 allowance are shown; asking again brings them up to date."""
    page = opened(visit, site, "Account")
    card = page.get_by_role("listitem").filter(has_text="Subscription")
    expect(card).to_contain_text("Opus")
    expect(card).to_contain_text("Works")
    expect(card.get_by_role("meter", name="V5 allowance left")).to_be_visible()
    with page.expect_response(lambda answer: answer.url.endswith("/refresh")) as answer:
        card.get_by_role("button", name="Ask again").click()
    assert answer.value.ok


def test_the_allowance_is_a_battery(novelai, paying_site, visit):
    """What is left in pictures, how it refills, what was bought, and when it is low or full."""
    page = opened(visit, paying_site, "Account")
    card = page.get_by_role("listitem").filter(has_text="Subscription")
    account = novelai.account()

    def asked_anew(percent, purchased=0, *, negative=False):
        account.usage_percent, account.usage_purchased = percent, purchased
        account.usage_is_negative = negative
        card.get_by_role("button", name="Ask again").click()

    asked_anew(50, 120)
    expect(card).to_contain_text("about 865 pictures")
    expect(card).to_contain_text("refills 11 % a day")
    expect(card).to_contain_text("full in 5 days")
    expect(card).to_contain_text("120 % bought on top")
    expect(card).to_contain_text("Medium) drain less")
    assert float(card.get_by_role("meter").get_attribute("value")) == 50
    asked_anew(3)
    expect(card.get_by_text("low", exact=True)).to_be_visible()
    expect(card).to_contain_text("about 52 pictures")
    asked_anew(196)
    expect(card).to_contain_text("about 3,391 pictures \u00b7 full")
    expect(card).not_to_contain_text("refills")
    asked_anew(-1, negative=True)
    expect(card).to_contain_text("used up: V5 pictures cost Anlas")
    assert float(card.get_by_role("meter").get_attribute("value")) == 0
    asked_anew(100)
    expect(card).to_contain_text("about 1,730 pictures")


def accounts(site):
    return site.api.get("/api/accounts").json()["accounts"]


def test_an_account_is_switched_off_and_on(site, visit):
    """An account that is off is not used, and can be put back."""
    page = opened(visit, site, "Account")
    switch = page.get_by_role("switch", name="In use")
    switch.click()
    eventually(lambda: accounts(site)[0]["enabled"] is False, "the account to be off")
    switch.click()
    eventually(lambda: accounts(site)[0]["enabled"], "the account to be on")
    expect(switch).to_be_checked()


def test_an_account_is_added_and_removed(site, visit):
    """A second account comes with its balance and goes after a question; its token is unseen."""
    page = opened(visit, site, "Account")
    field = page.get_by_label("Persistent token")
    assert field.get_attribute("type") == "password"
    field.fill("pst-of-a-friend")
    page.get_by_label("Name (may stay empty)").fill("A friend")
    page.get_by_role("button", name="Add an account").click()
    card = page.get_by_role("listitem", name="A friend")
    expect(card).to_contain_text("Anlas")
    assert "pst-of-a-friend" not in page.locator("body").inner_text()
    card.get_by_role("button", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(card).to_be_hidden()
    assert len(accounts(site)) == 1


def test_a_wrong_token_is_not_kept(site, visit, watch):
    """What cannot be a token is answered with a sentence that names the field."""
    watch.expected.append("status of 422")
    page = opened(visit, site, "Account")
    page.get_by_label("Persistent token").fill("pst")
    page.get_by_role("button", name="Add an account").click()
    expect(page.get_by_text("Some values do not fit, so nothing was sent. token")).to_be_visible()
    assert len(accounts(site)) == 1


def test_a_key_lives_and_dies(keyed, locked_site):
    """A key is made with limits, its secret is shown once and works, and revoked it does not."""
    page = keyed("Keys")
    page.get_by_role("button", name="Make a key").click()
    form = page.get_by_role("dialog", name="Make a key")
    form.get_by_label("Who or what is it for?").fill("a bot")
    form.get_by_role("switch", name="Only free pictures").uncheck()
    form.get_by_label("Per day").fill("50")
    form.get_by_role("button", name="Make a key").click()
    shown = page.get_by_role("dialog", name="The key for a bot")
    secret = shown.get_by_role("textbox", name="Key", exact=True).input_value()
    assert secret.startswith("nvs_")
    shown.get_by_role("button", name="Copy: Key").click()
    shown.get_by_role("button", name="I have copied it").click()
    assert secret not in page.content()
    card = page.get_by_role("listitem", name="a bot")
    expect(card).to_contain_text("50 Anlas per day")

    def look() -> int:
        as_bot = {"Authorization": f"Bearer {secret}"}
        return httpx2.get(f"{locked_site.url}/api/images", headers=as_bot).status_code

    assert look() == 200
    card.get_by_role("button", name="Limits").click()
    change = page.get_by_role("dialog", name="a bot")
    change.get_by_label("Per day").fill("20")
    change.get_by_role("button", name="Save").click()
    expect(card).to_contain_text("20 Anlas per day")
    card.get_by_role("button", name="Revoke").click()
    page.get_by_role("dialog", name="Revoke a bot?").get_by_role("button", name="Revoke").click()
    expect(card).to_be_hidden()
    assert look() == 401


def refuse_one(url: str, secret: str) -> None:
    """Let a key draw what fits into what is free, and be refused twice what does not."""
    shown = {"Authorization": f"Bearer {secret}"}
    with httpx2.Client(base_url=url, headers=shown, timeout=60) as http:
        wish = {"prompt": "a cat", "steps": 40, "width": 512, "height": 512}
        drawn = http.post("/sdapi/v1/txt2img", json=wish)
        assert drawn.headers["x-anlas-cost"] == "0"
        for _ in range(2):
            dear = http.get("/generate", params={"prompt": "a cat", "steps": 40})
            assert dear.status_code == 402
        eventually(
            lambda: [one["times"] for one in http.get("/api/refusals").json()["refusals"]] == [2],
            "the refusals to be kept",
        )


def test_a_key_for_a_program(keyed, locked_site):
    """Its program names it and lets its orders fit; what it was refused is shown, and why."""
    page = keyed("Keys")
    page.get_by_role("button", name="Make a key").click()
    form = page.get_by_role("dialog", name="Make a key")
    switch = form.get_by_role("switch", name="Make what programs ask for free")
    expect(switch).not_to_be_checked()
    form.get_by_role("combobox", name="For which program?").select_option("SillyTavern")
    expect(switch).to_be_checked()
    expect(form.get_by_label("Who or what is it for?")).to_have_value("SillyTavern")
    form.get_by_role("button", name="Make a key").click()
    shown = page.get_by_role("dialog", name="The key for SillyTavern")
    secret = shown.get_by_role("textbox", name="Key", exact=True).input_value()
    shown.get_by_role("button", name="I have copied it").click()
    card = page.get_by_role("listitem", name="SillyTavern")
    expect(card).to_contain_text("made free where possible")
    expect(card).not_to_contain_text("Refused lately")
    refuse_one(locked_site.url, secret)
    page.get_by_role("tab", name="General").click()
    page.get_by_role("tab", name="Keys").click()
    card.get_by_text("Refused lately: 1").click()
    expect(card).to_contain_text("402 · GET /generate · 2 times")
    expect(card).to_contain_text("the key takes only what is free")


def test_usage(site, visit):
    """What was drawn is counted by day and model, in a table, and comes as CSV."""
    site.picture("to be counted")
    page = opened(visit, site, "Usage")
    table = page.get_by_role("table")
    expect(table.get_by_role("row").last).to_contain_text("Total")
    page.get_by_role("combobox", name="By").select_option("Model")
    expect(table.get_by_role("rowheader", name="NAI Diffusion V4.5 Full")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    assert download.value.path().read_text().splitlines()[0].startswith("model,")


def test_log_out(keyed, watch):
    """Whoever logs out is at the log-in screen; what was under way is refused."""
    watch.expected.append("401")
    page = keyed("General")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
