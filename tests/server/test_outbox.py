"""What a webhook is told and when it is tried, to the letter, on a clock that is set by hand."""

import json
from collections.abc import AsyncGenerator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.server.still_services import KEY, still
from tests.server_core.helpers import HandClock

from novelai.server.keys.service import LOCAL
from novelai.server.services import Services
from novelai.server.storage.secrets import Vault
from novelai.server.storage.tables import deliveries, images, jobs, keys
from novelai.server.webhooks import outbox, repository
from novelai.server.webhooks.delivery import Delivery
from novelai.server.webhooks.post import Refusal, Undelivered
from novelai.server.webhooks.service import WebhookService

pytestmark = pytest.mark.anyio

URL = "https://example.com/hook?secret=1"
JOB: dict[str, Any] = {
    "id": "job_1",
    "owner_id": LOCAL,
    "key_id": LOCAL,
    "kind": "generate",
    "door": "api",
    "state": "succeeded",
    "params": {"prompt": "a planted prompt"},
    "body_hash": "",
    "priority": 0,
    "rank": 0.0,
    "cost_max": 20,
    "cost": 18,
    "allowance": 0,
    "charged": "yes",
    "fence": 1,
    "attempts": 1,
    "run_after": 0.0,
    "created_at": 1000.0,
    "sent_at": 1001.0,
    "finished_at": 1002.5,
    "error": None,
    "webhook": URL,
}
IMAGE: dict[str, Any] = {
    "owner_id": LOCAL,
    "key_id": LOCAL,
    "media_type": "image/png",
    "bytes": 1,
    "width": 1,
    "height": 1,
    "kind": "generate",
    "prompt": "a planted prompt",
    "negative_prompt": "",
    "settings": {},
    "sources": [],
    "favourite": False,
    "created_at": 0.0,
}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncGenerator[tuple[Services, HandClock]]:
    async with still(tmp_path) as (services, clock):
        await services.keys.local()
        yield services, clock


async def promised(services: Services, **fields: Any) -> Delivery:
    """A job is there in this state, with two pictures of its own; its webhook is promised."""
    job = JOB | fields
    made = [("img_b", job["id"], 1), ("img_a", job["id"], 0), ("img_c", "job_other", 0)]
    async with services.context.database.write() as connection:
        await connection.execute(jobs.insert().values(job))
        for image_id, job_id, position in made:
            one = {"id": image_id, "job_id": job_id, "position": position, "sha256": image_id}
            await connection.execute(images.insert().values(IMAGE | one))
        await outbox.promise(connection, job["id"])
    async with services.context.database.read() as connection:
        (delivery,) = await repository.of_job(connection, job["id"])
    return delivery


async def test_what_is_told(world: tuple[Services, HandClock]) -> None:
    """The job, its cost and the ids of its pictures in their order; no prompt, no address."""
    delivery = await promised(world[0])
    assert delivery.id.startswith("whd")
    assert (delivery.job_id, delivery.key_id, delivery.url) == ("job_1", LOCAL, URL)
    assert (delivery.attempts, delivery.due_at, delivery.created_at) == (0, 0.0, 1002.5)
    assert (delivery.delivered_at, delivery.error) == (None, None)
    assert delivery.body == (
        '{"id": "' + delivery.id + '", "event": "job.succeeded", "at": 1002.5, '
        '"job": {"id": "job_1", "state": "succeeded", "cost": 18, "charged": "yes", '
        '"images": [{"id": "img_a"}, {"id": "img_b"}], "error": null}}'
    )
    assert "hook" not in repr(delivery)
    assert "job.succeeded" not in repr(delivery)


@pytest.mark.parametrize(
    ("fields", "event", "at"),
    [
        ({"state": "cancelled", "cost": 0, "charged": "no"}, "job.cancelled", 1002.5),
        ({"state": "failed", "error": {"code": "X", "detail": "d"}}, "job.failed", 1002.5),
        ({"state": "uncertain", "finished_at": None, "cost": None}, "job.uncertain", 1001.0),
        ({"state": "failed", "finished_at": None, "sent_at": None}, "job.failed", 1000.0),
    ],
)
async def test_every_state_is_told(
    world: tuple[Services, HandClock], fields: dict[str, Any], event: str, at: float
) -> None:
    """Each as it is, at the time of its end, else of its sending, else of its beginning."""
    delivery = await promised(world[0], **fields)
    told = json.loads(delivery.body)
    assert (told["event"], told["at"], delivery.created_at) == (event, at, at)
    job = JOB | fields
    assert told["job"] == {
        name: job[name] for name in ("id", "state", "cost", "charged", "error")
    } | {"images": [{"id": "img_a"}, {"id": "img_b"}]}


