"""How many files and connections the process may have open, and who may read what it makes."""

import os

__all__ = ["keep_private", "raise_file_limit"]

WANTED = 65_536


def raise_file_limit(wanted: int = WANTED) -> None:
    """Take as many open files as the system lets the process have, up to a number.

    Many systems begin with 1,024, and each open page, socket and half-sent request is one.
    """
    try:
        import resource  # not everywhere
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def keep_private() -> None:
    """Let whatever the process makes be for its own user alone: it holds prompts and pictures."""
    os.umask(0o077)
