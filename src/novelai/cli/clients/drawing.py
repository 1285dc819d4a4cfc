"""One picture, asked for as a program asks for it: only that shows that a set-up works.

It is asked for where it is free, and nowhere else.
"""

import zlib
from typing import Any

import httpx2

from novelai._options import USER_AGENT
from novelai.cli.checkup.finding import Finding
from novelai.cli.clients.client import Client
from novelai.cli.clients.pictures import PROMPT, SECONDS, NoPictureError

__all__ = ["draw_one"]

ABOUT = "picture"
COST = "X-Anlas-Cost"
BEGINNINGS = (b"\x89PNG", b"RIFF", b"\xff\xd8\xff")
LONGEST = 300

UNREADABLE = (NoPictureError, ValueError, LookupError, AttributeError, TypeError, zlib.error)
"""What comes of an answer in which the program does not find its picture."""


class _RefusedError(Exception):
    pass


def draw_one(http: httpx2.Client, client: Client, headers: dict[str, str]) -> Finding:
    """Ask for a picture in a program's own way, if that is free, and say what came of it.

    Args:
        http: whose base address is the server's.
        client: the program.
        headers: how the program shows its key.
    """
    query = {"prompt": PROMPT, **client.picture.priced}
    price = http.get("/api/cost", params=query, headers=headers)
    reason = _why_not(price)
    if reason is not None:
        return _left_out(reason)
    spent: list[int] = []

    def ask(
        method: str,
        path: str,
        body: Any = None,
        *,
        accept: str = "application/json",
        shows_key: bool = True,
    ) -> httpx2.Response:
        more = {"User-Agent": USER_AGENT, "Accept": accept} | (headers if shows_key else {})
        answer = http.request(method, path, json=body, headers=more, timeout=SECONDS)
        if not answer.is_success:
            said = " ".join(answer.text.split())[:LONGEST]
            raise _RefusedError(f"{method} {answer.url.path} answers {answer.status_code}: {said}")
        if (cost := answer.headers.get(COST, "")).isdecimal():
            spent.append(int(cost))
        return answer

    try:
        data = client.picture.draw(ask)
    except _RefusedError as error:
        return _failure(str(error), "The sentence says why; nothing was charged.")
    except UNREADABLE as error:
        missing = str(error) if isinstance(error, NoPictureError) else "what it reads"
        return _failure(f"The answer lacks {missing}.", "See the log of the server.")
    if not data.startswith(BEGINNINGS):
        return _failure("What came is no picture.", "See the log of the server.")
    if any(spent):
        return _failure(f"The picture cost {sum(spent)} Anlas.", "Please report this: it is a bug.")
    sentence = f"Drawn as {client.title} asks for it: {len(data):,} bytes, free."
    return Finding(about=ABOUT, level="ok", sentence=sentence)


def _why_not(price: httpx2.Response) -> str | None:
    """Return why nothing is to be tried, if that is so."""
    if not price.is_success:
        return f"its price is not known, GET /api/cost answers {price.status_code}"
    document = price.json()
    if document.get("free") is True:
        return None
    anlas = document.get("anlas")
    said = "its price is not known" if anlas is None else f"it would cost {anlas} Anlas"
    warnings = [str(one) for one in document.get("warnings") or ()]
    return " ".join((said, *(f"({one.rstrip('.')})" for one in warnings[:1])))


def _left_out(reason: str) -> Finding:
    return Finding(
        about=ABOUT,
        level="warn",
        sentence=f"None was tried: {reason}.",
        fix="Pictures are free on Opus, up to 28 steps and 1,048,576 pixels. Ask for one in the "
        "program itself when you are ready to pay for it.",
    )


def _failure(sentence: str, fix: str) -> Finding:
    return Finding(about=ABOUT, level="fail", sentence=sentence, fix=fix)
