"""Texts given on the command line."""

import sys

__all__ = ["read_text"]


def read_text(text: str) -> str:
    """Return a text as it was meant: ``-`` stands for what standard input holds."""
    return sys.stdin.read().strip() if text == "-" else text
