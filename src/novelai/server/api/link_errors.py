"""A refusal as a small picture: where a page embeds a link, nothing else would be seen."""

import textwrap
from xml.sax.saxutils import escape

from starlette.requests import Request
from starlette.responses import Response

from novelai.server.model.problems import ProblemError

__all__ = ["explain_in_image", "wants_image"]

WIDTH = 34
LINE = 26


def wants_image(request: Request) -> bool:
    """Return whether this is asked for by an image element."""
    accept = request.headers.get("accept", "")
    return "image/" in accept and "text/html" not in accept and "json" not in accept


def explain_in_image(error: ProblemError) -> Response:
    """Return the sentence of a refusal as an SVG with its status."""
    lines = textwrap.wrap(error.detail, WIDTH)[:9]
    texts = "".join(
        f'<text x="208" y="{160 + LINE * row}">{escape(line)}</text>'
        for row, line in enumerate(lines)
    )
    body = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="416" height="608" viewBox="0 0 416 608">'
        '<rect width="416" height="608" fill="#1d1d26"/><g fill="#e6e3d8" text-anchor="middle" '
        f'font-family="sans-serif" font-size="19">{texts}</g></svg>'
    )
    headers = dict(error.headers) | {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, error.status, headers, media_type="image/svg+xml")
