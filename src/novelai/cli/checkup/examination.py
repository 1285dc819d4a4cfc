"""Everything the doctor looks at, in an order in which one fault explains the next."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import httpx2

from novelai.cli.checkup.account import account_findings
from novelai.cli.checkup.address import addresses
from novelai.cli.checkup.finding import Finding
from novelai.cli.checkup.installation import installation_findings
from novelai.cli.checkup.key import key_finding
from novelai.cli.checkup.reach import reach

__all__ = ["examine"]


def examine(
    environment: Mapping[str, str],
    version_of: Callable[[str], str | None],
    required: Iterable[str],
    transport: httpx2.BaseTransport | None = None,
) -> list[Finding]:
    """Look at installation, key, addresses, network and account.

    A key that cannot be one is not sent anywhere: it may be some other secret.

    Args:
        environment: the environment variables.
        version_of: the version of an installed distribution, or ``None``.
        required: what this distribution requires, as its metadata lists it.
        transport: for tests and special networks.
    """
    places = addresses(environment)
    key = key_finding(environment.get("NOVELAI_API_KEY"), own_host=places.own_host)
    findings = [*installation_findings(version_of, required), key, *places.findings]
    results = {
        base: reach(base, environment, transport) for base in dict.fromkeys(places.bases.values())
    }
    pictures = places.bases.get("image")
    findings += [
        result.finding if base == pictures else unnecessary(result.finding)
        for base, result in results.items()
    ]
    if key.level != "fail" and pictures and results[pictures].reached:
        findings += account_findings(environment["NOVELAI_API_KEY"], places, transport)
    return findings


def unnecessary(finding: Finding) -> Finding:
    """Return the same about a host that only texts and voices need."""
    if finding.level != "fail":
        return finding
    return replace(finding, level="warn", sentence=f"{finding.sentence} Texts or voices need it.")
