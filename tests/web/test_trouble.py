"""Trouble: what happened, whether it was charged, what to do; and nothing is lost."""

import re
import signal

import pytest
from playwright.sync_api import expect
from tests.web.relay import relaying
from tests.web.sites import eventually, hosting

from novelai.emulator import Fault

STREAM = "/ai/generate-image-stream"
OFFLINE = "ERR_(INTERNET_DISCONNECTED|CONNECTION|INCOMPLETE_CHUNKED|EMPTY_RESPONSE|NETWORK|SOCKET)"


@pytest.mark.parametrize(
    ("fault", "sentence", "charged"),
    [
        (
            Fault(low_balance=True, path=STREAM),
            "This costs 20 Anlas and the account has 0.",
            "Nothing was charged.",
        ),
        (
            Fault(status=402, body='{"message":"Not enough Anlas"}', path=STREAM),
            "too few Anlas",
            "Nothing was charged.",
        ),
        (
            Fault(status=400, body='{"message":"no"}', path=STREAM),
            "refused the settings",
            "Nothing was charged.",
        ),
    ],
    ids=["402", "402 without numbers", "400"],
)
def test_what_novelai_refuses_is_explained(novelai, paying_site, visit, fault, sentence, charged):
    """A refusal by NovelAI is said in plain words, with whether it was charged."""
    page = visit(paying_site)
    novelai.script(fault)
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, refused")
    page.keyboard.press("Control+Enter")
    stage = page.get_by_role("region", name="Picture", exact=True)
    expect(stage).to_contain_text(sentence)
    expect(stage).to_contain_text(charged)
    expect(stage.get_by_role("button", name="Order again")).to_be_visible()
    expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value("1girl, refused")


@pytest.mark.parametrize("status", [429, 500])
def test_a_hiccup_of_novelai_is_waited_out(novelai, paying_site, visit, status):
    """What NovelAI refuses for a moment goes back into the queue, and the picture comes."""
    page = visit(paying_site)
    novelai.script(Fault(status=status, path=STREAM))
    page.get_by_role("textbox", name="Prompt", exact=True).fill(f"1girl, {status}")
    page.keyboard.press("Control+Enter")
    stage = page.get_by_role("region", name="Picture", exact=True)
    expect(stage.get_by_role("img", name=f"Picture made from: 1girl, {status}")).to_be_visible()


def test_nobody_knows_and_the_page_says_so(novelai, paying_site, visit):
    """A connection that breaks after sending is not repeated: the page asks what it cost."""
    page = visit(paying_site)
    novelai.script(Fault(at="after", drop=True, path=STREAM))
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, lost on the way")
    page.get_by_role("spinbutton", name="Steps").fill("50")
    page.keyboard.press("Control+Enter")
    stage = page.get_by_role("region", name="Picture", exact=True)
    expect(stage).to_contain_text("Nobody knows whether this was drawn")
    expect(stage).to_contain_text("It may have been charged")
    page.reload()
    expect(stage).to_contain_text("Nobody knows whether this was drawn")
    assert len([r for r in novelai.requests if r.path == STREAM]) == 1
    stage.get_by_role("button", name="It was charged").click()
    expect(stage).to_contain_text("Anlas were charged.")


def test_a_budget_refuses_in_words(locked_site, visit, watch):
    """A key that may not spend is told so, nothing is sent, and the draft stays."""
    watch.expected += ["401", "40[23]"]
    page = visit(locked_site)
    page.get_by_role("textbox", name="Key").fill(locked_site.free_key)
    page.get_by_role("button", name="Log in").click()
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.fill("1girl, dear")
    page.get_by_role("spinbutton", name="Steps").fill("50")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Your key is for free pictures, and this one costs")).to_be_visible()
    expect(prompt).to_have_value("1girl, dear")
    assert [job["summary"]["prompt"] for job in locked_site.jobs()].count("1girl, dear") == 0


def test_an_order_without_a_connection_is_sent_once(site, visit, watch):
    """Offline the order waits here; with the connection back it goes out, exactly once."""
    watch.expected.append(OFFLINE)
    page = visit(site)
    page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, in a lift")
    expect(page.get_by_role("button", name=re.compile("Generate"))).to_contain_text("Free")
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    page.get_by_role("link", name=re.compile("Queue")).click()
    expect(page.get_by_text("It is sent once, when the connection is back.")).to_be_visible()
    page.context.set_offline(False)

    def ordered():
        return [job for job in site.jobs() if job["summary"]["prompt"] == "1girl, in a lift"]

    eventually(ordered, "the order")
    expect(page.get_by_text("It is sent once")).to_be_hidden()
    eventually(site.is_idle, "the picture")
    assert len(ordered()) == 1


