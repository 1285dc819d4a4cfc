"""Rows of a query as plain values."""

from typing import Any

from sqlalchemy import Row

__all__ = ["columns_of"]


def columns_of(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """Return a row's values by the names of their columns."""
    # The underscore keeps the name apart from columns; SQLAlchemy documents it for everybody.
    return dict(row._mapping)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]
