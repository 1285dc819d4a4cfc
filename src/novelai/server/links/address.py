"""How the server is reached from outside."""

from starlette.requests import Request

from novelai.server.settings import Settings

__all__ = ["public_base"]


def public_base(request: Request, settings: Settings) -> str:
    """Return the address in front of a path: the setting, or the one the caller used."""
    return (settings.public_url or str(request.base_url)).rstrip("/")
