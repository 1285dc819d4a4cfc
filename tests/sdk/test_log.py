"""The log: what it tells, and what it never tells."""

import logging
import re
import subprocess
import sys
import warnings
from contextlib import contextmanager

import httpx2
import pytest
from tests.sdk.making import archive, final, frames, png, preview
from tests.sdk.services import COLOURS, Service, gather, reply, streamed, unopened
from tests.sdk.services import use as use_client
from tests.sdk.test_calls import LOCK, MAY_HAVE_RUN
from tests.sdk.test_voice import MP3
from tests.sdk.text_making import chat

from novelai import AsyncNovelAI, NovelAI, NovelAIError
from novelai._logs import StderrHandler, start_logging
from novelai.emulator import Emulator
from novelai.types import Character, I2iParams, Vibe

SECRETS = {
    name: f"SECRET{name}"
    for name in "TOKEN PROMPT UC TAG STORY CHAT SPOKEN HEADER BODY ANSWER PATH NAME AGENT".split()
}
PICTURE = png((64, 64), mode="RGB")
ZIP = archive(png())


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


class Lines(logging.Handler):
    """Keeps every line that anybody writes, of every library, at every level."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(f"{record.levelname} {record.name}: {record.getMessage()}")
        self.lines.append(repr(record.args) + str(record.exc_info))

    @property
    def ours(self):
        found = [line for line in self.lines if "novelai.client: " in line]
        return [line.partition("novelai.client: ")[2] for line in found]


@contextmanager
def reading(level=logging.DEBUG):
    """Read along with all loggers."""
    handler, root = Lines(), logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    try:
        yield handler
    finally:
        root.setLevel(before)
        root.removeHandler(handler)


def use(colour, service, action, **options):
    options = {
        "key": f"pst-{SECRETS['TOKEN']}",
        "base_url": f"http://service/{SECRETS['PATH']}",
        "headers": {"X-Secret": SECRETS["HEADER"]},
        "user_agent": SECRETS["AGENT"],
        "on_wait": lambda *_: None,
        **options,
    }
    return use_client(colour, service, action, **options)


BODY = {"extra_body": {"secret": SECRETS["BODY"]}, "extra_headers": {"X-B": SECRETS["HEADER"]}}
FIELDS = {
    "prompt": SECRETS["PROMPT"],
    "negative_prompt": SECRETS["UC"],
    "characters": [Character(prompt=SECRETS["NAME"])],
}
CALLS = {
    "image": (ZIP, lambda client: client.image.generate(**FIELDS, **BODY)),
    "i2i": (
        ZIP,
        lambda client: client.image.generate(**FIELDS, i2i=I2iParams(image=PICTURE), **BODY),
    ),
    "vibes": (
        ZIP,
        lambda client: client.image.generate(
            prompt=SECRETS["PROMPT"],
            vibes=[Vibe(image=PICTURE)],
            model="nai-diffusion-4-5-full",
        ),
    ),
    "image stream": (
        frames(preview(0), final(png())),
        lambda client: gather(client.image.generate_stream(**FIELDS, **BODY), []),
    ),
    "raw": (ZIP, lambda client: client.image.with_raw_response.generate(**FIELDS)),
    "tags": (
        b'{"tags": [{"tag": "SECRETANSWER", "count": 1, "confidence": 0.5}]}',
        lambda client: client.image.suggest_tags(SECRETS["TAG"]),
    ),
    "colour": (
        ZIP,
        lambda client: client.tools.colorize(PICTURE, prompt=SECRETS["PROMPT"]),
    ),
    "story": (
        b'{"output": "SECRETANSWER"}',
        lambda client: client.text.generate(SECRETS["STORY"], **BODY),
    ),
    "story stream": (
        b'{"output": "SECRETANSWER"}',
        lambda client: gather(client.text.stream(SECRETS["STORY"]), []),
    ),
    "chat": (
        chat(["SECRETANSWER"]),
        lambda client: client.text.chat(SECRETS["CHAT"], **BODY),
    ),
    "count": (
        b'{"length": 3}',
        lambda client: client.text.count_tokens(SECRETS["STORY"]),
    ),
    "voice": (MP3, lambda client: client.voice.speak(SECRETS["SPOKEN"], voice=SECRETS["NAME"])),
    "account": (b'{"tier": 3}', lambda client: client.user.get_subscription()),
    "information": (
        b'{"plaintextEmail": "SECRETANSWER"}',
        lambda client: client.user.get_information(),
    ),
    "token": (
        b'{"token": "pst-SECRETANSWER"}',
        lambda client: client.user.create_persistent_token(),
    ),
}
SAID = b'{"message": "SECRETANSWER SECRETPROMPT"}'
FAILURES = {
    "well": None,
    "refused": reply(400, SAID),
    "unauthorised": reply(401, SAID),
    "poor": reply(402, SAID),
    "busy": reply(429, SAID),
    "locked": reply(429, b'{"message": "Concurrent generation is locked SECRETANSWER"}'),
    "broken": reply(500, SAID),
    "moved": reply(302, b"", location="http://elsewhere/?token=SECRETANSWER"),
    "nonsense": reply(200, b"SECRETANSWER"),
    "unopened": unopened(),
    "foreign": ValueError("SECRETPROMPT and SECRETTOKEN"),
    "silent": httpx2.ReadTimeout("http://service/SECRETPATH?prompt=SECRETPROMPT"),
    "cut": streamed(ZIP[:30], then=httpx2.ReadError("SECRETANSWER")),
}


def shown_in(log):
    """Return the secrets in all lines of all libraries.

    httpx2 writes addresses, without queries; what stands in front of the path is the address of
    the service, which a person configures.
    """
    written = "\n".join(log.lines).replace(f"http://service/{SECRETS['PATH']}", "")
    return re.findall(r"SECRET\w*", written)


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("name", CALLS)
def test_no_secret_is_ever_logged(name, failure):
    """Whatever is called and however it ends, no line of any library shows what is private."""
    content, action = CALLS[name]
    good = streamed(content) if "stream" in name else reply(200, content)
    answers = [reply(200, b"encoded")] if name == "vibes" else []
    service = Service(*answers, FAILURES[failure] or good)
    with reading() as log:
        try:
            use("sync", service, action)
        except NovelAIError:
            assert failure != "well"
    assert service.calls
    assert len(log.ours) >= 2 * service.calls
    assert shown_in(log) == []
    assert "SECRET" not in "".join(log.ours)
    assert "?" not in "".join(log.ours).replace("? bytes", "")


@pytest.mark.parametrize("name", ["image", "image stream", "tags"])
@pytest.mark.parametrize("failure", ["well", "locked", "foreign", "cut"])
def test_no_secret_is_logged_on_an_event_loop(name, failure, colour):
    """The same goes for all colours."""
    content, action = CALLS[name]
    good = streamed(content) if "stream" in name else reply(200, content)
    with reading() as log:
        try:
            use(colour, Service(FAILURES[failure] or good), action)
        except NovelAIError:
            assert failure != "well"
    assert log.ours
    assert shown_in(log) == []


def test_a_real_connection_logs_no_secret():
    """Also over sockets, where the libraries below have logs of their own."""
    emulator = Emulator(fast=True)
    with emulator.serve() as url, reading() as log:
        client = NovelAI(emulator.token, base_url=url)
        with client:
            client.image.generate(prompt="SECRETPROMPT", size=(64, 64), steps=1)
            client.image.suggest_tags("SECRETTAG")
            list(client.text.chat_stream("SECRETCHAT"))
        with NovelAI("pst-SECRETTOKEN", base_url=url) as stranger:
            stranger.user.get_anlas()
    written = "\n".join(log.lines)
    assert "/ai/generate-image: 200, " in written
    assert "SECRET" not in written
    assert emulator.token not in written


def normal(lines):
    """Put letters where lines differ between runs."""
    made = [re.sub(r"after \d+ ms", "after MS ms", line) for line in lines]
    made = [re.sub(r"sends \d+ bytes", "sends N bytes", line) for line in made]
    made = [re.sub(r"in \d+\.\d s", "in S s", line) for line in made]
    return [re.sub(r"request \w{6}\b", "request ID", line) for line in made]


def test_what_is_told_of_a_call(colour):
    """Method, host and path, attempt, status, milliseconds, bytes, id; pauses with reasons."""
    service = Service(LOCK, unopened(), reply(200, ZIP))
    with reading() as log:
        use(colour, service, lambda client: client.image.generate(**FIELDS))
    head = "POST service/ai/generate-image"
    lock = len(LOCK(None).content)
    assert normal(log.ours) == [
        f"{head}: sends N bytes; attempt 1, request ID",
        f"{head}: 429, {lock} bytes after MS ms; attempt 1, request ID",
        "tries again in S s (locked); request ID",
        f"{head}: sends N bytes; attempt 2, request ID",
        f"{head}: not sent (ConnectError) after MS ms; attempt 2, request ID",
        "tries again in S s (unreachable); request ID",
        f"{head}: sends N bytes; attempt 3, request ID",
        f"{head}: 200, {len(ZIP)} bytes after MS ms; attempt 3, request ID",
    ]
    ids = {line.rpartition(" ")[2] for line in log.ours}
    assert ids == {service.requests[0].headers["x-correlation-id"]}


def test_what_is_told_of_a_stream(colour):
    """When it began, and how it ended: by itself, by the reader, or by a broken connection."""
    content = frames(preview(0), final(png()))
    halves = streamed(content[:40], then=httpx2.ReadError("gone"))

    def action(client):
        return gather(client.image.generate_stream(prompt="a"), [])

    def first(client):
        with client.image.generate_stream(prompt="a") as stream:
            return next(stream)

    async def first_async(client):
        async with client.image.generate_stream(prompt="a") as stream:
            return await anext(stream)

    with reading(logging.INFO) as log:
        use(colour, Service(streamed(content)), action)
        use(colour, Service(streamed(content)), first if colour == "sync" else first_async)
        with pytest.raises(NovelAIError):
            use(colour, Service(halves), action)
    place = "service/ai/generate-image-stream"
    begun = f"POST {place}: 200, ? bytes after MS ms; attempt 1, request ID"
    assert normal(log.ours) == [
        begun,
        f"{place}: stream ended after {len(content)} bytes; request ID",
        begun,
        f"{place}: stream was closed after {len(content)} bytes; request ID",
        begun,
        f"{place}: stream broke (ConnectionLostError) after 40 bytes; request ID",
    ]


@pytest.mark.parametrize("happening", ["read timeout", "closed", "overloaded"])
def test_what_may_have_run_is_told_as_such(happening):
    """A line says whether an answer is missing although the request left."""
    failure, _ = MAY_HAVE_RUN[happening]
    with reading(logging.INFO) as log, pytest.raises(NovelAIError):
        use("sync", Service(failure), lambda client: client.image.generate(prompt="a"))
    (line,) = log.ours
    assert ("503" if happening == "overloaded" else "no answer (") in line


def test_waiting_for_a_turn_is_told():
    """With the place in the line, and the id that the request will carry."""
    with reading(logging.INFO) as log, NovelAI("pst-a", transport=Service(reply(200))) as client:
        client._driver._tell_place("AbC123")(2)
    assert log.ours == ["waits for its turn, place 2; request AbC123"]


def test_without_a_reader_nothing_is_made():
    """No line, no clock and no place is asked for when nobody reads."""
    with NovelAI("pst-a", transport=Service(reply(200, ZIP))) as client:
        assert client._driver._tell_place("AbC123") is None
        attempts = client._driver._attempts(None, "AbC123")
        attempts.begin()
        attempts.note(None)


PROGRAM = """
import sys
from novelai import AsyncNovelAI, NovelAI, RetryPolicy
for _ in range(3):
    AsyncNovelAI("pst-a")
