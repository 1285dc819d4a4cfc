"""How soon the page can be used, on a desk and on a phone."""

import os
import shutil
from statistics import median

from bench.processes import Worker
from bench.report import Table, Target
from bench.setting import Setting

__all__ = ["run"]

PHONE_LIMIT = 1500
"""Milliseconds until Generate can be pressed on the slow phone."""

LINKS = ("desk", "phone")
"""The phone has a processor 4 times slower, 1.6 Mbit/s and 150 ms; caches are empty."""


def run(setting: Setting) -> list[Table]:
    """Open the page several times with empty caches; needs Chromium and the built page."""
    table = Table(
        "The page: from nothing to a Generate button, then with its price",
        ["link", "ms to the button", "ms to the price", "kB of scripts and styles"],
    )
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        return [table]
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
    return [table]
