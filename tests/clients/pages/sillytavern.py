"""SillyTavern: its extension for pictures, with A1111's API as the source."""

import json
import tempfile
from pathlib import Path

from playwright.sync_api import Page, expect
from tests.clients.installed import CACHE, HERE, install_packages
from tests.clients.pages.report import Report
from tests.clients.pages.starting import free_port, house, started
from tests.web.sites import Site, eventually

PICTURES = "#chat img[src*='user/images'], #chat img.mes_img"
SET = """([name, value]) => $(`#${name}`).val(value).trigger('input').trigger('change')"""
"""Its settings are in a drawer that is shut; its page has jQuery."""


def drive(report: Report) -> None:
    """Connect, draw, cancel, be refused and chat in its page."""
    home = CACHE / "sillytavern"
    install_packages(HERE / "pages", home)
    program = home / "node_modules" / "sillytavern"
    report.version = json.loads((program / "package.json").read_text("utf-8"))["version"]
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data, house() as site:
        options = ("--dataRoot", data, "--configPath", str(Path(data, "config.yaml")))
        command = ("node", str(program / "server.js"), "--port", str(port), *options)
        alone = ("--browserLaunchEnabled", "false")
        with started(*command, *alone, port=port) as url:
            steps(report, site, url)


def steps(report: Report, site: Site, url: str) -> None:
    """What a person does, one after the other."""
    page = report.page
    with report.step("first visit"):
        page.goto(url)
        welcome = page.locator("dialog[open]").filter(has_text="Welcome to SillyTavern")
        welcome.locator(".popup-button-ok").click()
        expect(welcome).to_be_hidden()
    with report.step("connect"):
        connect(page, site)
    with report.step("first picture"):
        draw(page, "1girl, cat ears")
        expect(page.locator(PICTURES).first).to_be_visible()
        assert len(site.jobs("succeeded")) == 1
    with report.step("cancel"):
        cancel(page, site)
    with report.step("an error is shown"):
        page.evaluate(SET, ["sd_width", 1536])
        page.evaluate(SET, ["sd_height", 1024])
        draw(page, "1girl, fox ears")
        expect(page.locator("#toast-container .toast-error").first).to_be_visible()
        assert len(site.jobs("succeeded")) == 1
    with report.step("one message draws one"):
        choose_a_model(page, site, "nai-diffusion-4-5-full")
        page.locator("#send_textarea").fill("1girl, cow ears")
        page.locator("#send_but").click()
        expect(page.locator("#chat .mes_text img[src^='data:image']").first).to_be_visible()
        eventually(site.is_idle, "the queue to become empty")
        assert len(site.jobs()) == 3  # the one that was taken back, too


def cancel(page: Page, site: Site) -> None:
    """Stop a picture that waits: it is not drawn."""
    site.pause()
    try:
        draw(page, "1girl, dog ears")
        eventually(lambda: len(site.jobs()) == 2, "the order")
        page.locator(".action-loader-stop").first.click()
        eventually(lambda: site.jobs()[0]["state"] == "cancelled", "the order to be taken back")
    finally:
        site.pause(paused=False)
    eventually(site.is_idle, "the queue to become empty")
    assert len(site.jobs("succeeded")) == 1


def choose_a_model(page: Page, site: Site, model: str) -> None:
    """Connect its chat: Chat Completion, Custom (OpenAI-compatible)."""
    page.evaluate(SET, ["main_api", "openai"])
    page.evaluate(SET, ["chat_completion_source", "custom"])
    page.evaluate(SET, ["custom_api_url_text", f"{site.url}/v1"])
    page.evaluate(SET, ["api_key_custom", site.free_key])
    page.evaluate(SET, ["custom_model_id", model])
    page.evaluate("$('#api_button_openai').trigger('click')")
    expect(page.locator("#send_but")).to_be_visible()


def connect(page: Page, site: Site) -> None:
    """Choose the source, enter address and key, and press Connect."""
    page.evaluate(SET, ["sd_source", "auto"])
    page.evaluate(SET, ["sd_auto_url", site.url])
    page.evaluate(SET, ["sd_auto_auth", f"user:{site.free_key}"])
    page.evaluate("$('#sd_auto_validate').trigger('click')")
    models = page.locator("#sd_model option[value^='nai-diffusion']")
    expect(models.first).to_be_attached()


def draw(page: Page, prompt: str) -> None:
    """Order a picture by its command."""
    page.locator("#send_textarea").fill(f"/imagine {prompt}")
    page.locator("#send_textarea").press("Enter")  # its button is for a connected language model
