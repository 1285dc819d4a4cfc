"""Keeps the C library from mapping and unmapping memory for every picture."""

import ctypes
import sys

__all__ = ["keep_large_buffers"]

M_TRIM_THRESHOLD = -1
M_MMAP_THRESHOLD = -3
LARGEST_MMAP_THRESHOLD = 32 * 1024 * 1024
"""glibc refuses more on 64-bit machines."""


def keep_large_buffers() -> bool:
    """Let glibc reuse buffers of megabytes instead of returning each to the system.

    Pictures come and go as buffers of one to ten megabytes; by default each is mapped afresh, which
    costs more CPU time than everything else the server does with it. Resident memory stays at the
    peak instead of falling after each picture.

    Returns:
        whether it was set; other systems than Linux with glibc need it not.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(
        mallopt(M_MMAP_THRESHOLD, LARGEST_MMAP_THRESHOLD)
        and mallopt(M_TRIM_THRESHOLD, 4 * LARGEST_MMAP_THRESHOLD)
    )
