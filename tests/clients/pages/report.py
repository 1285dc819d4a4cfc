"""What came of each step in a program's page: printed, drawn, and written down with the version."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page


class Report:
    """The steps of one run, in order, in a folder with a picture of the page after each.

    Attributes:
        page: the browser's page, once there is one.
        version: of the program.
    """

    def __init__(self, program: str, folder: Path) -> None:
        self.program = program
        self.folder = folder / program
        self.version = ""
        self.page: Page | None = None
        self.steps: dict[str, str] = {}
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Do one thing in the page; what goes wrong ends this step only."""
        problem = ""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever went wrong is written down
            problem = f"{type(error).__name__}: {error}"
        self.steps[name] = problem or "ok"
        if self.page:
            self.page.screenshot(path=self.folder / f"{len(self.steps):02}-{name}.png")
        print(f"{'FAILED' if problem else 'ok':6} {self.program}: {name}", flush=True)
        if problem:
            print(problem[:2_000], flush=True)

    def finish(self) -> int:
        """Write it down; gives an exit code."""
        told = {"program": self.program, "version": self.version, "steps": self.steps}
        (self.folder / "result.json").write_text(json.dumps(told, indent=2) + "\n", "utf-8")
        print(f"{self.program} {self.version}: see {self.folder}", flush=True)
        return 0 if {*self.steps.values()} == {"ok"} else 1
