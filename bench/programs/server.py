"""The server of `novelai serve`, asking the stub."""

from typing import Any

from novelai.server.app import create_app
from novelai.server.settings import Settings

__all__ = ["application"]


def application(base: str) -> Any:
    """Return the application for a stub at `base`."""
    return create_app(Settings(NOVELAI_API_KEY="pst-" + "0" * 64, NOVELAI_BASE_URL=base))
