"""What every parameter model has in common."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from novelai.errors import InvalidParamsError

__all__ = ["Params", "made_from", "problems_of"]

P = TypeVar("P", bound=BaseModel)


class Params(BaseModel):
    """A frozen value; unknown fields are refused, and errors never quote what was typed."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        use_attribute_docstrings=False,
    )


def made_from(cls: type[P], fields: Mapping[str, Any]) -> P:
    """A model made from named values.

    Raises:
        InvalidParamsError: a value is wrong; every finding is named.
    """
    try:
        return cls(**fields)
    except ValidationError as error:
        raise InvalidParamsError(problems_of(error)) from None


def problems_of(error: ValidationError) -> list[tuple[str, str]]:
    """Field and sentence of everything a validation found."""
    return [
        (".".join(str(part) for part in found["loc"]), found["msg"]) for found in error.errors()
    ]
