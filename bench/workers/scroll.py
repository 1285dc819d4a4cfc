"""
Somebody who scrolls a long gallery: `python -m bench.workers.scroll '{"link": "desk", …}'`.

Answers, for each way to scroll, with how long frames took and how much the document held. Nothing
is traced meanwhile: that alone makes frames of 200 ms.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
from playwright.sync_api import Page, sync_playwright

from bench.measure import percentile
from bench.workers.job import answer, given
from bench.workers.page import FLAGS, served

PICTURES = ("1girl, rain", "cat, window", "lake, sunset")
WAIT = {"Prefer": "wait=60"}
COPY = (
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
    "INSERT INTO images (id, position, {columns}) "
    "SELECT 'img_' || printf('%032x', n.i), n.i, {columns} FROM n JOIN images "
    "ON images.seq = 1 + n.i % 3"
)
WATCH = """() => {
    const seen = window.seen = { frames: [], tiles: 0, elements: 0 };
    let last = performance.now();
    const frame = (now) => {
        seen.frames.push(now - last);
        last = now;
        if (seen.frames.length % 8 === 0) {
            seen.tiles = Math.max(seen.tiles, document.querySelectorAll('[role=option]').length);
            seen.elements = Math.max(seen.elements, document.getElementsByTagName('*').length);
        }
        seen.next = requestAnimationFrame(frame);
    };
    seen.next = requestAnimationFrame(frame);
}"""
TOLD = """() => {
    cancelAnimationFrame(window.seen.next);
    const { frames, tiles, elements } = window.seen;
    return { frames: frames.slice(2), tiles, elements };
}"""
JUMP = """async (to) => {
    const screen = document.querySelector('main');
    const one = screen.scrollHeight > screen.clientHeight ? screen : document.scrollingElement;
    one.scrollTo(0, (one.scrollHeight - one.clientHeight) * to);
}"""
LONG = 51
"""Milliseconds: three frames of a screen that shows 60 a second, and a little for the clock."""

SHOWN = """() => {
    const tiles = [...document.querySelectorAll('[role=option]')];
    return tiles.every((tile) => tile.querySelector('img')?.complete);
}"""
LOOK = 1000
"""Milliseconds between the first screen and the first turn of the wheel."""

NOTCHES = 300
NOTCH = 120
"""Pixels of one notch of a wheel; they come at about 25 a second, a hand in a hurry."""

TURNS = 100
TURN = 600
"""Pixels of one turn of a wheel that is flung: with each most pictures in sight are others."""

JUMPS = (0.5, 0.02, 0.97, 0.33, 0.71, 0.12, 0.88, 0.0, 1.0, 0.45)
ENDS = 10
PAUSE = 120
"""Milliseconds between two jumps."""


@contextmanager
def gallery(rows: int) -> Iterator[str]:
    """Serve so many pictures, the rows of three again and again; gives the address."""
    with TemporaryDirectory() as folder, served(folder) as url:
        for prompt in PICTURES:
            body = {"params": {"prompt": prompt, "steps": 4}}
            sent = httpx2.post(f"{url}api/jobs", json=body, headers=WAIT, timeout=90)
            sent.raise_for_status()
        with sqlite3.connect(Path(folder) / "demo" / "novelai.db", timeout=20) as database:
            names = [row[1] for row in database.execute("PRAGMA table_info(images)")]
            columns = ", ".join(name for name in names if name not in {"seq", "id", "position"})
            database.execute(COPY.format(columns=columns), (rows - len(PICTURES),))
        yield url


def steady(page: Page) -> None:
    """Turn the wheel down by hand, and a little way back."""
    for turn in range(NOTCHES):
        page.mouse.wheel(0, NOTCH if turn % 10 else -NOTCH)


def flung(page: Page) -> None:
    """Fling the wheel."""
    for turn in range(TURNS):
        page.mouse.wheel(0, TURN if turn % 10 else -TURN)


def leaps(page: Page) -> None:
    """Press End again and again, then drag the scroll bar to and fro."""
    page.get_by_role("listbox").focus()
    for _ in range(ENDS):
        page.keyboard.press("End")
        page.wait_for_timeout(PAUSE)
    for place in JUMPS * 3:
        page.evaluate(JUMP, place)
        page.wait_for_timeout(PAUSE)


def watched(page: Page, act: Callable[[Page], None]) -> dict[str, Any]:
    """Scroll; gives what frames took in milliseconds, and how much was in the document."""
    page.evaluate(WATCH)
    act(page)
    told = page.evaluate(TOLD)
    frames = told["frames"]
    return {
        "frames": len(frames),
        "longest": max(frames),
        "p99": percentile(frames, 0.99),
        "long": sum(frame > LONG for frame in frames),
        "tiles": told["tiles"],
        "elements": told["elements"],
    }


def main() -> None:
    """Fill, open, scroll, answer."""
    job = given()
    phone = job["link"] == "phone"
    size = {"width": 360, "height": 740} if phone else {"width": 1280, "height": 800}
    with gallery(job["rows"]) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=job["chromium"], args=FLAGS)
        page = browser.new_page(viewport=size, locale="en-US")
        page.goto(f"{url}gallery")
        page.get_by_role("option").nth(8).wait_for()
        page.wait_for_function(SHOWN)
        page.wait_for_timeout(LOOK)
        page.mouse.move(size["width"] / 2, size["height"] / 2)
        if phone:
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        ways = {"steady": steady, "flung": flung, "leaps": leaps}
        found = {name: watched(page, way) for name, way in ways.items()}
        browser.close()
    answer(**found)


if __name__ == "__main__":
    main()
