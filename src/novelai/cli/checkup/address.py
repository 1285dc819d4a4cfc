"""Where the SDK will send its requests, and whether that can be right."""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from httpx2 import URL

from novelai._config import DEFAULT_BASES, Config
from novelai._wire import Host
from novelai.cli.checkup.finding import Finding
from novelai.errors import ConfigurationError

__all__ = ["Addresses", "addresses"]

NOVELAI = "novelai.net"
FORMER_HOST = "api.novelai.net"
BACK_TO_NORMAL = "Unset {name} to use NovelAI's own addresses."


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where requests go.

    Attributes:
        bases: base URL of each host; empty when one of them is no URL.
        findings: what is to be said about them.
    """

    bases: Mapping[Host, str]
    findings: tuple[Finding, ...]

    @property
    def own_host(self) -> bool:
        """Return whether the key goes to NovelAI itself."""
        return not self.bases or is_novelai(URL(self.bases["image"]).host)


def addresses(environment: Mapping[str, str]) -> Addresses:
    """Read and judge the addresses.

    Args:
        environment: the environment variables.
    """
    try:
        # Only the addresses are asked for: the key is judged on its own.
        bases = Config.read(environment, api_key="pst-").bases
    except ConfigurationError as error:
        fix = "Write a whole address, for example: export NOVELAI_BASE_URL=http://127.0.0.1:8787"
        finding = Finding(about="address", level="fail", sentence=error.message, fix=fix)
        return Addresses(bases={}, findings=(finding,))
    if bases == DEFAULT_BASES:
        sentence = "Requests go to NovelAI's own addresses."
        finding = Finding(about="address", level="ok", sentence=sentence)
    else:
        finding = judge_address(bases["image"], variable(environment))
    return Addresses(bases=bases, findings=(finding,))


def judge_address(base: str, name: str) -> Finding:
    """Judge the address of pictures and account.

    Args:
        base: the address.
        name: the variable it comes from.
    """
    host = URL(base).host
    level, sentence, fix = "ok", f"Requests go to {base}, as {name} says.", ""
    if host == FORMER_HOST:
        level = "fail"
        sentence = f"{name} names {host}, which serves pictures and accounts no more."
        fix = f"{BACK_TO_NORMAL.format(name=name)} Pictures are at {DEFAULT_BASES['image']}."
    elif host in (NOVELAI, f"www.{NOVELAI}"):
        level = "fail"
        sentence = f"{name} names {host}, which is the web site and not the API."
        fix = BACK_TO_NORMAL.format(name=name)
    elif base.startswith("http:") and not is_here(host):
        level = "warn"
        sentence = f"{name} names {base}: the key travels there unencrypted."
        fix = "Use https, or a server on this machine."
    return Finding(about="address", level=level, sentence=sentence, fix=fix)


def variable(environment: Mapping[str, str]) -> str:
    """Return the variable that decides where pictures come from."""
    own = "NOVELAI_IMAGE_BASE"
    return own if environment.get(own, "").strip() else "NOVELAI_BASE_URL"


def is_novelai(host: str) -> bool:
    """Return whether a host is NovelAI's."""
    return host == NOVELAI or host.endswith(f".{NOVELAI}")


def is_here(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
