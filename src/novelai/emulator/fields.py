"""Typed reading of a decoded JSON body, complaining the way Go's decoder does.

The service decodes into Go structs; a wrong type is answered with 500 and the decoder's own words,
for example `json: cannot unmarshal string into Go struct field Parameters.width of type int`.
"""

import sys
from typing import Any, cast

from novelai.emulator.errors import Refusal

LARGEST = sys.float_info.max


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def _valid(text: str) -> str:
    """Return the text with lone surrogates replaced, as Go does; nothing else could be encoded."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class Fields:
    """One JSON object read as a Go struct: null and absent are the default, unknown is ignored.

    Args:
        struct: The struct's name, shown in complaints.
        values: The decoded object.
    """

    def __init__(self, struct: str, values: dict[str, Any]) -> None:
        self._struct = struct
        self._values = values

    @classmethod
    def of(cls, struct: str, document: object) -> "Fields":
        """Read a whole document.

        Raises:
            Refusal: 500 when it is not an object.
        """
        if isinstance(document, dict):
            return cls(struct, cast("dict[str, Any]", document))
        raise Refusal(
            500, f"json: cannot unmarshal {_kind(document)} into Go value of type image.{struct}"
        )

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def raw(self, name: str) -> Any:
        """Return the value as it came, or None."""
        return self._values.get(name)

    def _complain(self, name: str, value: object, wanted: str) -> Refusal:
        kind = _kind(value)
        # Go names the number when only its size or its fraction is wrong.
        if kind == "number" and wanted in ("int", "uint64", "float64"):
            kind = f"number {value}"
        return Refusal(
            500,
            f"json: cannot unmarshal {kind} into Go struct field "
            f"{self._struct}.{name} of type {wanted}",
        )

    def string(self, name: str, default: str = "") -> str:
        """Return a string."""
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise self._complain(name, value, "string")
        return _valid(value)

    def boolean(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean."""
        value = self._values.get(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._complain(name, value, "bool")
        return value

    def _number(self, name: str, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._complain(name, value, "float64")
        if not -LARGEST <= value <= LARGEST:
            raise self._complain(name, value, "float64")
        return value

    def integer(self, name: str, default: int = 0, *, unsigned: bool = False) -> int:
        """Return a whole number; `28.0` is refused, and so is a negative one when `unsigned`."""
        value = self._values.get(name)
        if value is None:
            return default
        wanted = "uint64" if unsigned else "int"
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._complain(name, value, wanted)
        if (unsigned and value < 0) or abs(value) >= 2**63:
            raise self._complain(name, value, wanted)
        return value

    def number(self, name: str, default: float = 0.0) -> float:
        """Any number."""
        value = self._values.get(name)
        if value is None:
            return default
        return self._number(name, value)

    def items(self, name: str, item: str) -> list[Any]:
        """Return a list of anything; `item` is the Go type shown in complaints."""
        value = self._values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self._complain(name, value, f"[]{item}")
        return cast("list[Any]", value)

    def strings(self, name: str) -> list[str]:
        """Return a list of strings."""
        values = self.items(name, "string")
        for value in values:
            if not isinstance(value, str):
                raise self._complain(name, value, "string")
        return [_valid(value) for value in values]

    def numbers(self, name: str) -> list[float]:
        """Return a list of numbers."""
        values = self.items(name, "float64")
        return [self._number(name, value) for value in values]

    def struct(self, name: str, struct: str) -> "Fields":
        """Return a nested object; an absent one reads as empty."""
        value = self._values.get(name)
        if value is None:
            return Fields(struct, {})
        if not isinstance(value, dict):
            raise self._complain(name, value, f"image.{struct}")
        return Fields(struct, cast("dict[str, Any]", value))

    def structs(self, name: str, struct: str) -> list["Fields"]:
        """Return a list of nested objects."""
        values = self.items(name, f"image.{struct}")
        for value in values:
            if not isinstance(value, dict):
                raise self._complain(name, value, f"image.{struct}")
        return [Fields(struct, value) for value in values]
