"""What was typed into the search box, as each database's full-text search wants it."""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    cast,
    column,
    exists,
    literal,
    not_,
    or_,
    select,
    table,
    text,
    union,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from novelai.server.images.index import quoted
from novelai.server.images.query import Column, Field, Query, Term
from novelai.server.storage.tables import images

__all__ = ["matching"]

COLUMNS: tuple[Column, ...] = ("wanted", "unwanted")
FOUND = table("images_words", column("rowid", BigInteger))
VERSIONS = images.alias("versions")
VECTORS = table("images_words", column("seq", BigInteger), *(column(name) for name in COLUMNS))


def matching(
    dialect: str, chosen: Select[Any], query: Query, before: int | None = None
) -> Select[Any]:
    """Pictures among those that were chosen, newest first.

    On SQLite the index of words leads: it gives pictures in their order, so that a page of a word
    that all of them have is found without looking at all of them.

    Args:
        dialect: of the database.
        chosen: from the images table.
        query: what was typed.
        before: only pictures whose `seq` is lower.
    """
    chosen = chosen.where(*map(_condition, query.fields))
    if before is not None:
        chosen = chosen.where(images.c.seq < before)
    if not query.terms:
        return chosen.order_by(images.c.seq.desc())
    if dialect == "postgresql":
        return _on_postgres(chosen, query.terms)
    return _on_sqlite(chosen, query.terms, before)


def _derived_of(image_id: str) -> ColumnElement[bool]:
    """Return which pictures are versions of one, or of a version of it."""
    return images.c.seq.in_(
        union(
            select(VERSIONS.c.seq).where(VERSIONS.c.stack == image_id),
            select(VERSIONS.c.seq).where(VERSIONS.c.derived_from == image_id),
        )
    )


def _condition(field: Field) -> ColumnElement[bool]:
    condition = CONDITIONS[field.name](field.value)
    # What is not known of a picture is not so.
    return condition if field.there else condition.is_not(True)


CONDITIONS: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "seed": lambda value: images.c.seed == value,
    "model": lambda value: images.c.model.in_(value),
    "size": lambda value: and_(images.c.width == value[0], images.c.height == value[1]),
    "door": lambda value: images.c.door == value,
    "from": _derived_of,
    "after": lambda value: images.c.created_at >= value,
    "before": lambda value: images.c.created_at < value,
}


def _on_sqlite(chosen: Select[Any], terms: tuple[Term, ...], before: int | None) -> Select[Any]:
    there = " AND ".join(_sqlite_phrase(term) for term in terms if term.there)
    without = " OR ".join(_sqlite_phrase(term) for term in terms if not term.there)
    if not there:
        condition = text(
            "images.seq NOT IN (SELECT rowid FROM images_words WHERE images_words MATCH :typed)"
        )
        return chosen.where(condition.bindparams(typed=without)).order_by(images.c.seq.desc())
    typed = f"({there}) NOT ({without})" if without else there
    if before is not None:
        chosen = chosen.where(FOUND.c.rowid < before)
    return (
        chosen.join(FOUND, FOUND.c.rowid == images.c.seq)
        .where(text("images_words MATCH :typed").bindparams(typed=typed))
        .order_by(FOUND.c.rowid.desc())
    )


def _sqlite_phrase(term: Term) -> str:
    words = " ".join(term.phrase.words).replace('"', '""')
    return f'({term.column} : "{words}"{" *" if term.phrase.begun else ""})'


def _on_postgres(chosen: Select[Any], terms: tuple[Term, ...]) -> Select[Any]:
    there = _vectors([term for term in terms if term.there], " & ")
    without = _vectors([term for term in terms if not term.there], " | ")
    same = VECTORS.c.seq == images.c.seq
    if there:
        chosen = chosen.join(VECTORS, same).where(*there, *(not_(one) for one in without))
    else:
        chosen = chosen.where(~exists().where(same, or_(*without)))
    return chosen.order_by(images.c.seq.desc())


def _vectors(terms: list[Term], between: str) -> list[ColumnElement[bool]]:
    """Return what each column has to match, its terms put together."""
    found: list[ColumnElement[bool]] = []
    for name in COLUMNS:
        typed = between.join(_postgres_phrase(term) for term in terms if term.column == name)
        if typed:
            found.append(VECTORS.c[name].op("@@")(cast(literal(typed, Text), TSQUERY)))
    return found


def _postgres_phrase(term: Term) -> str:
    words = " <-> ".join(map(quoted, term.phrase.words))
    return f"({words}{':*' if term.phrase.begun else ''})"
