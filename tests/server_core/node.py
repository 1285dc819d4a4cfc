"""A process of its own, to be killed. It is forked from one that has loaded everything."""

import logging
import os
from multiprocessing.connection import Connection
from pathlib import Path

import anyio
from tests.server_core.orders import MODEL, order

from novelai.server.accounts.clients import no_waiting
from novelai.server.series.schemas import SeriesIn
from novelai.server.services import Services, open_services
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.secrets import Vault
from novelai.server.worker.context import Timing

CHAOS = Timing(lease=2.0, beat=0.4, settle=3.0, give_up=30.0, poll=0.1, sweep=0.2)
PAUSE = 0.05
LOG = os.environ.get("NODE_LOG")
log = logging.getLogger(__name__)


def blobs_at(place: str) -> Blobs:
    if not place.startswith("s3://"):
        return Blobs.local(Path(place))
    bucket, _, endpoint = place.removeprefix("s3://").partition("?")
    return Blobs.s3(bucket, s3_options(endpoint))


def s3_options(endpoint: str) -> dict[str, object]:
    return {
        "endpoint": endpoint,
        "region": "us-east-1",
        "access_key_id": "test",
        "secret_access_key": "test",
        "client_options": {"allow_http": True},
    }


async def submit(services: Services, count: int) -> None:
    key = await services.keys.local()
    number = 0
    while number < count:
        try:
            await services.jobs.submit(key, order(number))
            number += 1
        except Exception as error:  # noqa: BLE001 - whoever asks asks again
            log.warning("asks again after %s", type(error).__name__)
        await anyio.sleep(PAUSE)


async def order_series(services: Services, count: int) -> None:
    """One series of so many pictures that cost something, however often it is ordered."""
    key = await services.keys.local()
    axes = [{"tags": [f"number {number}" for number in range(start, min(start + 100, count))]}
            for start in range(0, count, 100)]  # fmt: skip
    base = {"prompt": "cat", "size": [128, 128], "model": MODEL, "steps": 29}
    for number, axis in enumerate(axes):
        order = SeriesIn.model_validate(
            {"base": base, "axes": [axis], "accept_anlas": 10_000, "roll_seed": 7}
        )
        ordered = False
        while not ordered:
            try:
                await services.series_orders.order(key, order, f"series {number}")
                ordered = True
            except Exception as error:  # noqa: BLE001 - whoever asks asks again
                log.warning("asks again after %s", type(error).__name__)
                await anyio.sleep(PAUSE)


async def work(
    role: str, url: str, place: str, upstream: str, count: int, told: Connection
) -> None:
    async with open_services(
        url=url,
        blobs=blobs_at(place),
        vault=Vault([b"k" * 32]),
        connect=no_waiting(upstream, timeout=10),
        timing=CHAOS,
        work=role not in {"submit", "series"},
    ) as services:
        told.send("ready")
        if role.endswith("series"):
            await order_series(services, count)
        elif role != "work":
            await submit(services, count)
        await anyio.sleep_forever()


def node(role: str, url: str, place: str, upstream: str, count: int, told: Connection) -> None:
    """Work, submit, or do both, until killed.

    Args:
        role: ``work``, ``submit`` or ``both``: who submits, submits orders 0 to ``count`` - 1 from
            the start, however often it is started. ``series`` and ``both series`` order as many
            pictures as series.
        url: of the database.
        place: of pictures: a folder, or ``s3://bucket?endpoint``.
        upstream: address of the emulator.
        count: of orders.
        told: is told ``ready``.
    """
    if LOG:
        logging.basicConfig(
            filename=LOG, level="INFO", format="%(process)d %(asctime)s %(name)s %(message)s"
        )
    anyio.run(work, role, url, place, upstream, count, told)
