"""What a process has used so far, and the figures made of many readings."""

import re
import resource
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Usage", "percentile", "usage"]

STATUS = Path("/proc/self/status")


@dataclass(frozen=True, slots=True)
class Usage:
    """What this process has used since it began.

    Attributes:
        cpu_ms: CPU time of all its threads, user and system, in milliseconds.
        peak_mb: the most memory it ever had resident, in megabytes (10**6 bytes).
        resident_mb: what it has resident now, where the system tells; else the peak.
    """

    cpu_ms: float
    peak_mb: float
    resident_mb: float


def usage() -> Usage:
    """Read the usage of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    resident = peak
    if STATUS.exists():
        # On Linux `ru_maxrss` begins with the peak of the process that started this one.
        status = STATUS.read_text("utf-8")
        peak, resident = _kilobytes(status, "VmHWM") * 1024, _kilobytes(status, "VmRSS") * 1024
    return Usage(
        cpu_ms=(used.ru_utime + used.ru_stime) * 1000,
        peak_mb=peak / 1e6,
        resident_mb=resident / 1e6,
    )


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0 to 1) of all values do not exceed; 0 of none."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0


def _kilobytes(status: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else 0
