"""Calls over a transport, in all three colours: what is sent, what comes of it, how often."""

import json
from random import Random

import httpx2
import pytest
from tests.sdk.making import archive, png
from tests.sdk.services import COLOURS, KEY, QUICK, Service, reply, streamed, unopened, use

from novelai import (
    AuthenticationError,
    ConcurrentGenerationError,
    ConnectionFailedError,
    ConnectionLostError,
    InsufficientAnlasError,
    InvalidResponseError,
    NovelAIError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
)
from novelai.types import GenerateImageParams

PROMPT = "SECRET-PROMPT"
PICTURE = png()
ZIP = archive(PICTURE)
LOCK = reply(429, b'{"statusCode":429,"message":"Concurrent generation is locked"}\n')
PAGE = b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>"


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


def generate(client):
    return client.image.generate(prompt=PROMPT, seed=5)


def failing(colour, service, action=generate, **options):
    with pytest.raises(NovelAIError) as caught:
        use(colour, service, action, **options)
    error = caught.value
    assert PROMPT not in str(error) + repr(error)
    assert KEY not in str(error) + repr(error) + repr(vars(error))
    assert error.request_id == service.requests[-1].headers["x-correlation-id"]
    return error


def test_a_picture_comes_out_as_it_came_in(colour):
    """The bytes in the archive are the bytes of the picture."""
    service = Service(reply(200, archive(PICTURE, png(colour=(1, 2, 3, 255)))))
    first, second = use(colour, service, generate)
    assert (first.data, first.media_type, first.seed, first.size) == (
        PICTURE,
        "image/png",
        5,
        (16, 24),
    )
    assert second.seed == 6
    assert second.getpixel((0, 0)) == (1, 2, 3, 255)


def test_what_is_sent(colour):
    """Address, token, identification and body are as the service wants them."""
    service = Service(reply(200, ZIP))
    use(colour, service, generate, base_url="http://service/prefix/")
    (request,) = service.requests
    assert (request.method, str(request.url)) == ("POST", "http://service/prefix/ai/generate-image")
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("novelai-fastapi/")
    assert len(request.headers["x-correlation-id"]) == 6
    body = json.loads(request.content)
    assert (body["action"], body["parameters"]["seed"]) == ("generate", 5)
    assert body["input"].startswith(PROMPT)


def test_an_object_and_keywords_are_the_same(colour):
    """`generate(params)` and `generate(**fields)` send one body."""
    fields = {"prompt": "cat", "size": "square", "seed": 1}
    service = Service(reply(200, ZIP))
    use(colour, service, lambda client: client.image.generate(GenerateImageParams(**fields)))
    use(colour, service, lambda client: client.image.generate(**fields))
    assert service.requests[0].content == service.requests[1].content


def test_seeds_are_drawn_from_the_given_source(colour):
    """A seeded source makes a call repeatable; the picture knows its seed."""
    service = Service(reply(200, ZIP))
    seeds = [
        use(colour, service, lambda client: client.image.generate(prompt="a"), rng=Random(3))[
            0
        ].seed
        for _ in range(2)
    ]
    sent = [json.loads(request.content)["parameters"]["seed"] for request in service.requests]
    assert seeds == sent
    assert seeds[0] == seeds[1]


@pytest.mark.parametrize("failure", [httpx2.ConnectError, httpx2.ConnectTimeout])
def test_a_connection_that_never_opened_is_tried_again(colour, failure):
    """Nothing was sent, so nothing was charged and another try is safe."""
    service = Service(unopened(failure), reply(200, ZIP))
    assert use(colour, service, generate)[0].data == PICTURE
    service = Service(unopened(failure))
    error = failing(colour, service)
    assert (type(error), error.charged, error.status) == (ConnectionFailedError, "no", None)
    assert service.calls == QUICK.max_attempts


MAY_HAVE_RUN = {
    "read timeout": (httpx2.ReadTimeout("slow"), RequestTimeoutError),
    "write timeout": (httpx2.WriteTimeout("slow"), RequestTimeoutError),
    "read error": (httpx2.ReadError("gone"), ConnectionLostError),
    "write error": (httpx2.WriteError("gone"), ConnectionLostError),
    "closed": (httpx2.RemoteProtocolError("gone"), ConnectionLostError),
    "cut": (streamed(ZIP[:50], then=httpx2.ReadError("gone")), ConnectionLostError),
    "too short": (streamed(ZIP[:50], then=httpx2.RemoteProtocolError("cut")), ConnectionLostError),
    "stalled": (streamed(ZIP[:50], then=httpx2.ReadTimeout("slow")), RequestTimeoutError),
    "damaged": (reply(200, ZIP[:-9]), InvalidResponseError),
    "not an archive": (reply(200, b"{}"), InvalidResponseError),
    "empty archive": (reply(200, archive()), InvalidResponseError),
    "not a picture": (reply(200, archive(b"text")), InvalidResponseError),
    "page": (reply(500, PAGE, content_type="text/html"), ServerError),
    "overloaded": (reply(503), ServerError),
}


