"""Pictures of the gallery as the HTTP API shows and takes them."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from novelai.server.fields import Line
from novelai.server.images.origin import APPLIED
from novelai.server.images.refining import Enhancement, enhancements_of, variation_of
from novelai.server.images.relations import Relations
from novelai.server.model.image import Image
from novelai.server.model.params import settings_of

__all__ = [
    "AT_ONCE",
    "BatchDone",
    "BatchIn",
    "ExportIn",
    "ImageChangeIn",
    "ImageDetails",
    "ImageIds",
    "ImagePage",
    "ImagePick",
    "ImageRoll",
    "ImageSource",
    "ImageView",
    "image_details",
    "image_view",
]

AT_ONCE = 500
"""Pictures that one request may name."""

ImageIds = Annotated[list[Annotated[Line, Field(max_length=100)]], Field(max_length=AT_ONCE)]


class _In(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)


class ImageChangeIn(_In):
    """What to change of a picture."""

    favourite: bool


class BatchIn(_In):
    """What to do with several pictures.

    Attributes:
        action: ``delete`` deletes for good, the bytes too.
    """

    ids: ImageIds
    action: Literal["favourite", "unfavourite", "bin", "restore", "delete"]


class BatchDone(BaseModel):
    """How many pictures there were."""

    changed: int


class ExportIn(_In):
    """Which pictures go into the archive."""

    ids: Annotated[ImageIds, Field(min_length=1)]


class ImageSource(BaseModel):
    """A picture that another one was made from.

    Attributes:
        image: its id, where it is in the gallery.
    """

    sha256: str
    image: str | None


class ImageView(BaseModel):
    """A picture.

    Attributes:
        url: its bytes: as NovelAI sent them, or where an inpainting result was laid over its
            picture, those of both together.
        received: what NovelAI sent, in the latter case; else ``null``.
        thumb: a WebP of at most 384 pixels.
        deleted_at: in the bin since then, unix seconds.
        sources: what it was made from.
        derived_from: id of the picture that it is another version of: upscaled, made by a tool,
            or drawn from it.
        derived: how many versions of it there are, which ``q=from:ID`` lists.
        series: the series that it was made for.
        cell: its place in there.
        take: how often that place was done before.
    """

    id: str
    url: str
    received: str | None
    thumb: str
    width: int
    height: int
    media_type: str
    bytes: int
    kind: str
    model: str | None
    seed: int | None
    prompt: str = Field(repr=False)
    negative_prompt: str = Field(repr=False)
    favourite: bool
    created_at: float
    deleted_at: float | None
    job_id: str
    sources: list[ImageSource]
    derived_from: str | None
    derived: int
    series: str | None
    cell: int | None
    take: int | None


class ImagePick(BaseModel):
    """What stood for a choice or a list.

    Attributes:
        site: its place.
        text: what was put there.
    """

    site: str = Field(repr=False)
    text: str = Field(repr=False)


class ImageRoll(BaseModel):
    """Templates, and what was picked of them.

    Attributes:
        template: by field, as in the parameters.
        roll_seed: what the picks follow from, with ``round``.
    """

    template: Mapping[str, str] = Field(repr=False)
    picks: list[ImagePick] = Field(repr=False)
    roll_seed: int
    round: int


class ImageDetails(ImageView):
    """A picture with the parameters that lead to it.

    Attributes:
        settings: as for ``POST /api/jobs``; ``missing`` names the pictures that they lack. A
            picture that was upscaled or made by a tool has those of the one it was made from.
        order: the whole order that leads to it, for ``POST /api/jobs``: its pictures, too, by name.
            ``null`` when the job that drew it was forgotten, or is not the caller's.
        applied: what the upscaler or the tool was asked for; ``null`` if it was drawn.
        roll: what its texts were as templates, and what was picked; ``null`` if they were none.
        variation: parameters to change for pictures that resemble it; ``null`` if it was not drawn.
        enhancements: ways to draw it again, cleaner: those of NovelAI's page, its first first.
    """

    settings: Mapping[str, Any] = Field(repr=False)
    order: Mapping[str, Any] | None = Field(repr=False)
    applied: Mapping[str, Any] | None = Field(repr=False)
    roll: ImageRoll | None = Field(repr=False)
    variation: Mapping[str, Any] | None = Field(repr=False)
    enhancements: list[Enhancement] = Field(repr=False)


class ImagePage(BaseModel):
    """Pictures, newest first unless another order was asked for.

    Attributes:
        next: goes into ``before`` for those behind them.
        total: how many there are without the cursor; counted to 10,000.
        counted: ``total`` is all there is; otherwise there are more.
    """

    images: list[ImageView]
    next: int | None
    total: int
    counted: bool


def image_view(image: Image, relations: Relations) -> ImageView:
    """Return a picture as the API shows it.

    Args:
        image: the row.
        relations: to the others.
    """
    return ImageView(**_fields(image, relations))


def image_details(
    image: Image,
    relations: Relations,
    drawn: Mapping[str, Any],
    order: Mapping[str, Any] | None,
) -> ImageDetails:
    """Return a picture with its settings.

    Args:
        image: the row.
        relations: to the others.
        drawn: its prompts as NovelAI took them, where they have a randomiser.
        order: that leads to it, if it is known.
    """
    settings = settings_of(image.settings, image.seed)
    applied = settings.pop(APPLIED, None)
    if applied is None and image.kind != "generate":
        applied = settings  # nobody knows what it was made from
    return ImageDetails(
        **_fields(image, relations),
        settings=settings,
        order=order,
        applied=applied,
        roll=None if image.roll is None else ImageRoll.model_validate(image.roll),
        variation=variation_of(image, drawn),
        enhancements=enhancements_of(image, drawn),
    )


def _fields(image: Image, relations: Relations) -> dict[str, Any]:
    same = (
        "id", "width", "height", "media_type", "bytes", "kind", "model", "seed", "prompt",
        "negative_prompt", "favourite", "created_at", "deleted_at", "job_id", "derived_from",
        "cell", "take",
    )  # fmt: skip
    return {name: getattr(image, name) for name in same} | {
        "url": f"/api/images/{image.id}/file",
        "received": f"/api/images/{image.id}/file?version=received" if image.received else None,
        "thumb": f"/api/images/{image.id}/thumbnail",
        "sources": [
            ImageSource(sha256=one, image=relations.sources.get(one)) for one in image.sources
        ],
        "derived": relations.derived.get(image.id, 0),
        "series": image.series_id,
    }
