"""Webhooks over a real connection, on both databases."""

import json
import ssl

import anyio
import anyio.to_thread
import pytest
from sqlalchemy import update
from standardwebhooks import Webhook
from tests.server_core.helpers import PAID, person, picture
from tests.server_ops.receiver import NAME, Receiver, certificate

from novelai.emulator import Fault
from novelai.server.model.job import JobRequest
from novelai.server.storage.secrets import Vault
from novelai.server.storage.tables import deliveries
from novelai.server.webhooks import repository, verify
from novelai.server.webhooks.post import Post, Refusal, Undelivered
from novelai.server.webhooks.service import WebhookService, keep_delivering

pytestmark = pytest.mark.anyio
PROMPT = "a planted prompt"
VAULT = Vault([b"k" * 32])  # of the rooms these tests open
INSIDE = Post(private=True)


def order(receiver, **fields):
    made = picture(PROMPT, **fields)
    return JobRequest(params=made.params, webhook=f"{receiver.url}/hook")


async def done(services, key, receiver, **fields):
    submitted = await services.jobs.submit(key, order(receiver, **fields))
    return await services.jobs.wait(key, submitted.job.id, 20)


async def told(services, job):
    async with services.context.database.read() as connection:
        return await repository.of_job(connection, job.id)


async def make_due(services):
    async with services.context.database.write() as connection:
        waiting = deliveries.c.due_at.is_not(None)
        await connection.execute(update(deliveries).where(waiting).values(due_at=0.0))


async def test_a_receiver_is_told(services, receiver):
    """Of the end, the price and the pictures, signed with the key's secret; not of the prompt."""
    key = await person(services)
    job = await done(services, key, receiver, **PAID)
    assert await services.webhooks.deliver(INSIDE) == 1
    [message] = receiver.messages
    secret = await services.webhooks.secret(key.id)
    assert secret.startswith("whsec_")
    async with services.context.database.read() as connection:
        now = await services.context.clock.now(connection)
    assert verify(secret, message.headers, message.body, now=now)
    assert Webhook(secret).verify(message.body, dict(message.headers))["event"] == "job.succeeded"
    [image] = await services.images.of_job(job.id)
    document = json.loads(message.body)
    assert document == {
        "id": message.headers["webhook-id"],
        "event": "job.succeeded",
        "at": job.finished_at,
        "job": {
            "id": job.id,
            "state": "succeeded",
            "cost": job.cost,
            "charged": "yes",
            "images": [{"id": image.id}],
            "error": None,
        },
    }
    assert PROMPT.encode() not in message.body
    assert await services.webhooks.deliver(INSIDE) == 0


async def test_every_end_is_told(opening, receiver):
    """A cancelled job, too; a job without a webhook is told to nobody."""
    async with opening(work=False) as services:
        key = await person(services)
        submitted = await services.jobs.submit(key, order(receiver))
        await services.jobs.cancel(key, submitted.job.id)
        quiet = await services.jobs.submit(key, picture("other"))
        await services.jobs.cancel(key, quiet.job.id)
        assert await services.webhooks.deliver(INSIDE) == 1
    assert json.loads(receiver.messages[0].body)["event"] == "job.cancelled"


async def test_doubt_is_told_and_its_end(services, emulator, receiver):
    """Each as it was then; their times tell which came first, whichever arrives first."""
    emulator.script(Fault(at="after", drop=True, path="/ai/generate-image-stream"))
    key = await person(services)
    job = await done(services, key, receiver, **PAID)
    subscription = services.context.bus.subscribe()
    while (job := await services.jobs.read(key, job.id)) and not job.ended:
        await subscription.wait_for(job.id)
    while await services.webhooks.deliver(INSIDE):
        pass
    told = sorted((json.loads(one.body) for one in receiver.messages), key=lambda one: one["at"])
    assert [one["event"] for one in told] == ["job.uncertain", f"job.{job.state}"]
    assert [one["job"]["state"] for one in told] == ["uncertain", job.state]


async def test_it_is_tried_again_and_then_given_up(services, receiver):
    """Six times the very same message, each later than the one before; then the error is kept."""
    key = await person(services)
    job = await done(services, key, receiver)
    receiver.statuses = [500] * 9
    pauses = []
    for _ in range(6):
        assert await services.webhooks.deliver(INSIDE) == 1
        [delivery] = await told(services, job)
        pauses.append(delivery.due_at)
        assert "500" in delivery.error
        assert await services.webhooks.deliver(INSIDE) == 0
        await make_due(services)
    assert pauses[-1] is None
    assert pauses[:-1] == sorted(pauses[:-1])
    assert await services.webhooks.deliver(INSIDE) == 0
    assert len({(m.body, m.headers["webhook-id"]) for m in receiver.messages}) == 1
    assert delivery.delivered_at is None


