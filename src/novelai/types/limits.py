"""Checks that name the field, the value and the limit, without quoting a prompt."""

from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

__all__ = ["Between", "Problems"]


@dataclass(frozen=True, slots=True)
class Between:
    """A number's range, both ends included."""

    low: float
    high: float

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**handler(schema), "minimum": self.low, "maximum": self.high}

    def check(self, value: float) -> float:
        """Return the value or raise the error that names it."""
        if self.low <= value <= self.high:
            return value
        raise PydanticCustomError(
            "out_of_range",
            "must be {low} to {high}, got {value}",
            {"low": f"{self.low:g}", "high": _plain(self.high), "value": value},
        )


class Problems:
    """Collects findings about several fields, then raises them as one validation error."""

    def __init__(self) -> None:
        self._found: list[InitErrorDetails] = []

    def add(self, field: str, sentence: str) -> None:
        """Note what is wrong with a field; dots separate nested names."""
        # The sentence is the template of the message: braces in it would be taken for fields.
        text = sentence.replace("{", "(").replace("}", ")")
        self._found.append(
            InitErrorDetails(
                type=PydanticCustomError("invalid", text),  # pyright: ignore[reportArgumentType]
                loc=tuple(field.split(".")),
                input=None,
            )
        )

    def raise_found(self, title: str) -> None:
        """Raise one error with everything that was noted, if anything was."""
        if self._found:
            raise ValidationError.from_exception_data(title, self._found, hide_input=True)


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else f"{number:g}"
