"""Open WebUI: pictures from its Image switch, and a picture model in its chat."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from bench.compare import environment
from playwright.sync_api import Locator, Page, expect
from tests.clients.installed import CACHE, HERE
from tests.clients.pages.report import Report
from tests.clients.pages.starting import free_port, house, started
from tests.web.sites import Site, eventually

ASKED = "POST /v1/chat/completions"
TASKS = 3
"""Requests after an answer: title, tags, follow-up questions."""
COSTLY = "1536x1024"
ALONE = {
    "WEBUI_AUTH": "False",
    "OFFLINE_MODE": "True",
    "HF_HUB_OFFLINE": "1",
    "ENABLE_OLLAMA_API": "False",
    "BYPASS_EMBEDDING_AND_RETRIEVAL": "True",
    "ENABLE_VERSION_UPDATE_CHECK": "False",
    "DO_NOT_TRACK": "true",
    "SCARF_NO_ANALYTICS": "true",
    "ANONYMIZED_TELEMETRY": "false",
}
"""Nobody logs in, and it asks nobody but this server."""


@contextmanager
def running(site: Site, python: str) -> Iterator[str]:
    """Run it with this server for chat and for pictures."""
    place = {"URL": f"{site.url}/v1", "KEY": site.free_key}
    port = free_port()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as data:
        settings = {
            "DATA_DIR": data,
            "OPENAI_API_BASE_URL": place["URL"],
            "OPENAI_API_KEY": place["KEY"],
            "ENABLE_IMAGE_GENERATION": "True",
            "IMAGE_GENERATION_ENGINE": "openai",
            "IMAGES_OPENAI_API_BASE_URL": place["URL"],
            "IMAGES_OPENAI_API_KEY": place["KEY"],
            "IMAGE_GENERATION_MODEL": "gpt-image-1",
        }
        program = python.replace("bin/python", "bin/open-webui")
        command = (program, "serve", "--host", "127.0.0.1", "--port", str(port))
        with started(*command, port=port, **ALONE, **settings) as url:
            yield url


def drive(report: Report) -> None:
    """Draw, chat, cancel and be refused in its page."""
    python = str(environment(CACHE / "open-webui", HERE / "pages" / "open-webui.lock", "--no-deps"))
    asked = "from importlib.metadata import version; print(version('open-webui'))"
    report.version = subprocess.check_output([python, "-c", asked], text=True).strip()
    with house() as site, running(site, python) as url:
        page = report.page
        with report.step("first visit"):
            visit(page, url, "glm-4-6")
        with report.step("a chat"):
            say(page, "Who are you?")
            expect(page.get_by_role("button", name="Regenerate")).to_be_visible()
            expect(page.get_by_text("NovelAI's text models")).to_have_count(0)
            assert not site.jobs()
        with report.step("first picture"):
            let_the_switch_draw(page)
            visit(page, url, "glm-4-6")
            ask_for_a_picture(page)
            expect(drawn(page)).to_be_visible()
            assert len(site.jobs()) == 1
        with report.step("one message draws one"):
            before, jobs = site.program.output.count(ASKED), len(site.jobs())
            visit(page, url, "nai-diffusion-4-5-full")
            say(page, "1girl, cat ears")
            expect(drawn(page)).to_be_visible()
            answered = before + 1 + TASKS
            eventually(lambda: site.program.output.count(ASKED) >= answered, "title and tags")
            eventually(site.is_idle, "the queue to become empty")
            assert len(site.jobs()) == jobs + 1
        with report.step("cancel"):
            cancel(page, url, site)
        with report.step("an error is shown"):
            drawn_before = len(site.jobs("succeeded"))
            order_more_than_is_free(page)
            visit(page, url, "glm-4-6")
            ask_for_a_picture(page)  # the sentence goes to its text model, which is to tell it
            expect(page.get_by_text("An error occurred while generating")).to_be_visible()
            order_more_in_a_chat(page)
            visit(page, url, "nai-diffusion-4-5-full")
            say(page, "1girl, fox ears")
            expect(page.get_by_text("only what is free").first).to_be_visible()
            assert len(site.jobs("succeeded")) == drawn_before


def visit(page: Page, url: str, model: str) -> None:
    """Open a new chat with a model."""
    page.goto(f"{url}/?models={model}")
    page.get_by_role("button", name=f"Selected model: {model}").wait_for()
    news = page.get_by_role("button", name="Okay, Let's Go!")
    if not page.evaluate("localStorage.getItem('seen-news')"):
        news.click()
        page.evaluate("localStorage.setItem('seen-news', '1')")


def say(page: Page, text: str) -> None:
    """Send a message."""
    page.locator("#chat-input").click()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def ask_for_a_picture(page: Page) -> None:
    """Turn the Image switch on and send a message."""
    page.get_by_role("button", name="Integrations").click()
    page.get_by_text("Image", exact=True).click()
    page.keyboard.press("Escape")
    say(page, "1girl, cat ears")


def drawn(page: Page) -> Locator:
    """The first picture in the chat; it may be there twice, as a file and in the answer."""
    return page.locator("img[alt='generated-image.png'], img[alt='image']").first


def cancel(page: Page, url: str, site: Site) -> None:
    """Stop a picture that waits: it is not drawn."""
    before, pictures = len(site.jobs()), len(site.jobs("succeeded"))
    site.pause()
    try:
        visit(page, url, "nai-diffusion-4-5-full")
        say(page, "1girl, dog ears")
        eventually(lambda: len(site.jobs()) > before, "the order")
        page.get_by_role("button", name="Stop").click()
        eventually(lambda: site.jobs()[0]["state"] == "cancelled", "the order to be taken back")
    finally:
        site.pause(paused=False)
    eventually(site.is_idle, "the queue to become empty")
    assert len(site.jobs("succeeded")) == pictures


def let_the_switch_draw(page: Page) -> None:
    """Choose Function Calling: Legacy. Otherwise a text model is to call for the picture."""
    legacy = {"DEFAULT_MODEL_PARAMS": {"function_calling": "legacy"}}
    change_settings(page, "/api/v1/configs/models", "/api/v1/configs/models", legacy)


def order_more_than_is_free(page: Page) -> None:
    """Choose a larger size of pictures."""
    size = {"IMAGE_SIZE": COSTLY}
    change_settings(page, "/api/v1/images/config", "/api/v1/images/config/update", size)


def order_more_in_a_chat(page: Page) -> None:
    """Send that size with each message, too."""
    sized = {"DEFAULT_MODEL_PARAMS": {"custom_params": {"size": COSTLY}}}
    change_settings(page, "/api/v1/configs/models", "/api/v1/configs/models", sized)


def change_settings(page: Page, read: str, write: str, change: dict[str, object]) -> None:
    """Change settings as the page of the administrator does."""
    page.evaluate(
        """async ([read, write, change]) => {
          const headers = {
            Authorization: `Bearer ${localStorage.token}`,
            'Content-Type': 'application/json',
          };
          const config = await (await fetch(read, { headers })).json();
          const body = JSON.stringify({ ...config, ...change });
          const answer = await fetch(write, { method: 'POST', headers, body });
          if (!answer.ok) throw new Error(await answer.text());
        }""",
        [read, write, change],
    )
