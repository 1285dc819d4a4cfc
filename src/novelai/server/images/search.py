"""What people type into the search box, as each database's full-text search wants it.

Words must all be there; ``-word`` must not; ``"two words"`` must follow each other.
"""

import re
from typing import Any

from sqlalchemy import Integer, Select, column, table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.storage.tables import images

__all__ = ["matching", "terms"]

WORDS = table("images_text", column("rowid", Integer))

TERM = re.compile(r'(-?)(?:"([^"]*)"|(\S+))')
WORD = re.compile(r"\w+")


def terms(query: str) -> tuple[list[str], list[str]]:
    """Return the words and phrases that must be there, and those that must not."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for minus, phrase, word in TERM.findall(query):
        found = " ".join(WORD.findall(phrase or word))
        if found:
            (unwanted if minus else wanted).append(found)
    return wanted, unwanted


def matching(
    connection: AsyncConnection, chosen: Select[Any], query: str, before: int | None = None
) -> Select[Any]:
    """Pictures among those that were chosen, newest first.

    On SQLite the index of words leads: it gives pictures in their order, so that a page of a word
    that all of them have is found without looking at all of them.

    Args:
        connection: that will run it.
        chosen: from the images table.
        query: what was typed.
        before: only pictures whose `seq` is lower.
    """
    wanted, unwanted = terms(query)
    newest = images.c.seq.desc()
    if before is not None:
        chosen = chosen.where(images.c.seq < before)
    if not wanted and not unwanted:
        return chosen.order_by(newest)
    if connection.dialect.name == "postgresql":
        typed = [f'"{term}"' for term in wanted] + [f'-"{term}"' for term in unwanted]
        condition = text("images.words @@ websearch_to_tsquery('simple', :typed)")
        return chosen.where(condition.bindparams(typed=" ".join(typed))).order_by(newest)
    without = " OR ".join(f'"{term}"' for term in unwanted)
    if not wanted:
        condition = text(
            "images.seq NOT IN (SELECT rowid FROM images_text WHERE images_text MATCH :typed)"
        )
        return chosen.where(condition.bindparams(typed=without)).order_by(newest)
    typed = " AND ".join(f'"{term}"' for term in wanted) + (without and f" NOT ({without})")
    if before is not None:
        chosen = chosen.where(WORDS.c.rowid < before)
    return (
        chosen.join(WORDS, WORDS.c.rowid == images.c.seq)
        .where(text("images_text MATCH :typed").bindparams(typed=typed))
        .order_by(WORDS.c.rowid.desc())
    )