async def test_it_arrives_after_a_failure(services, receiver):
    """The second try counts, and the error is forgotten."""
    key = await person(services)
    job = await done(services, key, receiver)
    receiver.statuses = [503]
    await services.webhooks.deliver(INSIDE)
    await make_due(services)
    await services.webhooks.deliver(INSIDE)
    [delivery] = await told(services, job)
    assert (delivery.error, delivery.due_at, delivery.attempts) == (None, None, 2)
    assert delivery.delivered_at is not None


async def test_a_private_address_is_not_called(services, receiver):
    """Unless it is allowed, the message is given up at once, with the reason."""
    key = await person(services)
    job = await done(services, key, receiver)
    assert await services.webhooks.deliver(Post()) == 1
    [delivery] = await told(services, job)
    assert delivery.due_at is None
    assert "https" in delivery.error
    assert not receiver.messages


async def test_two_processes_deliver_once(opening, receiver):
    """What one has taken, the other leaves."""
    async with opening() as services:
        key = await person(services)
        for number in range(6):
            await done(services, key, receiver, seed=number)
        other = WebhookService(services.context.database, services.context.clock, VAULT)
        async with anyio.create_task_group() as tasks:
            for service in (services.webhooks, other):
                tasks.start_soon(service.deliver, INSIDE)
        await services.webhooks.deliver(INSIDE)
    ids = [message.headers["webhook-id"] for message in receiver.messages]
    assert len(ids) == len(set(ids)) == 6


async def test_the_courier_delivers_when_a_job_ends(services, receiver):
    """Without being asked, long before it would look by itself."""
    key = await person(services)
    async with anyio.create_task_group() as tasks:
        courier = (services.webhooks, INSIDE, services.context.bus)
        tasks.start_soon(lambda: keep_delivering(*courier, every=30))
        await done(services, key, receiver)
        with anyio.fail_after(10):
            await anyio.to_thread.run_sync(receiver.arrived.wait)
        tasks.cancel_scope.cancel()


async def test_the_secret_survives_a_new_key(services):
    """It is sealed, stays the same, and is sealed again when the server's secret key changes."""
    key = await person(services)
    secret = await services.webhooks.secret(key.id)
    assert await services.webhooks.secret(key.id) == secret
    async with services.context.database.read() as connection:
        sealed = await repository.secret(connection, key.id)
    assert secret.encode() not in sealed
    assert await services.webhooks.rotate() == 0
    with pytest.raises(LookupError):
        await services.webhooks.secret("nobody")


def leading_to(*addresses):
    """A resolver, and how often it was asked."""
    asked = []

    async def resolve(host, port):
        asked.append(host)
        return addresses

    return resolve, asked


@pytest.fixture
def secure(tmp_path):
    """A receiver over https whose certificate is of a name, and who trusts it."""
    pem = certificate(tmp_path)
    with Receiver(pem) as receiver:
        yield receiver, ssl.create_default_context(cafile=pem)


async def test_the_checked_address_is_the_one_called(secure):
    """The name is asked for once; the certificate is checked against it, and Host names it."""
    receiver, trust = secure
    resolve, asked = leading_to("127.0.0.1")
    post = Post(private=True, resolve=resolve, trust=trust)
    await post.send(f"https://{NAME}:{receiver.port}/hook", b"{}", {})
    assert asked == [NAME]
    assert receiver.messages[0].headers["Host"] == f"{NAME}:{receiver.port}"


async def test_another_names_certificate_is_not_taken(secure):
    """Though the address is right."""
    receiver, trust = secure
    resolve, _ = leading_to("127.0.0.1")
    post = Post(private=True, resolve=resolve, trust=trust)
    with pytest.raises(Undelivered, match="cannot be reached"):
        await post.send(f"https://other.example.com:{receiver.port}/hook", b"{}", {})
    assert not receiver.messages


@pytest.mark.parametrize("inside", ["127.0.0.1", "169.254.169.254", "::1", "fe80::1%eth0"])
async def test_a_name_that_leads_inside_is_refused(inside):
    """Also when only one of its addresses does; nothing is connected to."""
    resolve, _ = leading_to("93.184.216.34", inside)
    with pytest.raises(Refusal, match="this machine or its network"):
        await Post(resolve=resolve).send("https://example.com/", b"{}", {})


@pytest.mark.parametrize(
    ("status", "kind"), [(302, Undelivered), (410, Refusal), (404, Undelivered)]
)
async def test_redirects_are_not_followed(receiver, status, kind):
    """A redirect is a failure like another; 410 is the end."""
    receiver.statuses = [status]
    with pytest.raises(kind, match=str(status)):
        await INSIDE.send(f"{receiver.url}/hook", b"{}", {})
    assert len(receiver.messages) == 1


async def test_a_receiver_that_hangs_is_left(receiver):
    """After the time for one message."""
    receiver.hang.clear()
    with pytest.raises(Undelivered, match="No answer within"):
        await Post(private=True, seconds=0.2).send(f"{receiver.url}/hook", b"{}", {})


async def test_a_name_that_is_not_known():
    """Is tried again later: it may be known then."""

    async def resolve(host, port):
        raise OSError

    with pytest.raises(Undelivered, match="not known"):
        await Post(resolve=resolve).send("https://example.com/", b"{}", {})
