"""Ask a server what a program will ask it, and for a picture as the program does."""

import time
from base64 import b64encode
from collections.abc import Callable, Sequence
from typing import Any

import httpx2

from novelai._options import USER_AGENT
from novelai.cli.checkup.finding import Finding
from novelai.cli.checkup.reach import explain
from novelai.cli.clients.client import Auth, Client, Place, Probe
from novelai.cli.clients.drawing import draw_one
from novelai.cli.clients.shapes import has

__all__ = ["examine_server", "key_shown", "list_entries"]

SECONDS = 15.0
PREFIX = 12
MOST_REFUSALS = 5
NO_KEY = "anything (this server asks for no key)"


def examine_server(
    client: Client,
    address: str,
    key: str,
    transport: httpx2.BaseTransport | None = None,
    *,
    clock: Callable[[], float] = time.time,
) -> list[Finding]:
    """Do at a server what a program does, and return what is to be said about it.

    It is asked what the program asks first; if that is answered, a picture that is free is drawn in
    the program's own way. What the key was refused lately comes last.

    Args:
        client: the program.
        address: of the server, without a slash at the end.
        key: of the server; empty without one.
        transport: for tests and special networks.
        clock: unix seconds.
    """
    headers = show_key(client.probes[0].auth, key)
    try:
        with httpx2.Client(base_url=address, transport=transport, timeout=SECONDS) as http:
            refused = list_refusals(http, headers, clock())  # before there are some of this
            findings = [_ask(http, probe, key) for probe in client.probes]
            if all(finding.level != "fail" for finding in findings):
                findings.append(draw_one(http, client, headers))
    except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
        fix = "It looks like http://127.0.0.1:8000."
        return [_failure(f"{address} is no address.", fix)]
    except httpx2.RequestError as error:
        return [_failure(*explain(error, httpx2.URL(address)))]
    return [*findings, *refused]


def list_entries(places: Sequence[Place], address: str, key: str) -> list[tuple[str, str]]:
    """List the places of a program and what goes into each; the key stands there as it is given."""
    return [(one.where, one.what.format(address=address, key=key)) for one in places]


def key_shown(key: str) -> str:
    """Return a key as it may be shown: its first characters, by which it is listed, too."""
    return f"{key[:PREFIX]}…" if key else NO_KEY


def show_key(auth: Auth, key: str) -> dict[str, str]:
    """Return the headers in which a program shows its key."""
    if not key or auth == "none":
        return {}
    if auth == "basic":
        return {"Authorization": f"Basic {b64encode(f'novelai:{key}'.encode()).decode()}"}
    return {"Authorization": f"Bearer {key}"}


def list_refusals(http: httpx2.Client, headers: dict[str, str], now: float) -> list[Finding]:
    """Return what a key was refused lately, the latest first; nothing where that is not known."""
    answer = http.get("/api/refusals", headers={"User-Agent": USER_AGENT} | headers)
    document: Any = _document(answer)
    if not answer.is_success or not has("refusals")(document):
        return []
    refused: list[dict[str, Any]] = document["refusals"]
    return [
        Finding(
            about="refused",
            level="warn",
            sentence=f"{_ago(now - one['at'])}, {one['request']}: {one['status']} {one['code']}",
            fix=one["detail"],
        )
        for one in refused[:MOST_REFUSALS]
    ]


def _ago(seconds: float) -> str:
    for length, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= length:
            return f"{seconds // length:.0f} {name} ago"
    return "just now"


def _ask(http: httpx2.Client, probe: Probe, key: str) -> Finding:
    answer = http.request(
        probe.method,
        probe.path,
        json=probe.body,
        headers={"User-Agent": USER_AGENT, "Accept": probe.accept} | show_key(probe.auth, key),
    )
    asked = f"{probe.method} {probe.path}"
    if answer.status_code == probe.status:
        if not probe.shape(_document(answer)):
            return _failure(
                f"{asked} answers without {probe.reads}.", "Update the server: it is another one."
            )
        return Finding(about="server", level="ok", sentence=f"{asked} answers: {probe.reads}.")
    if answer.status_code == 401:
        fix = "Set NOVELAI_API_KEY to a key of this server: novelai keys create NAME"
        return _failure(f"{asked} asks for a key, or does not know this one.", fix)
    if answer.status_code == 403:
        return _failure(f"{asked} is not allowed.", "Give the key the scopes generate and read.")
    if answer.status_code == 404:
        fix = "Check the address: is it a server of this package, and not NovelAI's?"
        return _failure(f"{asked} is not there.", fix)
    return _failure(f"{asked} answers {answer.status_code}.", "See the log of the server.")


def _document(answer: httpx2.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None


def _failure(sentence: str, fix: str) -> Finding:
    return Finding(about="server", level="fail", sentence=sentence, fix=fix)