def test_a_dropped_stream_goes_on_where_it_ended(site, visit, watch):
    """What happens while the stream is gone is told behind it: nothing is missed or read anew."""
    watch.expected.append(OFFLINE)
    site.picture("1girl, before the gap")
    with relaying(site.url) as relay:
        page = visit(relay.url, "/queue")
        expect(page.get_by_text("1girl, before the gap").first).to_be_visible()
        # The stream is there: what happens is shown.
        site.pause()
        expect(page.get_by_text("Paused: what waits")).to_be_visible()
        waiting = site.order("1girl, waits in the gap", size=[512, 768])
        expect(page.get_by_text("1girl, waits in the gap")).to_be_visible()

        read: list[str] = []
        page.on("requestfinished", lambda request: read.append(request.url))
        relay.cut()
        expect(page.get_by_role("button", name="Reconnect")).to_be_visible()
        site.api.delete(f"/api/jobs/{waiting['id']}").raise_for_status()
        site.pause(paused=False)
        image = site.picture("1girl, made in the gap")
        site.pause()
        site.order("1girl, ordered in the gap")
        read.clear()
        relay.mend()

        expect(page.get_by_role("button", name="Reconnect")).to_be_hidden()
        expect(page.get_by_text("1girl, ordered in the gap")).to_be_visible()
        made = page.get_by_role("listitem").filter(has_text="1girl, made in the gap")
        expect(made.get_by_role("button", name="Order again")).to_be_visible()
        expect(made.locator(f'img[src="{image["thumb"]}"]')).to_be_attached()
        gone = page.get_by_role("listitem").filter(has_text="1girl, waits in the gap")
        expect(gone.get_by_text("Cancelled")).to_be_visible()
        whole = ("/api/state", "/api/start", "/api/draft", "/api/models")
        assert [url for url in read if url.endswith(whole)] == []


def test_a_restart_in_the_middle(tmp_path, visit, watch):
    """A restart while a picture is drawn is said, the page comes back, and nothing is lost."""
    watch.expected.append(OFFLINE)
    slow = {"NOVELAI_SERVER_DEMO_STEP_SECONDS": "0.15", "NOVELAI_SERVER_GRACE": "0"}
    with hosting(tmp_path, "--demo", **slow) as site:
        port = int(site.url.rpartition(":")[2])
        page = visit(site)
        page.get_by_role("textbox", name="Prompt", exact=True).fill("1girl, restarted")
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_text(re.compile(r"Step \d+ of"))).to_be_visible()
        code, _ = site.program.stop(signal.SIGINT)
        assert code in {0, -2, 130}
        expect(page.get_by_text(re.compile("server is restarting|No connection"))).to_be_visible()
        expect(page.get_by_role("textbox", name="Prompt", exact=True)).to_have_value(
            "1girl, restarted"
        )
    with hosting(tmp_path, "--demo", port=port, **slow) as site:
        expect(page.get_by_role("button", name="Reconnect")).to_be_hidden()
        eventually(lambda: len(site.jobs()) == 2, "both orders")
        page.get_by_role("link", name=re.compile("Queue")).click()
        expect(page.get_by_text("1girl, restarted").first).to_be_visible()


def test_an_expired_cookie_keeps_the_draft(locked_site, visit, watch):
    """When the session ends the page asks for the key again, and the draft is still there."""
    watch.expected += ["401"]
    page = visit(locked_site)
    page.get_by_role("textbox", name="Key").fill("nvs_wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("not right")).to_be_visible()
    page.get_by_role("textbox", name="Key").fill(locked_site.key)
    page.get_by_role("button", name="Log in").click()
    prompt = page.get_by_role("textbox", name="Prompt", exact=True)
    prompt.fill("1girl, patient")
    eventually(lambda: locked_site.draft().get("prompt") == "1girl, patient", "the draft")
    prompt.fill("1girl, patient, smile")
    page.context.clear_cookies()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("textbox", name="Key")).to_be_visible()
    page.get_by_role("textbox", name="Key").fill(locked_site.key)
    page.get_by_role("button", name="Log in").click()
    expect(prompt).to_have_value("1girl, patient, smile")
