"""Find out whether anything answers at an address, and what it is."""

import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpx2

from novelai._options import USER_AGENT
from novelai.cli.checkup.finding import Finding

__all__ = ["reach"]

SECONDS = 10.0
EMULATOR = "novelai.emulator"
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachResult:
    """Tell what came of asking one address.

    Attributes:
        reached: something answered.
        finding: what is to be said about it.
    """

    reached: bool
    finding: Finding


def reach(
    base: str, environment: Mapping[str, str], transport: httpx2.BaseTransport | None = None
) -> ReachResult:
    """Ask for the front page of an address, without the key.

    Args:
        base: the address.
        environment: read for proxies, which explain failures.
        transport: for tests and special networks.
    """
    try:
        with httpx2.Client(transport=transport, timeout=SECONDS) as http:
            answer = http.get(f"{base}/", headers={"User-Agent": USER_AGENT})
    except httpx2.RequestError as error:
        sentence, fix = explain(error, httpx2.URL(base))
        if named := proxy(environment):
            fix += f" {named} is set: requests go through that proxy."
        return ReachResult(
            reached=False,
            finding=Finding(about="network", level="fail", sentence=sentence, fix=fix),
        )
    if is_emulator(answer):
        finding = Finding(
            about="network",
            level="warn",
            sentence=f"An emulator answers at {base}: pictures are drawn, nothing is charged.",
            fix="Unset NOVELAI_BASE_URL to use NovelAI itself.",
        )
    else:
        finding = Finding(about="network", level="ok", sentence=f"{base} answers.")
    return ReachResult(reached=True, finding=finding)


def is_emulator(answer: httpx2.Response) -> bool:
    """Return whether a front page is that of `novelai.emulator`."""
    try:
        document: object = answer.json()
    except ValueError:
        return False
    return isinstance(document, dict) and EMULATOR in document.values()  # pyright: ignore[reportUnknownArgumentType]


def explain(error: httpx2.RequestError, url: httpx2.URL) -> tuple[str, str]:
    """Explain why a request did not arrive, and what to do."""
    causes = list(chain(error))
    place = f"{url.host}:{url.port}" if url.port else url.host
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return (
            f"The name {url.host} cannot be looked up.",
            "Check its spelling, and whether this machine has a network connection.",
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return (
            f"Nothing listens at {place}: the connection was refused.",
            "Start the server that should be there, or correct the address.",
        )
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return (
            f"No secure connection to {place}: its certificate is not accepted.",
            "Check this machine's clock, and whether a proxy replaces certificates.",
        )
    if isinstance(error, httpx2.TimeoutException):
        return (
            f"{place} did not answer within {SECONDS:.0f} seconds.",
            "Check the network connection and any firewall.",
        )
    return (
        f"{place} cannot be reached ({type(error).__name__}).",
        "Check the address and the network connection.",
    )


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those behind it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def proxy(environment: Mapping[str, str]) -> str:
    """Return the variable that names a proxy, if one is set."""
    names = (name for proxy in PROXIES for name in (proxy, proxy.lower()))
    return next((name for name in names if environment.get(name)), "")
