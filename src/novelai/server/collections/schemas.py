"""Collections as the HTTP API shows and takes them."""

from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from novelai.server.collections.collection import Collection
from novelai.server.collections.service import Filled
from novelai.server.fields import Line
from novelai.server.images.schemas import AT_ONCE, ImageIds
from novelai.server.model.key import Key

__all__ = [
    "CollectionChangeIn",
    "CollectionFilled",
    "CollectionIn",
    "CollectionList",
    "CollectionView",
    "FillIn",
    "collection_view",
    "fill_view",
]

LONGEST_NAME = 100
Name = Annotated[Line, Field(min_length=1, max_length=LONGEST_NAME)]


class _In(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)


class CollectionIn(_In):
    """A collection to make.

    Attributes:
        name: up to 100 characters; two of a key do not have the same.
    """

    name: Name = Field(repr=False)


class CollectionChangeIn(_In):
    """What to change of a collection.

    Attributes:
        name: another name.
        cover: the id of a picture in it that stands for it.
    """

    name: Name | None = Field(default=None, repr=False)
    cover: Annotated[Line, Field(max_length=100)] | None = None


class FillIn(_In):
    """Which pictures go in and out.

    Attributes:
        add: ids of pictures to put in.
        remove: ids of pictures to take out. Both together at most 500.
    """

    add: ImageIds = Field(default_factory=list[str])
    remove: ImageIds = Field(default_factory=list[str])

    @model_validator(mode="after")
    def _few_at_once(self) -> Self:
        if len(self.add) + len(self.remove) > AT_ONCE:
            raise ValueError(f"at most {AT_ONCE} pictures at once")
        return self


class CollectionView(BaseModel):
    """A collection.

    Attributes:
        mine: it is the caller's own; administrators see those of their owner's other keys.
        cover: the id of the picture that stands for it; ``null``: there is none in it.
        count: how many pictures are in it, without those in the bin.
        created_at: unix seconds.
        used_at: when a picture was put in or taken out last.
        deleted_at: when it went into the bin, where it is kept for 30 days.
    """

    id: str
    name: str = Field(repr=False)
    mine: bool
    cover: str | None
    count: int
    created_at: float
    used_at: float
    deleted_at: float | None


class CollectionList(BaseModel):
    """Collections, the last used first."""

    collections: list[CollectionView]


class CollectionFilled(BaseModel):
    """A collection after pictures were put in or taken out.

    Attributes:
        added: ids of pictures that were not in it before.
        removed: ids of pictures that were.
    """

    collection: CollectionView
    added: list[str]
    removed: list[str]


def collection_view(key: Key, found: Collection) -> CollectionView:
    """Show a collection."""
    return CollectionView(
        id=found.id,
        name=found.name,
        mine=found.key_id == key.id,
        cover=found.cover,
        count=found.count,
        created_at=found.created_at,
        used_at=found.used_at,
        deleted_at=found.deleted_at,
    )


def fill_view(key: Key, filled: Filled) -> CollectionFilled:
    """Show what was put in and taken out."""
    return CollectionFilled(
        collection=collection_view(key, filled.collection),
        added=list(filled.added),
        removed=list(filled.removed),
    )
