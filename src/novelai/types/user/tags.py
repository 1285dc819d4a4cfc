"""Parameters of tag suggestions; `novelai.types` has them too."""

from novelai.types.tags import SuggestTagsParams

__all__ = [
    "SuggestTagsParams",
]
