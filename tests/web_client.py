"""What NovelAI's web client makes of inputs, kept as data."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "data" / "web-client"


def web_client(name: str) -> dict[str, Any]:
    """Return a table by its file's name; what its columns hold is among its ``fields``."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
