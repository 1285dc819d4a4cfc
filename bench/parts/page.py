"""How soon the page can be used, and how smoothly its gallery scrolls, on a desk and a phone."""

import os
import shutil
from statistics import median
from typing import Any

from bench.processes import Worker
from bench.report import Table, Target
from bench.setting import Setting

__all__ = ["run"]

PHONE_LIMIT = 1500
"""Milliseconds until Generate can be pressed on the slow phone."""

ROWS = 20_000
WAYS = ("steady", "flung", "leaps")

TILES_LIMIT = 200

LINKS = ("desk", "phone")
"""The phone has a processor 4 times slower, 1.6 Mbit/s and 150 ms; caches are empty."""


def run(setting: Setting) -> list[Table]:
    """Open the page with empty caches, and scroll; needs Chromium and the built page."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        return []
    return [_start(setting, chromium), _scroll(setting, chromium)]


def _start(setting: Setting, chromium: str) -> Table:
    table = Table(
        "The page: from nothing to a Generate button, then with its price",
        ["link", "ms to the button", "ms to the price", "kB of scripts and styles"],
    )
    for link in LINKS:
        order = {"link": link, "visits": setting.starts, "chromium": chromium}
        with Worker("page", order, env=setting.env) as worker:
            answer = worker.answer()
        usable, priced = median(answer["usable"]), median(answer["priced"])
        table.rows.append((link, usable, priced, answer["kB"]))
        if link == "phone":
            table.targets.append(
                Target("Generate usable on a phone", usable, PHONE_LIMIT, unit="ms")
            )
    return table


def _scroll(setting: Setting, chromium: str) -> Table:
    table = Table(
        f"The gallery of {ROWS:,} pictures, scrolled",
        [
            "how",
            "frames",
            "p99 ms",
            "longest ms",
            "over 50 ms",
            "tiles at most",
            "elements at most",
        ],
    )
    for link in LINKS:
        order = {"link": link, "rows": ROWS, "chromium": chromium}
        rounds: list[dict[str, Any]] = []
        for _ in range(setting.rounds):
            with Worker("scroll", order, env=setting.env) as worker:
                rounds.append(worker.answer())
        for way in WAYS:
            found = {name: median(one[way][name] for one in rounds) for name in rounds[0][way]}
            table.rows.append(
                (
                    f"{link}, {way}",
                    found["frames"],
                    found["p99"],
                    found["longest"],
                    found["long"],
                    found["tiles"],
                    found["elements"],
                )
            )
            table.targets.append(
                Target(f"{link}, {way}: tiles", found["tiles"], TILES_LIMIT, unit="")
            )
            if (link, way) == ("desk", "steady"):
                table.targets.append(Target("frames over 50 ms", found["long"], 0, unit=""))
    return table
