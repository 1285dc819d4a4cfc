"""A real browser on real servers. A test fails on any complaint of the browser."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)
from tests.web.sites import Site, browser_path, hosting, new_key

from novelai.emulator import Emulator

LAN = "novelai.lan"
"""This machine as others in the house name it: over plain http, so no secure context."""

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    f"--host-resolver-rules=MAP {LAN} 127.0.0.1",
]

QUICK = {"NOVELAI_SERVER_DEMO_STEP_SECONDS": "0.03"}

# A busy machine is no failure.
expect.set_options(timeout=20_000)

Visit = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser for the tests of a file.

    Its driver keeps an event loop running in this thread: it must be gone before other files' tests
    begin loops of their own.
    """
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def demo_site(tmp_path_factory) -> Iterator[Site]:
    """The server of a first visit: pictures come from the emulator."""
    with hosting(tmp_path_factory.mktemp("demo"), "--demo", **QUICK) as site:
        yield site


@pytest.fixture
def site(demo_site: Site) -> Iterator[Site]:
    """The same, with an empty queue and an empty draft."""
    demo_site.empty()
    yield demo_site
    demo_site.empty()


@pytest.fixture(scope="session")
def locked_site(tmp_path_factory) -> Iterator[Site]:
    """A server for the whole house: it wants a key, and has a name beside its number."""
    data = tmp_path_factory.mktemp("locked")
    key = new_key(data, scopes=("generate", "read", "admin"), free_only=False)
    free_key = new_key(data, free_only=True)
    house = {"NOVELAI_SERVER_REQUIRE_KEYS": "1", "NOVELAI_SERVER_ALLOWED_HOSTS": LAN}
    with hosting(data, "--demo", **QUICK, **house) as site:
        site.key, site.free_key = key, free_key
        site.api.headers["Authorization"] = f"Bearer {key}"
        yield site


@pytest.fixture(scope="session")
def upstream() -> Iterator[tuple[Emulator, str]]:
    """A NovelAI whose faults a test can script, and its address."""
    emulator = Emulator(fast=True)
    with emulator.serve() as url:
        yield emulator, url


@pytest.fixture(scope="session")
def paying_site(upstream, tmp_path_factory) -> Iterator[Site]:
    """A server with an account at that NovelAI."""
    emulator, url = upstream
    account = {"NOVELAI_API_KEY": emulator.token, "NOVELAI_BASE_URL": url}
    with hosting(tmp_path_factory.mktemp("paying"), **account) as site:
        yield site


@pytest.fixture
def novelai(upstream, paying_site: Site) -> Iterator[Emulator]:
    """That NovelAI with nothing behind it; its server is empty."""
    emulator, _ = upstream
    emulator.reset()
    paying_site.empty()
    yield emulator
    emulator.reset()
    paying_site.empty()


class Watch:
    """Listens to what the browser complains about."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        # An order of an earlier test whose picture is gone has no price any more.
        self.expected: list[str] = [r"404 \(Not Found\) \S+/api/cost$"]

    def follow(self, page: Page, host: str) -> None:
        page.on("console", self.listen)
        page.on("pageerror", lambda error: self.complaints.append(f"exception: {error}"))
        page.on("request", lambda request: self.see(request.url, host))

    def listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            where = message.location.get("url", "")
            self.complaints.append(f"{message.type}: {message.text} {where}")

    def see(self, url: str, host: str) -> None:
        if url.startswith("http") and not url.startswith(host):
            self.complaints.append(f"request to {url}")

    def left(self) -> list[str]:
        return [
            text
            for text in self.complaints
            if not any(re.search(pattern, text) for pattern in self.expected)
        ]


@pytest.fixture
def watch() -> Iterator[Watch]:
    """What the browser complained about; `watch.expected` takes patterns of what it may."""
    watch = Watch()
    yield watch
    assert watch.left() == []


@pytest.fixture
def visit(browser: Browser, watch: Watch) -> Iterator[Visit]:
    """Opens the page as somebody on a device of their own; gives the browser's page."""
    contexts: list[BrowserContext] = []

    def opened(
        site: Site | str, path: str = "/", *, size: tuple[int, int] = (1280, 800), **options: Any
    ) -> Page:
        url = site if isinstance(site, str) else site.url
        width, height = size
        phone = {"has_touch": True, "is_mobile": True} if width < 500 else {}
        context = browser.new_context(
            viewport={"width": width, "height": height},
            **{"locale": "en-US", "reduced_motion": "reduce", **phone, **options},
        )
        context.set_default_timeout(20_000)
        contexts.append(context)
        if isinstance(site, Site) and "token=" in site.printed:
            context.request.get(site.printed)  # what the server printed was opened here before
        page = context.new_page()
        watch.follow(page, url)
        page.goto(f"{url}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
