"""Whether the package is installed as it should be."""

import platform
import re
from collections.abc import Callable, Iterable
from importlib.metadata import PackageNotFoundError, requires, version

from novelai._version import __version__
from novelai.cli.checkup.finding import Finding

__all__ = ["find_version", "installation_findings", "requirements"]

DISTRIBUTION = "novelai-fastapi"
RIVAL = "novelai-sdk"
EVERYTHING = "all"
"""The extra that only joins the others."""
OPTIONAL = re.compile(r"""(?P<name>[\w.-]++)[^;]*+;\s*extra\s*==\s*["'](?P<extra>[\w-]+)["']""")
"""A requirement of one extra. Those with further conditions do not apply everywhere: left out."""


def find_version(distribution: str) -> str | None:
    """Return the version of an installed distribution, or ``None``."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def requirements() -> list[str]:
    """List the requirements of this distribution; none when it runs from its source folder."""
    try:
        return requires(DISTRIBUTION) or []
    except PackageNotFoundError:
        return []


def installation_findings(
    version_of: Callable[[str], str | None], required: Iterable[str]
) -> list[Finding]:
    """Judge versions, clashes and optional parts.

    Args:
        version_of: the version of an installed distribution, or ``None``.
        required: what this distribution requires, as its metadata lists it.
    """
    found = [
        Finding(
            about="installation",
            level="ok",
            sentence=f"{DISTRIBUTION} {__version__}, Python {platform.python_version()}, "
            f"httpx2 {version_of('httpx2')}.",
        )
    ]
    if (rival := version_of(RIVAL)) is not None:
        found.append(
            Finding(
                about="installation",
                level="fail",
                sentence=f"{RIVAL} {rival} is installed beside it; both are imported as novelai.",
                fix=f"pip uninstall {RIVAL}, then pip install --force-reinstall {DISTRIBUTION}",
            )
        )
    found += missing_parts(version_of, required)
    return found


def missing_parts(
    version_of: Callable[[str], str | None], required: Iterable[str]
) -> list[Finding]:
    """List the optional parts that cannot work, and those that can."""
    missing: dict[str, list[str]] = {}
    for line in required:
        found = OPTIONAL.match(line)
        if found and found["name"] != DISTRIBUTION and found["extra"] != EVERYTHING:
            absent = missing.setdefault(found["extra"], [])
            if version_of(found["name"]) is None:
                absent.append(found["name"])
    present = sorted(extra for extra, absent in missing.items() if not absent)
    findings = [
        Finding(
            about="parts",
            level="ok",
            sentence=f"The optional part {extra} is not installed: it needs {', '.join(absent)}.",
            fix=f"If you want it: pip install '{DISTRIBUTION}[{extra}]'",
        )
        for extra, absent in sorted(missing.items())
        if absent
    ]
    if present:
        sentence = f"Optional parts that are installed: {', '.join(present)}."
        findings.insert(0, Finding(about="parts", level="ok", sentence=sentence))
    return findings
