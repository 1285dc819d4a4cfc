"""What every model of an answer has in common."""

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

__all__ = ["Answer"]


class Answer(BaseModel):
    """Part of an answer: fields that vanish or are null get their default, new ones are kept."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="allow",
        frozen=True,
        defer_build=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _without_nulls(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        items = cast("Mapping[str, Any]", data).items()
        return {name: value for name, value in items if value is not None}
