"""Tag suggestions: the words the models know."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from novelai.types.base import Params, Text
from novelai.types.generation import DEFAULT_MODEL
from novelai.types.names import ModelName

__all__ = ["JpTagSuggestion", "SuggestTagsParams", "TagSuggestion"]

MAX_QUERY = 1000
"""In characters; what is typed travels in an address, and those are short."""


def _normalize(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("empty", "must not be empty")
    if len(text) > MAX_QUERY:
        raise PydanticCustomError(
            "too_long",
            "must be at most {limit} characters, got {length}",
            {"limit": MAX_QUERY, "length": len(text)},
        )
    return text


class SuggestTagsParams(Params):
    """What suggestions are asked for.

    Args:
        prompt: the beginning, or any part, of a tag; 1 to 1,000 characters.
        model: the model whose tags are searched.
    """

    prompt: Annotated[Text, AfterValidator(_normalize)] = Field(repr=False)
    model: ModelName = DEFAULT_MODEL


class Suggestion(BaseModel):
    """Part of an answer: what is new to this version is kept as an extra."""

    model_config: ClassVar[ConfigDict] = ConfigDict(frozen=True, extra="allow")


class TagSuggestion(Suggestion):
    """A tag.

    Attributes:
        tag: as it goes into a prompt.
        count: how many pictures carry it; NovelAI states at most 10,000.
        confidence: 0 to 1; how well it fits what was typed.
    """

    tag: str
    count: int = 0
    confidence: float = 0


class JpTagSuggestion(Suggestion):
    """A tag found by its Japanese name.

    Attributes:
        jp_tag: the Japanese name.
        en_tag: as it goes into a prompt.
        power: how common it is.
    """

    jp_tag: str
    en_tag: str
    power: float = 0
