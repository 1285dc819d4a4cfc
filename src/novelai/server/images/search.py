"""What was typed into the search box, as each database's full-text search wants it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    bindparam,
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
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, TSVECTOR

from novelai.server.images.query import Column, Field, Query, Term
from novelai.server.images.words import quoted
from novelai.server.storage.tables import images

__all__ = ["FEW", "counting", "leading", "matching"]

FEW = 2_000
"""So many pictures are sorted sooner than a few of them are found among all."""

COLUMNS: tuple[Column, ...] = ("wanted", "unwanted")
FOUND = table("images_words", column("rowid", BigInteger))
VERSIONS = images.alias("versions")
VECTORS = table(
    "images_words", column("seq", BigInteger), *(column(name, TSVECTOR) for name in COLUMNS)
)


def leading(dialect: str, query: Query) -> Select[Any] | None:
    """Return what finds the pictures that words are in, up to more than `FEW`.

    ``None`` where that need not be known before.

    Args:
        dialect: of the database.
        query: what was typed.
    """
    there = [term for term in query.terms if term.there]
    if dialect != "postgresql" or all(_is_common(term) for term in there):
        return None
    return select(VECTORS.c.seq).where(*_conditions(query.terms)).limit(FEW + 1)


def matching(
    dialect: str,
    chosen: Select[Any],
    query: Query,
    *,
    before: int | None = None,
    few: Sequence[int] | None = None,
    binned: bool = False,
) -> Select[Any]:
    """Pictures among those that were chosen, newest first.

    On SQLite the index of words leads: it gives pictures in their order, so that a page of a word
    that all of them have is found without looking at all of them. That of Postgres gives all that
    it finds: it leads where these are few; otherwise pictures are looked at from the newest on.

    Args:
        dialect: of the database.
        chosen: from the images table.
        query: what was typed.
        before: only pictures whose `seq` is lower.
        few: `seq` of the pictures that the words are in, where these are at most `FEW`.
        binned: those that were chosen are in the bin; otherwise none of them is.
    """
    chosen = chosen.where(*map(_condition, query.fields))
    if before is not None:
        chosen = chosen.where(images.c.seq < before)
    if not query.terms:
        return chosen.order_by(images.c.seq.desc())
    if dialect == "postgresql":
        return _on_postgres(chosen, query.terms, few=few, binned=binned)
    return _on_sqlite(chosen, query.terms, before)


def counting(
    dialect: str, chosen: Select[Any], query: Query, *, few: Sequence[int] | None = None
) -> Select[Any]:
    """All pictures that `matching` finds, to be counted: on Postgres in any order.

    Where nothing but words is asked for, these are put together with the pictures at once. How that
    is done best hangs on how many have them, so the planner is to see these very words each time.
    """
    if dialect != "postgresql":
        return matching(dialect, chosen, query)
    if few is None and not query.fields and any(term.there for term in query.terms):
        same = VECTORS.c.seq == images.c.seq
        return chosen.join(VECTORS, same).where(*_conditions(query.terms, seen=True))
    return matching(dialect, chosen, query, few=few).order_by(None)


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
    "model": images.c.model.in_,
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


def _on_postgres(
    chosen: Select[Any], terms: tuple[Term, ...], *, few: Sequence[int] | None, binned: bool
) -> Select[Any]:
    # When they were deleted, which none of them was, stands before that in the indexes: Postgres
    # does not see that their order is the wanted one unless it is asked for.
    newest = [*([] if binned else [images.c.deleted_at.desc()]), images.c.seq.desc()]
    same = VECTORS.c.seq == images.c.seq
    if few is not None:
        return chosen.where(images.c.seq == any_(literal(few, ARRAY(BigInteger)))).order_by(*newest)
    if not any(term.there for term in terms):
        return chosen.where(~exists().where(same, or_(*_vectors(terms, " | ")))).order_by(*newest)
    # Asked of each picture in its turn: the planner does not see how many have a word, and would
    # put together all of them for a few.
    asked = select(and_(*_conditions(terms))).where(same).scalar_subquery()
    return chosen.where(asked).order_by(*newest)


def _is_common(term: Term) -> bool:
    """Return whether so many words begin so that to put them together takes longer than to look."""
    return term.phrase.begun and len(term.phrase.words[-1]) == 1 and term.phrase.words[-1].isascii()


def _conditions(terms: tuple[Term, ...], *, seen: bool = False) -> list[ColumnElement[bool]]:
    there = _vectors([term for term in terms if term.there], " & ", seen=seen)
    without = _vectors([term for term in terms if not term.there], " | ", seen=seen)
    return [*there, *(not_(one) for one in without)]


def _vectors(
    terms: Sequence[Term], between: str, *, seen: bool = False
) -> list[ColumnElement[bool]]:
    """Return what each column has to match, its terms put together.

    ``seen``: they stand in the statement itself, where its plan is made for them.
    """
    found: list[ColumnElement[bool]] = []
    for name in COLUMNS:
        typed = between.join(_postgres_phrase(term) for term in terms if term.column == name)
        if typed:
            words = bindparam(None, typed, Text, literal_execute=seen)
            found.append(VECTORS.c[name].bool_op("@@")(cast(words, TSQUERY)))
    return found


def _postgres_phrase(term: Term) -> str:
    words = " <-> ".join(map(quoted, term.phrase.words))
    return f"({words}{':*' if term.phrase.begun else ''})"
