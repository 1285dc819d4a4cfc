"""The page: static files under a strict content security policy."""

from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

__all__ = ["mount_page"]

FRONT = Path(__file__).parent / "front"
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def mount_page(app: FastAPI, *, demo: bool) -> None:
    """Serve the page at ``/`` and its files under ``/front``."""
    html = (FRONT / "index.html").read_text(encoding="utf-8")
    html = html.replace("<body>", f'<body data-demo="{str(demo).lower()}">')

    @app.get("/", include_in_schema=False)
    async def front() -> HTMLResponse:
        return HTMLResponse(html, headers=HEADERS)

    app.mount("/front", StaticFiles(directory=FRONT), name="front")
