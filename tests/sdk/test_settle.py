"""Statuses and bodies to errors: the one table."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from novelai import (
    AuthenticationError,
    ConcurrentGenerationError,
    ConflictError,
    ConnectionFailedError,
    ConnectionLostError,
    InsufficientAnlasError,
    InvalidParamsError,
    InvalidRequestError,
    InvalidResponseError,
    NotFoundError,
    NovelAIError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
)
from novelai._responses import error_message, settle
from novelai._wire import Reply, Request, Unreachable

PROMPT = "SECRET-PROMPT"
PAID = Request(
    "POST", "image", "/ai/generate-image", content=PROMPT.encode(), paid=True, generation=True
)
FREE = Request("GET", "image", "/ai/generate-image/suggest-tags", query={"prompt": PROMPT})
PAGE = b"<!DOCTYPE html><html><title>502 Bad Gateway</title><p>cloudflare</p></html>"


def said(status, message):
    return json.dumps({"statusCode": status, "message": message}).encode() + b"\n"


def error_of(outcome, request=PAID, waited=0.0):
    with pytest.raises(NovelAIError) as caught:
        settle(outcome, request, "AbC123", waited=waited)
    return caught.value


@pytest.mark.parametrize(
    ("message", "sides"),
    [
        ("Not enough Anlas. Required: 20, Available: 5", (20, 5)),
        ("not enough anlas. required: 20, available: 0.", (20, 0)),
        ("Not enough Anlas", (None, None)),
        ("Not enough Anlas. Required: 99999999999, Available: 5", (None, None)),
    ],
)
def test_a_shortage_tells_both_sides(message, sides):
    """What a call costs and what the account has are on the error, when the service says so."""
    error = error_of(Reply(402, {}, said(402, message)))
    assert (error.required, error.available) == sides
    again = pickle.loads(pickle.dumps(error))
    assert (again.required, again.available, again.status) == (*sides, 402)


TABLE = [
    (400, said(400, "Validation error: bad"), InvalidRequestError, "no", "Validation error: bad"),
    (401, said(401, "Unauthorized"), AuthenticationError, "no", "Unauthorized"),
    (402, said(402, "Not enough Anlas"), InsufficientAnlasError, "no", "Not enough Anlas"),
    (403, PAGE, PermissionDeniedError, "no", "(403)."),
    (404, b"404 page not found", NotFoundError, "no", "404 page not found"),
    (409, said(409, "Conflict"), ConflictError, "no", "Conflict"),
    (413, PAGE, InvalidRequestError, "no", "too large (413)"),
    (418, b"", InvalidRequestError, "no", "(418)."),
    (422, b'{"detail": "no"}', InvalidRequestError, "no", "no"),
    (
        429,
        said(429, "Concurrent generation is locked"),
        ConcurrentGenerationError,
        "no",
        "Another generation is running on this account (429): Concurrent generation is locked.",
    ),
    (429, PAGE, RateLimitError, "no", "Too many requests (429)."),
    (429, b"", RateLimitError, "no", "Too many requests (429)."),
    (500, said(500, "Internal Server Error"), ServerError, "unknown", "Internal Server Error"),
    (500, PAGE, ServerError, "unknown", "NovelAI failed (500)."),
    (502, PAGE, ServerError, "unknown", "NovelAI failed (502)."),
    (503, b"\xff\xfe\x00", ServerError, "unknown", "(503)"),
    (524, b"", ServerError, "unknown", "(524)"),
    (302, b"", InvalidResponseError, "unknown", "unexpected way (302)"),
    (101, b"", InvalidResponseError, "unknown", "unexpected way (101)"),
]
IDS = [f"{status}-{number}" for number, (status, *_) in enumerate(TABLE)]


@pytest.mark.parametrize(("status", "body", "kind", "charged", "words"), TABLE, ids=IDS)
def test_every_status_has_its_error(status, body, kind, charged, words):
    """Class, status, charge, message, id and excerpt follow from status and body."""
    error = error_of(Reply(status, {}, body))
    assert type(error) is kind
    assert (error.status, error.charged, error.request_id) == (status, charged, "AbC123")
    assert words in str(error)
    assert error.body == body.decode(errors="replace")
    assert "<" not in error.message
    assert ("unknown" in error.message) == (charged == "unknown")
    assert PROMPT not in str(error) + repr(error)


@pytest.mark.parametrize("status", [500, 503, 302])
def test_a_call_that_costs_nothing_was_not_charged(status):
    """Where no Anlas can be at stake, nothing is unknown."""
    error = error_of(Reply(status, {}, b""), FREE)
    assert (error.charged, "charged" in str(error)) == ("no", False)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_success_is_returned(status):
    """Everything from 200 to 299 is a reply."""
    reply = Reply(status, {}, b"x")
    assert settle(reply, PAID, "id") is reply


@pytest.mark.parametrize(
    ("outcome", "kind", "paid", "free"),
    [
        (Unreachable(sent=False, kind="connect", reason="r"), ConnectionFailedError, "no", "no"),
        (Unreachable(sent=True, kind="timeout", reason="r"), RequestTimeoutError, "unknown", "no"),
        (Unreachable(sent=True, kind="lost", reason="r"), ConnectionLostError, "unknown", "no"),
    ],
)
def test_no_answer(outcome, kind, paid, free):
    """What was sent and not answered may have been charged; what was not sent was not."""
    for request, charged in ((PAID, paid), (FREE, free)):
        error = error_of(outcome, request)
        assert type(error) is kind
        assert (error.status, error.charged, error.request_id) == (None, charged, "AbC123")


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("-1", None),
        ("soon", None),
        ("inf", None),
        ("nan", None),
        ("", None),
    ],
)
def test_retry_after_is_kept(header, seconds):
    """A number of seconds is kept, anything else is not guessed at."""
    assert error_of(Reply(429, {"retry-after": header}, b"")).retry_after == seconds


def test_the_wait_is_named():
    """After waiting for a lock, the message says for how long."""
    locked = Reply(429, {}, said(429, "Concurrent generation is locked"))
    assert "Waited 118 s" in str(error_of(locked, waited=117.6))
    assert "Waited" not in str(error_of(locked))
    assert "Waited" not in str(error_of(Reply(500, {}, b""), waited=5))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (said(400, "one") + said(500, "two"), "one"),
        (said(400, "one") + b"PK\x03\x04", "one"),
        (b'{"error": {"message": "inner"}}', "inner"),
        (b'{"error": "plain"}', "plain"),
        (b'{"message": "", "error": "second"}', "second"),
        (b'"just a string"', "just a string"),
        (
            b'{"message": "INVALID_CACHE_KEYS", "details": {"invalidKeys": ["a"]}}',
            'INVALID_CACHE_KEYS {"invalidKeys": ["a"]}',
        ),
        (b"plain words", "plain words"),
        (b"<html>page</html>", ""),
        (b"x" * 501, ""),
        (b"[1, 2]", ""),
        (b'{"message": 5}', ""),
        (b"", ""),
        (b"null", "null"),
        (b"404 page not found", "404 page not found"),
        (b"{broken", "{broken"),
        (b"[" * 5000, ""),
        (b'{"message": "' + b"y" * 600 + b'"}', "y" * 500),
        (b'{"message": "' + b"y" * 9000 + b'"}', ""),
    ],
)
def test_what_an_answer_says(body, message):
    """The words are found in any known shape, shortened, and pages are left out."""
    assert error_message(Reply(400, {}, body)) == message


def test_the_excerpt_is_short():
    """An error does not carry megabytes around."""
    error = error_of(Reply(500, {}, PAGE * 1000))
    assert len(error.body) == 500


@given(st.binary(max_size=200), st.integers(100, 599))
def test_any_answer_is_an_error_or_a_reply(body, status):
    """No body can make the settling itself fail."""
    reply = Reply(status, {}, body)
    if 200 <= status < 300:
        assert settle(reply, PAID, "id") is reply
    else:
        assert error_of(reply).status == status


@pytest.mark.parametrize(
    "error",
    [
        error_of(Reply(429, {"retry-after": "3"}, b"busy")),
        InvalidParamsError([("steps", "must be 1 to 50, got 0")]),
    ],
)
def test_errors_travel_between_processes(error):
    """Copied and pickled errors keep everything they know."""
    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert type(twin) is type(error)
        assert (str(twin), vars(twin)) == (str(error), vars(error))
