"""
Somebody who opens the page: `python -m bench.workers.page '{"link": "phone", …}'`.

Each visit has empty caches. Answers with milliseconds until Generate can be pressed, and until it
shows its price.
"""

import re
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from bench.workers.job import answer, given

KILOBIT = 125
PHONE = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1600 * KILOBIT,
    "uploadThroughput": 750 * KILOBIT,
}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@contextmanager
def served(folder: str) -> Iterator[str]:
    """Run the demo's server with its data in a folder; gives its address, with a slash behind."""
    novelai = str(Path(sys.executable).parent / "novelai")
    command = [novelai, "serve", "--demo", "--port", "0", "--data", folder]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        lines = iter(server.stdout.readline, "")
        found = (re.search(r"Open (http://127\.0\.0\.1:\d+/)", line) for line in lines)
        url = next(match[1] for match in found if match)
        # A full pipe would stop a server that writes a line for each picture.
        threading.Thread(target=deque, args=(lines, 0), daemon=True).start()
        yield url
    finally:
        server.terminate()
        server.wait()


def visit(browser: Browser, url: str, *, phone: bool) -> tuple[float, float, float]:
    """Open the page once; gives milliseconds to both, and kB of scripts and styles."""
    size = {"width": 360, "height": 740} if phone else {"width": 1280, "height": 800}
    context = browser.new_context(viewport=size, locale="en-US")
    page = context.new_page()
    link = context.new_cdp_session(page)
    names: dict[str, str] = {}
    sizes: dict[str, float] = {}

    def seen(event: dict[str, Any]) -> None:
        names[event["requestId"]] = event["response"]["url"]

    def loaded(event: dict[str, Any]) -> None:
        sizes[event["requestId"]] = event["encodedDataLength"]

    link.on("Network.responseReceived", seen)
    link.on("Network.loadingFinished", loaded)
    link.send("Network.enable")
    if phone:
        link.send("Network.emulateNetworkConditions", PHONE)
        link.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.get_by_role("button", name=re.compile("Generate"), disabled=False).wait_for()
    usable = (time.perf_counter() - began) * 1000
    page.get_by_role("button", name=re.compile("Generate (Free|.*Anlas)")).wait_for()
    took = (time.perf_counter() - began) * 1000
    weight = sum(size for request, size in sizes.items() if "/assets/" in names.get(request, ""))
    context.close()
    return usable, took, weight / 1000


def main() -> None:
    """Serve, visit, answer."""
    job = given()
    with (
        tempfile.TemporaryDirectory() as folder,
        served(folder) as url,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=job["chromium"], args=FLAGS)
        phone = job["link"] == "phone"
        visits = [visit(browser, url, phone=phone) for _ in range(job["visits"] + 1)]
        browser.close()
    # The first visit warms the server up.
    usable, priced, weights = zip(*visits[1:], strict=True)
    answer(usable=usable, priced=priced, kB=max(weights))


if __name__ == "__main__":
    main()
