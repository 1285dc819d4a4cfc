"""Text calls that go wrong: before sending, on the way, and at the service."""

import httpx2
import pytest
from tests.sdk.services import QUICK, Service, gather, reply, streamed, use
from tests.sdk.text_making import story, token

from novelai import (
    ConcurrentGenerationError,
    ConnectionLostError,
    GenerationFailedError,
    InsufficientAnlasError,
    InvalidParamsError,
    InvalidRequestError,
    InvalidResponseError,
    NovelAI,
    PermissionDeniedError,
    RequestTimeoutError,
    ServerError,
)

LOCKED = reply(429, b'{"statusCode":429,"message":"Concurrent generation is locked"}')


def gathered(stream):
    return gather(stream, [])


WRONG = [
    (lambda c: c.text.generate(""), "prompt", "must not be empty"),
    (lambda c: c.text.generate([]), "prompt", "must not be empty"),
    (lambda c: c.text.generate(None), "prompt", "got NoneType"),
    (lambda c: c.text.generate(b"abc"), "prompt", "got bytes"),
    (lambda c: c.text.generate([1, -2]), "prompt", "token numbers of 0 or more"),
    (lambda c: c.text.generate([65536]), "prompt", "does not fit into 2 bytes"),
    (lambda c: c.text.generate("a\ud800"), "prompt", "half of a character"),
    (lambda c: c.text.generate("secret" * 20_000), "prompt", "at most 100,000 characters, got 120"),
    (lambda c: c.text.generate("a", top_p=3), "top_p", "0 to 1"),
    (lambda c: c.text.stream(""), "prompt", "must not be empty"),
    (lambda c: c.text.chat([]), "messages", "must not be empty"),
    (lambda c: c.text.chat([{"role": "user"}]), "messages.0.content", "required"),
    (
        lambda c: c.text.chat(["Hi", {"role": "user", "content": [{"type": "text", "text": "x"}]}]),
        "messages.0",
        "ChatMessage",
    ),
    (
        lambda c: c.text.chat([{"role": "user", "content": [{"type": "text", "text": "secret"}]}]),
        "messages.0.content",
        "must be text, got list",
    ),
    (lambda c: c.text.chat([{"role": "tool", "content": "x"}]), "messages.0.role", "'user'"),
    (lambda c: c.text.chat_stream([]), "messages", "must not be empty"),
    (lambda c: c.text.complete(""), "prompt", "must not be empty"),
    (lambda c: c.text.count_tokens(""), "text", "must not be empty"),
    (lambda c: c.text.count_tokens(5), "text", "got int"),
]


@pytest.mark.parametrize("colour", ["sync", "asyncio"])
@pytest.mark.parametrize(("call", "field", "sentence"), WRONG, ids=range(len(WRONG)))
def test_bad_input_is_refused_before_sending(colour, call, field, sentence):
    """A mistake is named with field and limit, never quotes the text, and nothing is sent."""
    service = Service(reply(200, b'{"output":"x"}'))
    with pytest.raises(InvalidParamsError) as caught:
        use(colour, service, call)
    assert caught.value.field == field
    assert sentence in str(caught.value)
    assert "secret" not in str(caught.value)
    assert service.calls == 0


def test_a_mistake_does_not_wait_for_a_turn():
    """A wrong prompt is refused at once, also while another text is being written."""
    service = Service(streamed(*story()))
    with (
        NovelAI("pst-x", transport=service, retry=QUICK) as client,
        client.text.stream("Once") as events,
    ):
        next(events)
        with pytest.raises(InvalidParamsError):
            client.text.generate("")


CALLS = {
    "generate": lambda c: c.text.generate("a"),
    "stream": lambda c: gathered(c.text.stream("a")),
    "chat": lambda c: c.text.chat("a"),
    "chat_stream": lambda c: gathered(c.text.chat_stream("a")),
    "complete": lambda c: c.text.complete("a"),
}


@pytest.mark.parametrize("colour", ["sync", "asyncio"])
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(500, b"<html>oops</html>"), ServerError),
        (reply(503), ServerError),
        (httpx2.ReadTimeout("slow"), RequestTimeoutError),
        (httpx2.RemoteProtocolError("cut"), ConnectionLostError),
        (streamed(b"data: {", then=httpx2.ReadError("cut")), ConnectionLostError),
        (reply(200, b'{"error":"No capacity"}'), GenerationFailedError),
        (reply(400, b'{"error":{"message":"too long","code":400}}'), InvalidRequestError),
        (reply(403, b'{"message":"model \'x\' doesn\'t exist"}'), PermissionDeniedError),
    ],
    ids="page busy slow lost cut inside long model".split(),
)
def test_a_text_is_never_asked_for_twice(colour, name, answer, error):
    """Once a text may have been written it is not asked for again, and it cost no Anlas."""
    service = Service(answer)
    with pytest.raises(error) as caught:
        use(colour, service, CALLS[name])
    assert service.calls == 1
    assert caught.value.charged == "no"
    assert "charged is unknown" not in str(caught.value)
    assert "picture" not in str(caught.value)


@pytest.mark.parametrize("name", CALLS)
def test_another_programs_text_is_waited_for(name):
    """While the account is busy a text waits; past the limit the error says why."""
    service = Service(LOCKED)
    with pytest.raises(ConcurrentGenerationError, match="Another generation is running"):
        use("sync", service, CALLS[name])
    assert service.calls > 1


@pytest.mark.parametrize(
    "answer", [b"[]", b"<html></html>", b"{}", b'{"output":5}', b'{"output":"LRI","x":1}']
)
def test_an_answer_that_is_none_is_an_error(answer):
    """What holds no text, or no tokens, is told to be unreadable."""
    prompt = [1] if b"LRI" in answer else "a"
    with pytest.raises(InvalidResponseError):
        use("sync", Service(reply(200, answer)), lambda c: c.text.generate(prompt))


def test_a_stream_that_breaks_after_its_end_is_whole():
    """A connection that breaks after the final piece took nothing away."""
    service = Service(streamed(token("x", 0, final=True), then=httpx2.ReadError("cut")))
    (event,) = use("sync", service, CALLS["stream"])
    assert event.text == "x"


def test_no_subscription_is_said_so():
    """Where pictures would ask for Anlas, texts ask for a subscription."""
    service = Service(reply(402, b'{"statusCode":402,"message":"No active subscription"}'))
    with pytest.raises(InsufficientAnlasError, match="Text needs an active subscription"):
        use("sync", service, CALLS["generate"])