@pytest.mark.parametrize("happening", MAY_HAVE_RUN)
def test_a_paid_call_that_may_have_run_is_sent_once(colour, happening):
    """It is not repeated, and the error says that the charge is unknown."""
    failure, kind = MAY_HAVE_RUN[happening]
    service = Service(failure)
    error = failing(colour, service)
    assert (type(error), error.charged, service.calls) == (kind, "unknown", 1)
    assert "Whether it was charged is unknown" in error.message


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AuthenticationError), (402, InsufficientAnlasError)]
)
def test_a_refusal_is_not_repeated(colour, status, kind):
    """What was refused for good is not asked again, and cost nothing."""
    service = Service(reply(status, b'{"message":"no"}'))
    error = failing(colour, service)
    assert (type(error), error.charged, service.calls) == (kind, "no", 1)


def test_a_lock_is_waited_out(colour):
    """Another program's generation ends, and ours runs."""
    service = Service(LOCK, LOCK, LOCK, LOCK, LOCK, reply(200, ZIP))
    assert use(colour, service, generate)[0].data == PICTURE
    assert service.calls == 6
    assert len({request.headers["x-correlation-id"] for request in service.requests}) == 1


def test_a_lock_that_stays_is_named(colour):
    """Past the limit the error says what it waited for, and how long."""
    service = Service(LOCK)
    error = failing(colour, service)
    assert type(error) is ConcurrentGenerationError
    assert (error.status, error.charged) == (429, "no")
    assert "locked" in error.message
    assert "Waited 0 s" in error.message
    assert service.calls > QUICK.max_attempts


def test_another_429_is_given_up_sooner(colour):
    """A page that asks to slow down is a rate limit, tried a few times."""
    service = Service(reply(429, PAGE))
    error = failing(colour, service)
    assert (type(error), error.retry_after) == (RateLimitError, None)
    assert service.calls == QUICK.max_attempts
    assert error.body == PAGE.decode()


def test_reads_are_repeated(colour):
    """A call that costs nothing is tried again after a failure of any kind."""
    account = reply(200, b'{"tier": 3, "active": true}')
    service = Service(reply(502), httpx2.ReadTimeout("slow"), account)
    subscription = use(colour, service, lambda client: client.user.get_subscription())
    assert subscription.is_opus
    assert [request.url.host for request in service.requests] == ["image.novelai.net"] * 3


def test_the_balance(colour):
    """All Anlas together; what is missing counts as nothing."""
    left = {"fixedTrainingStepsLeft": 9405, "purchasedTrainingSteps": 20}
    body = {"tier": 3, "active": True, "trainingStepsLeft": left, "new": [1]}
    service = Service(reply(200, json.dumps(body).encode()), reply(200, b"{}"))
    assert use(colour, service, lambda client: client.user.get_anlas()) == 9425
    assert use(colour, service, lambda client: client.user.get_anlas()) == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"tier": "gold"}'])
def test_an_unreadable_account_is_our_error(colour, body):
    """A strange answer to a free call is named, and cost nothing."""
    service = Service(reply(200, body))
    error = failing(colour, service, lambda client: client.user.get_subscription())
    assert (type(error), error.charged) == (InvalidResponseError, "no")


def test_a_client_that_was_handed_in_stays_open():
    """Whoever opened a client closes it."""
    service = Service(reply(200, ZIP))
    with httpx2.Client(transport=service) as http:
        use("sync", None, generate, http_client=http)
        assert not http.is_closed
        assert not service.closed
    own = Service(reply(200, ZIP))
    use("sync", own, generate)
    assert own.closed


@pytest.mark.anyio
async def test_an_async_client_that_was_handed_in_stays_open():
    """The async client does the same."""
    from novelai import AsyncNovelAI

    service = Service(reply(200, ZIP))
    async with httpx2.AsyncClient(transport=service) as http:
        async with AsyncNovelAI(KEY, http_client=http) as client:
            await generate(client)
        assert not http.is_closed
    async with AsyncNovelAI(KEY, transport=(own := Service(reply(200, ZIP)))) as client:
        await generate(client)
    assert own.closed
