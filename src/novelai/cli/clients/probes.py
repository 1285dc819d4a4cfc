"""Ask a server what a program will ask it."""

from base64 import b64encode
from collections.abc import Sequence

import httpx2

from novelai._options import USER_AGENT
from novelai.cli.checkup.finding import Finding
from novelai.cli.checkup.reach import explain
from novelai.cli.clients.client import Client, Place, Probe

__all__ = ["list_entries", "probe_server"]

SECONDS = 15.0
PREFIX = 12
NO_KEY = "anything (this server asks for no key)"


def probe_server(
    client: Client, address: str, key: str, transport: httpx2.BaseTransport | None = None
) -> list[Finding]:
    """Ask everything that a program asks first, and return what is to be said about each answer.

    Args:
        client: the program.
        address: of the server, without a slash at the end.
        key: of the server; empty without one.
        transport: for tests and special networks.
    """
    findings: list[Finding] = []
    with httpx2.Client(transport=transport, timeout=SECONDS) as http:
        for probe in client.probes:
            try:
                findings.append(_ask(http, probe, address, key))
            except (httpx2.RequestError, httpx2.InvalidURL) as error:
                if not isinstance(error, httpx2.RequestError):
                    fix = "It looks like http://127.0.0.1:8000."
                    return [_failure(f"{address} is no address.", fix)]
                return [_failure(*explain(error, httpx2.URL(address)))]
    return findings


def list_entries(places: Sequence[Place], address: str, key: str) -> list[tuple[str, str]]:
    """List the places of a program and what goes into each."""
    shown = key_shown(key)
    return [(one.where, one.what.format(address=address, key=shown)) for one in places]


def key_shown(key: str) -> str:
    """Return a key as it may be shown: its first characters, by which it is listed, too."""
    return f"{key[:PREFIX]}…" if key else NO_KEY


def _ask(http: httpx2.Client, probe: Probe, address: str, key: str) -> Finding:
    answer = http.request(
        probe.method,
        f"{address}{probe.path}",
        json=probe.body,
        headers={"User-Agent": USER_AGENT, "Accept": probe.accept} | _fill_headers(probe, key),
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


def _fill_headers(probe: Probe, key: str) -> dict[str, str]:
    if not key or probe.auth == "none":
        return {}
    if probe.auth == "basic":
        return {"Authorization": f"Basic {b64encode(f'novelai:{key}'.encode()).decode()}"}
    return {"Authorization": f"Bearer {key}"}


def _document(answer: httpx2.Response) -> object:
    try:
        return answer.json()
    except ValueError:
        return None


def _failure(sentence: str, fix: str) -> Finding:
    return Finding(about="server", level="fail", sentence=sentence, fix=fix)
