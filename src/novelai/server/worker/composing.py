"""Inpainting results laid over their pictures, once what came is kept."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import anyio.to_thread

from novelai._inpainting import Composition, NotComposedError
from novelai._operations.composing import composition_of
from novelai.server.model.artifact import Artifact
from novelai.server.model.job import Job
from novelai.server.model.params import unpack
from novelai.server.storage.blobs import BlobMissingError, Blobs
from novelai.server.storage.errors import StorageUnavailableError
from novelai.types.generation import GenerateImageParams

__all__ = ["compose_made"]

log = logging.getLogger(__name__)

Note = Mapping[str, Any]


async def compose_made(
    blobs: Blobs, job: Job, made: Sequence[Artifact]
) -> tuple[list[Artifact], Note | None]:
    """Return what a job made, put together with its picture where it asked for that.

    Args:
        blobs: where the pictures are, also those that came of the job.
        job: that made them.
        made: as they came; they are kept, whatever happens here.

    Returns:
        what the gallery shows, and a note where that is still as it came.

    Raises:
        StorageUnavailableError: the store is full or away; it may be tried again.
    """
    asked: Mapping[str, Any] | None = job.params.get("inpaint")
    if not asked or asked.get("compose") is False or not any(one.is_image for one in made):
        return list(made), None
    kept: list[Artifact] = []
    failures: list[Exception] = []
    composition: Composition | None = None
    for one in made:
        try:
            composition = composition or await _read_composition(blobs, job)
            kept.append(await _compose(blobs, composition, one))
        except StorageUnavailableError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the picture is paid for
            failures.append(error)
            kept.append(one)
    return kept, _note(job, failures[0]) if failures else None


def _note(job: Job, error: Exception) -> Note:
    reason = type(error).__name__
    if isinstance(error, NotComposedError):
        reason = str(error)
    elif isinstance(error, BlobMissingError):
        reason = "the original is gone"
    log.warning("%s is not put together: %s", job.id, reason)
    detail = f"The picture is as NovelAI sent it, and not laid over the original: {reason}."
    return {"code": "NotComposed", "detail": detail}


async def _read_composition(blobs: Blobs, job: Job) -> Composition:
    params = await unpack(job.kind, job.params, blobs.image)
    assert isinstance(params, GenerateImageParams)
    inpaint = params.inpaint
    assert inpaint is not None
    return await anyio.to_thread.run_sync(lambda: composition_of(inpaint, params.dimensions))


async def _compose(blobs: Blobs, composition: Composition, made: Artifact) -> Artifact:
    received = await blobs.image(made.sha256)
    data = await anyio.to_thread.run_sync(composition.compose, received)
    sha256 = await blobs.put_image(data)
    return replace(made, sha256=sha256, size=len(data), received=made.sha256)
