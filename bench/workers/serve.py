"""
One server at work: `python -m bench.workers.serve '{"program": "documented", …}'`.

Prints its port, then answers the command `usage` on standard input, and ends with it.
Every program also answers `/ping`, before it sees the request itself.
"""

import importlib
import os
import runpy
import threading
from typing import Any

import uvicorn

from bench.processes import ROOT
from bench.workers.job import answer, given, on_command, usage_so_far

EXAMPLES = {
    "documented": "10_fastapi_integration.py",
    "pieces": "15_fastapi_pieces.py",
}


class Pinged:
    """An application that answers `/ping` itself and gives all else to another."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer, or let the other answer."""
        if scope["type"] != "http" or scope["path"] != "/ping":
            await self._app(scope, receive, send)
            return
        headers = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"pong"})


def application(program: str, base: str) -> Any:
    """Return an example's application, or that of one of `bench.programs`."""
    if program in EXAMPLES:
        return runpy.run_path(str(ROOT / "examples" / EXAMPLES[program]))["app"]
    return importlib.import_module(f"bench.programs.{program}").application(base)


class Announcing(uvicorn.Server):
    """Says its port once it listens."""

    async def startup(self, sockets: Any = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        answer(port=self.servers[0].sockets[0].getsockname()[1])


def main() -> None:
    """Serve until standard input ends."""
    job = given()
    if job.get("keep_buffers"):
        from novelai.server.memory import keep_large_buffers

        keep_large_buffers()
    os.environ["NOVELAI_IMAGE_BASE"] = job["base"]
    app = Pinged(application(job["program"], job["base"]))
    server = Announcing(uvicorn.Config(app, port=0, log_level="error", access_log=False))

    def obey() -> None:
        on_command({"usage": usage_so_far})
        server.should_exit = True

    threading.Thread(target=obey, daemon=True).start()
    server.run()


if __name__ == "__main__":
    main()
