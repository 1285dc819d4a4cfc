"""Usage as a table for spreadsheet programs."""

import csv
from collections.abc import Sequence
from io import StringIO

from novelai.server.usage.schemas import Group, UsageRowView

__all__ = ["csv_of"]

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet program takes for the beginning of a formula, and runs."""

NUMBERS = ("jobs", "images", "anlas", "allowance")


def csv_of(rows: Sequence[UsageRowView], by: Group) -> str:
    """The rows as CSV with a line of names; no text in it is taken for a formula."""
    names = (by, "name") if by == "key" else (by,)
    buffer = StringIO()
    writer = csv.writer(buffer)
    writer.writerow((*names, *NUMBERS))
    for row in rows:
        texts = (_harmless(getattr(row, name) or "") for name in names)
        writer.writerow((*texts, *(getattr(row, name) for name in NUMBERS)))
    return buffer.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
