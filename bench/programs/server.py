"""The server of `novelai serve`, asking the stub."""

import atexit
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from novelai.server.app import create_app
from novelai.server.settings import Settings

__all__ = ["application"]


def application(base: str) -> Any:
    """Return the application for a stub at `base`, with its data in a folder of its own."""
    folder = TemporaryDirectory(ignore_cleanup_errors=True)
    atexit.register(folder.cleanup)
    return create_app(
        Settings(NOVELAI_API_KEY="pst-" + "0" * 64, NOVELAI_BASE_URL=base, data=Path(folder.name))
    )
