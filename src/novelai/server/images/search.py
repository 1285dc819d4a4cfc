"""What people type into the search box, as each database's full-text search wants it.

Words must all be there; ``-word`` must not; ``"two words"`` must follow each other.
"""

import re

from sqlalchemy import ColumnElement, text
from sqlalchemy.ext.asyncio import AsyncConnection

__all__ = ["matches", "terms"]

TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')


def terms(query: str) -> tuple[list[str], list[str]]:
    """The words and phrases that must be there, and those that must not."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in TERM.findall(query):
        found = " ".join(re.findall(r"\w+", phrase or word))
        if found:
            (unwanted if minus else wanted).append(found)
    return wanted, unwanted


def matches(connection: AsyncConnection, query: str) -> list[ColumnElement[bool]]:
    """Conditions on the images table; none when nothing was typed."""
    wanted, unwanted = terms(query)
    if connection.dialect.name == "postgresql":
        typed = [f'"{term}"' for term in wanted] + [f'-"{term}"' for term in unwanted]
        if not typed:
            return []
        condition = text("images.words @@ websearch_to_tsquery('simple', :typed)")
        return [condition.bindparams(typed=" ".join(typed))]  # pyright: ignore[reportReturnType]
    conditions: list[ColumnElement[bool]] = []
    for index, (negation, found) in enumerate((("", wanted), ("NOT ", unwanted))):
        if found:
            joined = (" OR " if negation else " AND ").join(f'"{term}"' for term in found)
            condition = text(
                f"images.seq {negation}IN "  # noqa: S608 - two constant words
                f"(SELECT rowid FROM images_text WHERE images_text MATCH :typed{index})"
            )
            conditions.append(
                condition.bindparams(**{f"typed{index}": joined})  # pyright: ignore[reportArgumentType]
            )
    return conditions
