"""Tag suggestions as the service answers them."""

from pydantic import BaseModel

from novelai.types.tags import JpTagSuggestion, TagSuggestion

__all__ = ["JpTagSuggestion", "TagSuggestion", "TagSuggestionResponse"]


class TagSuggestionResponse(BaseModel):
    """The answer about English names; the one about Japanese names is a bare list.

    Attributes:
        tags: the likeliest first.
    """

    tags: list[TagSuggestion] = []
