"""Annotations that say one thing to type checkers and another to pydantic.

What may be handed in is wider than what is kept: a list becomes a tuple, a name any text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeAlias, TypeVar, get_args

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema

__all__ = ["CheckedAs", "Many"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CheckedAs:
    """Has pydantic check, and describe, a value as another type than the one annotated."""

    kind: Any

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return handler.generate_schema(self.kind)


class AsTuple:
    """Has pydantic make a tuple of a sequence."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        (item,) = get_args(source)
        return handler.generate_schema(tuple[item, ...])


Many: TypeAlias = Annotated[Sequence[T], AsTuple()]
"""Any sequence where it is handed in; kept as a tuple."""
