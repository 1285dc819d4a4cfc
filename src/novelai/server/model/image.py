"""A finished picture as a value."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row

from novelai.server.model.rows import columns_of

__all__ = ["Image", "image_from"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture in the gallery.

    Attributes:
        seq: place in the order in which pictures came.
        position: which of its job's, from 0.
        sha256: of its bytes.
        received: sha256 of what NovelAI sent, where an inpainting result was laid over its picture.
        bytes: how many.
        settings: the parameters of its job, without pictures.
        sources: sha256 of the pictures it was made from.
        derived_from: id of the picture that it is another version of.
        stack: id of the first of the versions; ``None``: it is the first itself.
        door: through which surface its job came; ``None``: nobody knows any more.
        roll: what was picked of the templates that its texts were; ``None`` if they were none.
        series_id: the series that it was made for; it may be forgotten.
        cell: its place in there.
        take: how often that place was done before.
        deleted_at: in the bin since then, unix seconds.
    """

    seq: int
    id: str
    owner_id: str
    key_id: str
    job_id: str
    position: int
    sha256: str
    received: str | None
    media_type: str
    bytes: int
    width: int
    height: int
    kind: str
    model: str | None
    seed: int | None
    prompt: str = field(repr=False)
    negative_prompt: str = field(repr=False)
    settings: Mapping[str, Any] = field(repr=False)
    sources: Sequence[str]
    derived_from: str | None
    stack: str | None
    door: str | None
    roll: Mapping[str, Any] | None = field(repr=False)
    series_id: str | None
    cell: int | None
    take: int | None
    favourite: bool
    created_at: float
    deleted_at: float | None


def image_from(row: Row[Any]) -> Image:
    """Read a row of the images table."""
    columns = columns_of(row)
    return Image(**columns)
