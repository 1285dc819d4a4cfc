"""What a call brought, kept before the database knows of it.

The bytes go where finished pictures are; a small list of them goes to ``spool/``, under a name that
says which call of which attempt it was. If the worker dies between the two, the list is found by
the reconciler, and nothing is lost or paid again.
"""

import json
from collections.abc import Sequence

import anyio
import anyio.to_thread

from novelai.server.model.artifact import Artifact, EncodingKey, sha256_of
from novelai.server.model.job import Job
from novelai.server.storage.blobs import BlobMissingError, Blobs, picture_path
from novelai.server.telemetry.spans import trace_calls
from novelai.server.upstream.perform import Output

__all__ = ["SPOOL", "forget", "look", "spool"]

SPOOL = "spool/"


@trace_calls("spool")
async def spool(
    blobs: Blobs, job: Job, products: Sequence[Output], vibe: EncodingKey | None = None
) -> list[Artifact]:
    """Keep products and the list of them; when this returns, both survive.

    Args:
        blobs: where.
        job: as it is while the call is under way.
        products: what came.
        vibe: what was asked for, when it is an encoded vibe.

    Raises:
        StorageUnavailableError: the store is full or away; it may be tried again.
    """
    hashes = await anyio.to_thread.run_sync(_hashes, products)
    made = [
        Artifact(
            position=product.position,
            sha256=sha256,
            media_type=product.media_type,
            size=len(product.data),
            width=product.width,
            height=product.height,
            seed=product.seed,
            vibe=vibe,
        )
        for product, sha256 in zip(products, hashes, strict=True)
    ]
    listed = json.dumps([one.reference for one in made]).encode()
    failures: list[OSError] = []

    async def put(path: str, data: bytes) -> None:
        try:
            await blobs.put(path, data)
        except OSError as error:
            failures.append(error)

    # At once: `look` trusts a list only when all that it names is there.
    async with anyio.create_task_group() as tasks:
        for product, one in zip(products, made, strict=True):
            tasks.start_soon(put, picture_path(one.sha256), product.data)
        tasks.start_soon(put, _name(job), listed)
    if failures:
        raise failures[0]
    return made


async def look(blobs: Blobs, job: Job) -> list[Artifact]:
    """Return what the call under way brought before its worker died.

    Empty when there is nothing.
    """
    try:
        listed = json.loads(await blobs.get(_name(job)))
    except BlobMissingError:
        return []
    made = [Artifact.read(one) for one in listed]
    for one in made:
        found = await blobs.look(picture_path(one.sha256))
        if found is None or found.size != one.size:
            return []
    return made


async def forget(blobs: Blobs, job: Job) -> None:
    """Drop the list of a call: the database knows."""
    await blobs.delete(_name(job))


def _name(job: Job) -> str:
    return f"{SPOOL}{job.id}-{job.fence}-{job.spent}"


def _hashes(products: Sequence[Output]) -> list[str]:
    return [sha256_of(product.data) for product in products]
