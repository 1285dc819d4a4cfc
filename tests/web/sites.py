"""Real servers for the browser: started as a person starts them, emptied between tests."""

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import dev
import httpx2
from tests.cli.processes import Program, running

from novelai.server.keys.service import LOCAL
from novelai.server.lifespan import open_from_settings
from novelai.server.model.key import Limits
from novelai.server.settings import Settings

PATIENCE = 30.0
ROOT = Path(__file__).parents[2]


def eventually(true: Callable[[], Any], what: str) -> Any:
    """Wait until a function gives something true; gives that."""
    deadline = time.monotonic() + PATIENCE
    while not (found := true()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain: {what}")
        time.sleep(0.05)
    return found


class Site:
    """A running server: its address, its process, and its API for setting a scene."""

    def __init__(self, url: str, program: Program) -> None:
        self.url = url
        self.program = program
        self.key = ""
        self.free_key = ""
        self.api = httpx2.Client(base_url=url, timeout=PATIENCE)
        self.printed = re.search(r"Open (\S+)", program.output)[1]
        self.api.get(self.printed)  # as a browser does; the cookie is kept

    def jobs(self, state: str = "") -> list[dict[str, Any]]:
        """List the jobs, newest first, with their parameters."""
        answer = self.api.get(
            "/api/jobs", params={"full": 1, **({"state": state} if state else {})}
        )
        return answer.json()["jobs"]

    def made_by(self, act: Callable[[], Any]) -> dict[str, Any]:
        """Do something that orders a picture; give its job when it has succeeded."""
        job = self.ordered_by(act)

        def done() -> list[dict[str, Any]]:
            return [one for one in self.jobs("succeeded") if one["id"] == job["id"]]

        return eventually(done, "the picture")[0]

    def ordered_by(self, act: Callable[[], Any]) -> dict[str, Any]:
        """Do something that orders a picture; give its job."""
        known = {job["id"] for job in self.jobs()}
        act()

        def fresh() -> list[dict[str, Any]]:
            return [job for job in self.jobs() if job["id"] not in known]

        return eventually(fresh, "the order")[0]

    def pause(self, *, paused: bool = True) -> None:
        """Let the queue rest, or go on."""
        self.api.post("/api/queue", json={"paused": paused}).raise_for_status()

    def order(self, prompt: str, **params: Any) -> dict[str, Any]:
        """Order a picture through the API."""
        answer = self.api.post("/api/jobs", json={"params": {"prompt": prompt, **params}})
        return answer.raise_for_status().json()

    def picture(self, prompt: str = "1girl, cat ears", **params: Any) -> dict[str, Any]:
        """Order a picture and wait for it; gives the picture."""
        body = {"params": {"prompt": prompt, "size": [512, 768], "steps": 4, **params}}
        answer = self.api.post("/api/jobs", json=body, headers={"Prefer": "wait=20"})
        return answer.raise_for_status().json()["images"][0]

    def is_idle(self) -> bool:
        """Whether nothing waits and nothing runs."""
        state = self.api.get("/api/state").json()
        return not state["queue"] and not state["running"]

    def empty(self) -> None:
        """Bring the queue and the draft to where a new day starts."""
        self.api.delete("/api/jobs").raise_for_status()
        self.pause(paused=False)
        eventually(self.is_idle, "the queue to become empty")
        revision = self.api.get("/api/draft").json()["revision"]
        self.api.put("/api/draft", json={"document": None, "revision": revision})

    def draft(self) -> dict[str, Any]:
        """Give the stored draft; an empty one when there is none."""
        return self.api.get("/api/draft").json()["document"] or {}


def address_of(program: Program) -> str:
    """Wait until a server says where it is; on a busy machine its start takes a while."""
    for patience in range(3):
        try:
            return program.wait_for(r"Open (http://127\.0\.0\.1:\d+)/")[1]
        except AssertionError:
            if patience == 2 or program.process.poll() is not None:
                raise
    raise AssertionError


@contextmanager
def hosting(data: Path, *options: str, port: int = 0, **environment: str) -> Iterator[Site]:
    """Run `novelai serve` on a free port of this machine, with its data in a folder."""
    novelai = str(Path(sys.executable).parent / "novelai")
    command = [novelai, "serve", "--port", str(port), "--log-level", "info", *options]
    # Without colours in what it prints, and without pauses between two pictures.
    settings = {"NO_COLOR": "1", "NOVELAI_SERVER_PACING": "0", "NOVELAI_SERVER_DATA": str(data)}
    with running(*command, cwd=data, **{**settings, **environment}) as program:
        site = Site(address_of(program), program)
        try:
            yield site
        finally:
            site.api.close()


def new_key(data: Path, **limits: Any) -> str:
    """Make a key in the data of a server that is not running; gives its secret."""
    made: list[str] = []

    async def make() -> None:
        settings = Settings(demo=True, data=data, _env_file=None)
        async with open_from_settings(settings, work=False) as services:
            _, secret = await services.keys.create(LOCAL, "somebody", Limits(**limits))
            made.append(secret)

    # The browser's own event loop lives in this thread.
    thread = threading.Thread(target=anyio.run, args=(make,))
    thread.start()
    thread.join()
    return made[0]


def browser_path() -> str:
    """Return where Chromium is; `python3 dev.py test` installs it and says so in CHROMIUM."""
    found = dev.find_browser(os.environ)
    assert found, "no Chromium: `python3 dev.py test` says how to get one"
    return found
