"""Checks that name the field, the value and the limit, without quoting a prompt."""

from dataclasses import dataclass
from math import inf
from typing import Annotated, Any, TypeAlias, get_args

from pydantic import (
    AfterValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    ValidatorFunctionWrapHandler,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError, core_schema

__all__ = ["Between", "Kind", "Problems", "Text", "one_of"]

SHOWN = 40
"""Longest wrong value that a message shows, in characters."""


@dataclass(frozen=True, slots=True)
class Between:
    """A number's range, both ends included; without an upper end any finite number will do."""

    low: float
    high: float = inf

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        upper = {} if self.high == inf else {"maximum": self.high}
        return {**handler(schema), "minimum": self.low, **upper}

    def check(self, value: float) -> float:
        """Return the value or raise the error that names it."""
        if self.low <= value <= self.high and value != inf:
            return value
        raise PydanticCustomError(
            "out_of_range",
            "must be {low} {upper}, got {value}",
            {
                "low": f"{self.low:g}",
                "upper": "or more" if self.high == inf else f"to {_plain(self.high)}",
                "value": value,
            },
        )


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value must be, in one sentence; pydantic would give one for each alternative."""

    sentence: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self.check, handler(source))

    def check(self, value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        """Return the value or raise the error that names it."""
        try:
            return handler(value)
        except ValidationError:
            raise PydanticCustomError(
                "kind",
                "must be {sentence}, got {value}",
                {"sentence": self.sentence, "value": repr(value)[:SHOWN]},
            ) from None


def one_of(literal: Any) -> str:
    """Return the values of a `Literal`, as a sentence lists them."""
    return f"one of {', '.join(get_args(literal))}"


def _sendable(text: str) -> str:
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("text", "holds half of a character (a lone surrogate)") from None
    return text


Text: TypeAlias = Annotated[str, AfterValidator(_sendable)]
"""Text that can be sent as UTF-8."""


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
