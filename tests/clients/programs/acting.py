"""What the programs here share: each runs the acts asked for and prints one line of JSON.

Address and key come from the environment. Nothing here knows the server.
"""

import asyncio
import inspect
import io
import json
import os
import struct
import sys
import traceback
from collections.abc import Callable
from importlib import metadata
from typing import Any
from urllib.request import urlopen

URL = os.environ["CLIENT_URL"]
KEY = os.environ["CLIENT_KEY"]
PROMPT = "1girl, cat ears"


def shown(data: bytes) -> str:
    """Return what a picture is, as its own first bytes tell: `PNG 832x1216`."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG {}x{}".format(*struct.unpack(">II", data[16:24]))
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    return "JPEG" if data.startswith(b"\xff\xd8\xff") else f"no picture: {data[:40]!r}"


def drawn(image: Any) -> str:
    """Return what a picture is that Pillow holds, as `shown` tells it of a file."""
    file = io.BytesIO()
    image.save(file, "PNG")
    return shown(file.getvalue())


def fetched(url: str) -> bytes:
    """Return what is at an address, as any program would fetch it."""
    with urlopen(url, timeout=60) as answer:
        return answer.read()


def told(error: BaseException) -> dict[str, str]:
    """Return what a person would see of an error, and of those that it hides."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return {"error": type(error).__name__, "said": str(error)}


def perform(package: str, **acts: Callable[[], Any]) -> None:
    """Run the acts named on the command line, print what came of each, and the version."""
    done = {}
    for name in sys.argv[1:]:
        try:
            outcome = acts[name]()
            done[name] = asyncio.run(outcome) if inspect.iscoroutine(outcome) else outcome
        except Exception as error:  # noqa: BLE001 - whatever the package raises is what is looked at
            traceback.print_exc()
            done[name] = told(error)
    line = {"package": package, "version": metadata.version(package), "acts": done}
    print(json.dumps(line), flush=True)
