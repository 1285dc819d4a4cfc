"""What a call brought, kept before the database knows of it.

The bytes go where finished pictures are; a small list of them goes to ``spool/job/fence``. If the
worker dies between the two, the list is found by the reconciler, and nothing is lost or paid again.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict

from novelai.server.images.made import Made
from novelai.server.jobs.job import Job
from novelai.server.observe.spans import traced
from novelai.server.storage.blobs import Blobs
from novelai.server.upstream.perform import Product

__all__ = ["forget", "look", "spool"]


@traced("spool")
async def spool(blobs: Blobs, job: Job, products: Sequence[Product]) -> list[Made]:
    """Keep products and the list of them."""
    made = [
        Made(
            position=product.position,
            sha256=await blobs.put_picture(product.data),
            media_type=product.media_type,
            size=len(product.data),
            width=product.width,
            height=product.height,
            seed=product.seed,
        )
        for product in products
    ]
    listed = json.dumps([asdict(one) for one in made]).encode()
    await blobs.put(f"spool/{job.id}/{job.fence:06d}", listed)
    return made


async def look(blobs: Blobs, job: Job) -> list[Made]:
    """What an earlier worker kept for a job; empty when there is nothing."""
    names = await blobs.names(f"spool/{job.id}/")
    if not names:
        return []
    return [Made(**one) for one in json.loads(await blobs.get(names[-1]))]


async def forget(blobs: Blobs, job: Job) -> None:
    """Drop the lists of a job: the database knows."""
    for name in await blobs.names(f"spool/{job.id}/"):
        await blobs.delete(name)
