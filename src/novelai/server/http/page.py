"""The page: its built files under a strict content security policy."""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.datastructures import Headers
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

__all__ = ["SCREENS", "mount_page"]

STATIC = Path(__file__).parents[1] / "static"
"""What `npm run build` in page/ writes; a wheel carries it."""

SCREENS = ("/", "/picture", "/queue", "/gallery", "/inspect", "/tools", "/settings", "/login")
"""The addresses of the screens: the page itself decides what each shows."""

LANGUAGES = ("en", "ja", "zh")

FILES = ("icon.svg", "manifest.webmanifest", "licenses.md")

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
INDEX_HEADERS = {**HEADERS, "Vary": "Accept, Accept-Language"}
# The name of an asset holds a hash of its contents: it never changes.
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}

MISSING = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>NovelAI server</title></head>
<body><h1>The page is not built</h1>
<p>The server runs, but the files of its page are not there. In a checkout, start it with
<code>python3 dev.py serve</code>, which builds them. The API is described at
<a href="/openapi.json">/openapi.json</a>.</p></body></html>
"""

VIEWER = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>NovelAI server: API</title>
<link rel="icon" href="/icon.svg"><link rel="stylesheet" href="/assets/{style}"></head>
<body><div id="viewer"></div>
<script src="/assets/{script}"></script><script src="/assets/{start}"></script></body></html>
"""
VIEWER_FILES = {
    "style": "viewer-*.css",
    "script": "viewer-*.js",
    "start": "start-viewer-*.js",
}


class _Assets(StaticFiles):
    """Files as they are, or as the build has packed them beside it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        takes = Headers(scope=scope).get("accept-encoding", "")
        packed = f"{path}.gz"
        if "gzip" not in takes or self.lookup_path(packed)[1] is None:
            return await super().get_response(path, scope)
        response = await super().get_response(packed, scope)
        response.headers["Content-Encoding"] = "gzip"
        response.headers["Vary"] = "Accept-Encoding"
        return response

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(FOREVER | {"X-Content-Type-Options": "nosniff"})
        return response


def mount_page(app: FastAPI, *, static: Path = STATIC) -> None:
    """Serve the page at the addresses of its screens, and its files under ``/assets``.

    At ``/docs`` is a viewer of the API's description, whose files are beside those of the page.

    Args:
        app: what gets the routes.
        static: the folder of built files; without them every screen says what is missing.
    """

    def screen(request: Request) -> Response:
        index = static / "index.html"
        if not index.is_file():
            return HTMLResponse(MISSING, status_code=503, headers=HEADERS)
        hint = _words(static, request.headers.get("accept-language", ""))
        text = index.read_text(encoding="utf-8").replace("</head>", f"{hint}</head>")
        return HTMLResponse(text, headers=INDEX_HEADERS)

    def docs() -> Response:
        names = {part: _find_asset(static, name) for part, name in VIEWER_FILES.items()}
        if not all(names.values()):
            return HTMLResponse(MISSING, status_code=503, headers=HEADERS)
        return HTMLResponse(VIEWER.format(**names), headers=HEADERS)

    app.add_api_route("/docs", docs, include_in_schema=False)
    for path in SCREENS:
        app.add_api_route(path, screen, include_in_schema=False)
    for name in FILES:
        app.add_api_route(f"/{name}", _file(static / name), include_in_schema=False)
    app.mount("/assets", _Assets(directory=static / "assets", check_dir=False), name="assets")


def _find_asset(static: Path, pattern: str) -> str | None:
    """Return the name of an asset, which holds a hash of its contents."""
    return next((path.name for path in sorted((static / "assets").glob(pattern))), None)


def _words(static: Path, wanted: str) -> str:
    """Name the words of the person's language, so that the browser fetches them at once.

    The page's own choice may be another one: then these wait for nothing, and the others come a
    little later.
    """
    bases = (part.split(";")[0].split("-")[0].strip().lower() for part in wanted.split(","))
    language = next((base for base in bases if base in LANGUAGES), LANGUAGES[0])
    names = sorted(path.name for path in (static / "assets").glob(f"{language}-*.js"))
    return "".join(
        f'<link rel="modulepreload" crossorigin href="/assets/{name}">' for name in names
    )


def _file(path: Path) -> Any:
    def answer() -> Response:
        if not path.is_file():
            return Response(status_code=404)
        return FileResponse(path, headers=HEADERS)

    return answer
