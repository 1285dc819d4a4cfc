"""
Settings being read: `python -m bench.workers.metadata '{"kind": "ours", "pictures": …}'`.

Says what it takes to read them from a file with text chunks, and from one without.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.measure import usage
from bench.workers.job import answer, given

PROMPT = "1girl, cat ears, maid"


def ours() -> Callable[[bytes], Any]:
    """Read with this package."""
    from novelai.metadata import extract_metadata

    return lambda data: extract_metadata(data).settings.prompt


def sdk() -> Callable[[bytes], Any]:
    """Read with novelai-sdk; whichever place it finds the settings in."""
    from io import BytesIO

    from PIL import Image

    from novelai.utils.metadata import extract_metadata

    def read(data: bytes) -> Any:
        found = extract_metadata(Image.open(BytesIO(data)))
        return str(found.png_info or found.alpha_info)

    return read


def cpu_ms(read: Callable[[bytes], Any], data: bytes, seconds: float) -> float:
    """Return the CPU time of one reading; the picture must tell its prompt."""
    if PROMPT not in str(read(data)):
        raise SystemExit("the settings were not found")
    done, before = 0, usage()
    until = time.perf_counter() + seconds
    while done == 0 or time.perf_counter() < until:
        read(data)
        done += 1
    return (usage().cpu_ms - before.cpu_ms) / done


if __name__ == "__main__":
    job = given()
    read = {"ours": ours, "sdk": sdk}[job["kind"]]()
    text, stealth = (
        (Path(job["pictures"]) / name).read_bytes() for name in ("text.png", "stealth.png")
    )
    answer(
        text_ms=cpu_ms(read, text, job["seconds"]),
        stealth_ms=cpu_ms(read, stealth, job["seconds"]),
    )