class Letterbox:
    """Takes messages instead of sending them; answers with what it is given."""

    def __init__(self, *outcomes: Exception | None) -> None:
        self.outcomes = list(outcomes)
        self.sent: list[tuple[str, bytes, dict[str, str]]] = []

    async def send(self, url: str, body: bytes, headers: Any) -> None:
        self.sent.append((url, body, dict(headers)))
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if outcome is not None:
            raise outcome


class Even(Random):
    """Half of what chance may give."""

    def random(self) -> float:
        return 0.5


def service(services: Services, clock: HandClock, **options: Any) -> WebhookService:
    return WebhookService(
        services.context.database,
        clock,
        Vault([KEY]),
        draw=lambda: "whs_drawn",
        rng=Even(),
        **options,
    )


async def state(services: Services) -> tuple[Any, ...]:
    async with services.context.database.read() as connection:
        (one,) = await repository.of_job(connection, "job_1")
    return one.attempts, one.due_at, one.delivered_at, one.error


async def test_a_message_to_the_letter(world: tuple[Services, HandClock]) -> None:
    """Its headers name it and sign the time and its body with the key's own secret."""
    services, clock = world
    delivery = await promised(services)
    body = b'{"id": "whd_1", "event": "job.succeeded"}'
    async with services.context.database.write() as connection:
        await connection.execute(deliveries.update().values(id="whd_1", body=body.decode()))
    del delivery
    clock.time = 1_800_000_000.9
    hooks = WebhookService(
        services.context.database,
        clock,
        Vault([KEY]),
        draw=lambda: "whs_c2VjcmV0LW9mLWEta2V5LXRoYXQtc2lnbnM",
        rng=Even(),
    )
    box: Any = Letterbox()
    assert await hooks.deliver(box) == 1
    assert box.sent == [
        (
            URL,
            body,
            {
                "Content-Type": "application/json",
                "User-Agent": "novelai-fastapi",
                # the second vector of test_signature_vectors.py
                "webhook-id": "whd_1",
                "webhook-timestamp": "1800000000",
                "webhook-signature": "v1,1sEjtYEvk7CekKAqlDamYxSxQA6TI/x+ckkaKz7XNBA=",
                # for receivers of before: the first of the old vectors
                "X-Novelai-Timestamp": "1800000000",
                "X-Novelai-Signature": "v1="
                "7fa004cd710a4cd69b289d696df28eb44bb2497a8875edfe2308e29efe6d6ba7",
                "X-Novelai-Delivery": "whd_1",
            },
        )
    ]
    assert await state(services) == (1, None, 1_800_000_000.9, None)
    assert await hooks.deliver(box) == 0


async def test_when_it_is_tried(world: tuple[Services, HandClock]) -> None:
    """After each failure the next pause, less what chance takes; after the sixth never again."""
    services, clock = world
    await promised(services)
    hooks = service(services, clock)
    box: Any = Letterbox(*(Undelivered(f"no {number}") for number in range(6)))
    for number, pause in enumerate((9.0, 54.0, 270.0, 1350.0, 4860.0)):
        assert await hooks.deliver(box) == 1
        due = clock.time + pause
        assert await state(services) == (number + 1, pytest.approx(due), None, f"no {number}")
        clock.time = due - 0.1
        assert await hooks.deliver(box) == 0
        clock.time = due + 0.001
    assert await hooks.deliver(box) == 1
    assert await state(services) == (6, None, None, "no 5")
    clock.time += 1e9
    assert await hooks.deliver(box) == 0
    assert len({(url, body, headers["webhook-id"]) for url, body, headers in box.sent}) == 1
    assert len({headers["webhook-signature"] for _, _, headers in box.sent}) == 6