retry = RetryPolicy(base_delay=0.001)
with NovelAI("pst-a", base_url=sys.argv[1], retry=retry) as client:
    try:
        client.image.suggest_tags("SECRET")
    except Exception as error:
        print(type(error).__name__)
"""


def run_with(level, tmp_path):
    """Let a program of its own call where nobody listens."""
    arguments = [sys.executable, "-W", "always", "-c", PROGRAM, "http://127.0.0.1:9/SECRET"]
    environment = {} if level is None else {"NOVELAI_LOG": level}
    done = subprocess.run(
        arguments, capture_output=True, text=True, check=True, env=environment, cwd=tmp_path
    )
    assert done.stdout == "ConnectionFailedError\n"
    return done.stderr


@pytest.mark.parametrize(("level", "each"), [("info", 1), (" DEBUG ", 2)])
def test_the_variable_writes_to_standard_error(level, each, tmp_path):
    """However many clients are made, each line is written once."""
    lines = run_with(level, tmp_path).splitlines()
    told = [line for line in lines if " novelai.client: GET 127.0.0.1:9/" in line]
    assert len(told) == 3 * each
    assert len(lines) == 3 * each + 2  # the two pauses
    assert all(re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", line) for line in lines)
    assert "SECRET" not in "".join(lines)


def test_without_the_variable_nothing_is_written(tmp_path):
    """A library is silent unless it was asked."""
    assert run_with(None, tmp_path) == ""


def test_a_value_that_is_none_is_warned_of(tmp_path):
    """The program goes on, without a log."""
    written = run_with("trace", tmp_path)
    assert "NOVELAI_LOG must be debug or info" in written
    assert "novelai.client:" not in written


@pytest.mark.parametrize("level", ["1", "SECRET\n", "warning", "debug,info", "\0"])
def test_no_value_does_harm(level):
    """What it says is not repeated: it may be anything."""
    with pytest.warns(UserWarning, match="NOVELAI_LOG") as found:
        start_logging({"NOVELAI_LOG": level})
    assert level not in str(found[0].message)


@pytest.mark.parametrize("environment", [{}, {"NOVELAI_LOG": ""}, {"NOVELAI_LOG": " "}])
def test_an_empty_value_is_none(environment, recwarn):
    """Nothing is attached, and nothing is said."""
    package = logging.getLogger("novelai")
    before = package.handlers[:], package.level
    start_logging(environment)
    assert (package.handlers, package.level) == before
    assert not recwarn


def test_the_warning_points_to_where_the_client_is_made(monkeypatch):
    """A person sees their own line."""
    monkeypatch.setenv("NOVELAI_LOG", "loud")
    for kind in (NovelAI, AsyncNovelAI):
        with pytest.warns(UserWarning, match="NOVELAI_LOG") as found:
            kind("pst-a")
        assert found[0].filename == __file__


def test_one_handler_is_enough(capsys):
    """A second client adds none; the line goes where standard error leads at the time."""
    package = logging.getLogger("novelai")
    before, level = package.handlers[:], package.level
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for _ in range(3):
                start_logging({"NOVELAI_LOG": "debug"})
        (added,) = [one for one in package.handlers if one not in before]
        assert isinstance(added, StderrHandler)
        use("sync", Service(reply(200, ZIP)), lambda client: client.image.generate(**FIELDS))
        assert "/ai/generate-image: 200" in capsys.readouterr().err
    finally:
        package.handlers[:] = before
        package.setLevel(level)