async def test_a_refusal_is_final(world: tuple[Services, HandClock]) -> None:
    """It is not tried again; its reason is kept, as much of it as a column holds."""
    services, clock = world
    await promised(services)
    box: Any = Letterbox(Refusal("x" * 300))
    assert await service(services, clock).deliver(box) == 1
    assert await state(services) == (1, None, None, "x" * 200)


async def test_a_process_that_died(world: tuple[Services, HandClock]) -> None:
    """What it had taken is taken again after a minute, and not before."""
    services, clock = world
    await promised(services)
    async with services.context.database.write() as connection:
        taken = await repository.claim(connection, clock.time, clock.time + 60.0)
    assert taken is not None
    hooks = service(services, clock)
    box: Any = Letterbox(Undelivered("no"))
    clock.time += 59.9
    assert await hooks.deliver(box) == 0
    clock.time += 0.1
    assert await hooks.deliver(box) == 1
    assert (await state(services))[0] == 2


async def test_eight_at_once(world: tuple[Services, HandClock]) -> None:
    """A long queue is told in turns of eight, longest due first."""
    services, clock = world
    delivery = await promised(services)
    row = {name: getattr(delivery, name) for name in Delivery.__slots__}
    async with services.context.database.write() as connection:
        for number in range(9):
            fresh = {"id": f"whd_{number}", "due_at": 10.0 + number}
            await connection.execute(deliveries.insert().values(row | fresh))
    hooks = service(services, clock)
    box: Any = Letterbox()
    assert await hooks.deliver(box) == 8
    told = {headers["webhook-id"] for _, _, headers in box.sent}
    assert told == {delivery.id, *(f"whd_{number}" for number in range(7))}
    assert await hooks.deliver(box) == 2
    assert await hooks.deliver(box) == 0


async def test_the_secret_of_a_key(world: tuple[Services, HandClock]) -> None:
    """It is drawn once, sealed for its key alone, and sealed anew with the vault's first key.

    One of before, `whs_...`, stays in the database as it is and is shown as libraries take it.
    """
    services, clock = world
    drawn = iter(("whs_1", "whs_2"))
    shown = "whsec_d2hzXzE="
    hooks = WebhookService(services.context.database, clock, Vault([KEY]), draw=lambda: next(drawn))
    assert await hooks.secret(LOCAL) == shown
    assert await hooks.secret(LOCAL) == shown
    with pytest.raises(LookupError):
        await hooks.secret("key_none")
    assert await hooks.rotate() == 0
    newer = Vault([b"n" * 32, KEY])
    rotated = WebhookService(services.context.database, clock, newer)
    assert await rotated.rotate() == 1
    assert await rotated.rotate() == 0
    assert (
        await WebhookService(services.context.database, clock, Vault([b"n" * 32])).secret(LOCAL)
        == shown
    )
    async with services.context.database.read() as connection:
        sealed = await repository.secret(connection, LOCAL)
    assert sealed is not None
    assert newer.open(sealed, f"webhook {LOCAL}") == "whs_1"


async def test_a_secret_that_cannot_be_opened(world: tuple[Services, HandClock]) -> None:
    """A message is not sent unsigned: it waits, with the reason, for the old key."""
    services, clock = world
    await promised(services)
    await service(services, clock).secret(LOCAL)
    stranger = WebhookService(services.context.database, clock, Vault([b"n" * 32]), rng=Even())
    box: Any = Letterbox()
    assert await stranger.deliver(box) == 1
    assert box.sent == []
    attempts, due, delivered, error = await state(services)
    assert (attempts, due, delivered) == (1, clock.time + 9.0, None)
    assert error == (
        "A stored token was encrypted with a secret key that is not here. "
        "Put the old key back, or add the token again."
    )


async def test_a_job_of_a_key_that_is_gone(world: tuple[Services, HandClock]) -> None:
    """With its key a job goes, and what was to be told of it."""
    services, clock = world
    await promised(services)
    async with services.context.database.write() as connection:
        await connection.execute(keys.delete())
    box: Any = Letterbox()
    assert await service(services, clock).deliver(box) == 0
    assert box.sent == []
