"""Options of a client, of its copies, and of single calls."""

import json
import warnings
from functools import partial
from random import Random

import httpx2
import pytest
from tests.sdk.making import archive, final, frames, png
from tests.sdk.services import COLOURS, KEY, Service, reply, streamed, use
from tests.sdk.test_voice import MP3
from tests.sdk.text_making import chat

from novelai import AsyncNovelAI, ConfigurationError, InvalidParamsError, NovelAI, RetryPolicy
from novelai._codecs.body import merge
from novelai.types import GenerateImageParams, I2iParams, LineArtParams, UpscaleParams, Vibe

PICTURE = png((64, 64), mode="RGB")
ZIP = archive(png())
ACCOUNT = reply(200, b'{"tier": 3}')


@pytest.fixture(params=COLOURS)
def colour(request):
    return request.param


@pytest.fixture(params=[NovelAI, AsyncNovelAI])
def client_class(request):
    return request.param


def sent_by(colour, answer, action, **options):
    """Return the last request of what an action sends."""
    service = Service(answer)
    use(colour, service, action, rng=Random(1), **options)
    return service.requests[-1]


def body_of(request):
    content = request.content
    if request.headers["content-type"].startswith("multipart/form-data"):
        content = content.rpartition(b"\r\n\r\n")[2].partition(b"\r\n")[0]
    return json.loads(content)


def generate(client, **options):
    return client.image.generate(prompt="1girl", seed=5, **options)


def watch(client, **options):
    return gather(client.image.generate_stream(prompt="1girl", seed=5, **options))


def gather(stream):
    return _gather(stream) if hasattr(stream, "__aiter__") else list(stream)


async def _gather(stream):
    return [event async for event in stream]


PARAMS = GenerateImageParams(prompt="1girl", seed=5)
CHAT = reply(200, chat())
CALLS = {
    "image.generate": (reply(200, ZIP), generate),
    "image.generate with params": (
        reply(200, ZIP),
        lambda client, **options: client.image.generate(PARAMS, **options),
    ),
    "image.generate_stream": (streamed(frames(final(png()))), watch),
    "image.encode_vibe": (
        reply(200, b"encoded"),
        lambda client, **options: client.image.encode_vibe(PICTURE, **options),
    ),
    "image.enhance": (
        reply(200, ZIP),
        lambda client, **options: client.image.enhance(PICTURE, prompt="1girl", **options),
    ),
    "image.variations": (
        reply(200, ZIP),
        lambda client, **options: client.image.variations(PICTURE, prompt="1girl", **options),
    ),
    "image.suggest_tags": (
        reply(200, b'{"tags": []}'),
        lambda client, **options: client.image.suggest_tags("blue", **options),
    ),
    "image.suggest_tags_jp": (
        reply(200, b"[]"),
        lambda client, **options: client.image.suggest_tags_jp("blue", **options),
    ),
    "text.generate": (
        reply(200, b'{"output": "on"}'),
        lambda client, **options: client.text.generate("Once", **options),
    ),
    "text.stream": (
        reply(200, b'{"output": "on"}'),
        lambda client, **options: gather(client.text.stream("Once", **options)),
    ),
    "text.chat": (CHAT, lambda client, **options: client.text.chat("Hi", **options)),
    "text.chat_stream": (
        CHAT,
        lambda client, **options: gather(client.text.chat_stream("Hi", **options)),
    ),
    "text.complete": (
        reply(200, b'{"choices": [{"text": "on"}]}'),
        lambda client, **options: client.text.complete("Hi", **options),
    ),
    "text.models": (
        reply(200, b'{"data": []}'),
        lambda client, **options: client.text.models(**options),
    ),
    "text.count_tokens": (
        reply(200, b'{"length": 1}'),
        lambda client, **options: client.text.count_tokens("Hi", **options),
    ),
    "voice.speak": (
        reply(201, MP3),
        lambda client, **options: client.voice.speak("Hello.", **options),
    ),
    "tools.augment": (
        reply(200, ZIP),
        lambda client, **options: client.tools.augment(LineArtParams(image=PICTURE), **options),
    ),
    **{
        f"tools.{name}": (
            reply(200, ZIP),
            lambda client, name=name, **options: getattr(client.tools, name)(PICTURE, **options),
        )
        for name in ("line_art", "sketch", "colorize", "declutter", "upscale")
    },
    "tools.emotion": (
        reply(200, ZIP),
        lambda client, **options: client.tools.emotion(PICTURE, "happy", **options),
    ),
    "tools.remove_background": (
        reply(200, archive(png(), png(), png())),
        lambda client, **options: client.tools.remove_background(PICTURE, **options),
    ),
    **{
        f"user.{name}": (
            ACCOUNT,
            lambda client, name=name, **options: getattr(client.user, name)(**options),
        )
        for name in (
            "get_subscription",
            "get_anlas",
            "get_information",
            "get_data",
            "get_priority",
        )
    },
    "user.create_persistent_token": (
        reply(200, b'{"token": "pst-new"}'),
        lambda client, **options: client.user.create_persistent_token(**options),
    ),
}
BODILESS = {"suggest_tags", "suggest_tags_jp", "models"}


@pytest.mark.parametrize("name", CALLS)
def test_every_call_takes_options(name):
    """Whatever sends, sends with the time, headers and body that were given for the call."""
    answer, action = CALLS[name]
    plain, changed = (
        sent_by("sync", answer, partial(action, **options))
        for options in (
            {},
            {"timeout": 7, "extra_headers": {"X-Trace": "a b"}, "extra_body": {"new": {"x": 1}}},
        )
    )
    assert set(plain.extensions["timeout"].values()) == {120.0, 15.0}
    assert set(changed.extensions["timeout"].values()) == {7.0}
    assert "x-trace" not in plain.headers
    assert changed.headers["x-trace"] == "a b"
    assert changed.url.raw_path == plain.url.raw_path
    if plain.content:
        assert body_of(changed) == {**body_of(plain), "new": {"x": 1}}
    else:
        assert changed.content == b""
        assert name.partition(".")[2] in BODILESS or name.startswith("user.")


def test_every_method_is_among_them():
    """None that sends was forgotten above."""
    with NovelAI(KEY, transport=Service(ACCOUNT)) as client:
        methods = {
            f"{path}.{name}"
            for path in ("image", "text", "voice", "tools", "user")
            for name in dir(getattr(client, path))
            if not name.startswith("_")
        }
    others = {f"{path}.with_raw_response" for path in ("image", "text", "voice", "tools", "user")}
    assert methods - CALLS.keys() == others | {"image.api_request", "image.batch", "image.series"}


@pytest.mark.parametrize("name", ["image.generate", "image.generate_stream", "user.get_anlas"])
def test_options_are_the_same_in_all_colours(name, colour):
    """What one colour sends, the others send."""
    answer, action = CALLS[name]
    options = {"timeout": 3.5, "extra_headers": {"X-A": "1"}, "extra_body": {"new": 1}}
    request = sent_by(colour, answer, partial(action, **options))
    assert request.headers["x-a"] == "1"
    assert set(request.extensions["timeout"].values()) == {3.5}
    assert not request.content or body_of(request)["new"] == 1


def test_a_body_is_merged_into_a_form(colour):
    """The JSON part takes it; pictures, other parts and the boundary stay as they are."""
    params = PARAMS.replace(i2i=I2iParams(image=PICTURE), size=(64, 64))
    extra = {"parameters": {"steps": 3, "deep": {"er": ["é", None]}}, "action": "other"}

    def draw(client, **options):
        return client.image.generate(params, **options)

    plain = sent_by(colour, reply(200, ZIP), draw)
    changed = sent_by(colour, reply(200, ZIP), partial(draw, extra_body=extra))
    assert changed.headers["content-type"] == plain.headers["content-type"]
    assert plain.headers["content-type"].startswith("multipart/form-data")
    assert int(changed.headers["content-length"]) == len(changed.content)
    before, gap, _ = plain.content.rpartition(b"\r\n\r\n")
    assert changed.content.startswith(before + gap)
    assert changed.content.endswith(plain.content[plain.content.rindex(b"\r\n--") :])
    expected = body_of(plain)
    expected["parameters"] |= {"steps": 3, "deep": {"er": ["é", None]}}
    assert body_of(changed) == {**expected, "action": "other"}


def test_what_is_sent_on_the_way_takes_no_body(colour):
    """The encoding of a vibe is paid for as it is; what is added is for the picture."""
    service = Service(reply(200, b"encoded"), reply(200, ZIP))
    vibes = [Vibe(image=PICTURE)]
    model = "nai-diffusion-4-5-full"
    options = {"extra_body": {"new": 1}, "extra_headers": {"X-A": "1"}}
    use(colour, service, lambda client: generate(client, vibes=vibes, model=model, **options))
    assert ["new" in body_of(request) for request in service.requests] == [False, True]
    assert [request.headers["x-a"] for request in service.requests] == ["1", "1"]


def test_a_merge_changes_neither_side():
    """Objects are merged at every depth; lists, texts and nothing replace."""
    base = {"a": {"b": {"c": 1, "d": 2}}, "l": [1, 2], "x": {"y": 1}, "n": 1}
    extra = {"a": {"b": {"c": 3}}, "l": [4], "x": 5, "n": {"m": None}}
    before = json.dumps([base, extra])
    merged = merge(base, extra)
    assert merged == {"a": {"b": {"c": 3, "d": 2}}, "l": [4], "x": 5, "n": {"m": None}}
    assert json.dumps([base, extra]) == before


def use_copy(colour, service, action, changes, **options):
    """Do something with a copy of a client, then close the copy, then look at the client."""

    def sync(client):
        with client.with_options(**changes) as other:
            done = action(other)
        assert client.user.get_anlas() == 0
        return done

    async def other_colour(client):
        async with client.with_options(**changes) as other:
            done = await action(other)
        assert await client.user.get_anlas() == 0
        return done

    return use(colour, service, sync if colour == "sync" else other_colour, **options)


def test_a_copy_has_its_own_options(colour):
    """What is given changes, what is left out stays, and the origin stays as it was."""
    service = Service(reply(200, ZIP), reply(200, b"{}"))
    changes = {
        "timeout": 30,
        "headers": {"x-b": "2"},
        "body": {"parameters": {"new": 1}},
        "user_agent": "bot/2",
    }
    options = {"headers": {"X-A": "1", "X-B": "1"}, "user_agent": " my-bot/1.2 (me@example.org)"}
    use_copy(colour, service, generate, changes, **options)
    changed, plain = service.requests
    agent = changed.headers["user-agent"].partition(" ")[0]
    assert agent.startswith("novelai-fastapi/")
    assert changed.headers["user-agent"] == f"{agent} bot/2"
    assert plain.headers["user-agent"] == f"{agent} my-bot/1.2 (me@example.org)"
    assert changed.headers.get_list("x-b") == ["2"]
    assert (changed.headers["x-a"], plain.headers["x-a"], plain.headers["x-b"]) == ("1", "1", "1")
    assert (changed.extensions["timeout"]["read"], plain.extensions["timeout"]["read"]) == (30, 120)
    assert body_of(changed)["parameters"]["new"] == 1


def test_a_copy_of_a_copy_adds_up(client_class):
    """Options are laid over each other; a call's own lie on top."""
    client = client_class(KEY, transport=Service(ACCOUNT), timeout=9)
    copy = client.with_options(headers={"X-A": "1"}).with_options(headers={"X-B": "2"})
    assert dict(copy._driver.options.headers) == {"X-A": "1", "X-B": "2"}
    assert (copy.timeout, copy.with_options(timeout=4).timeout, client.timeout) == (9, 4, 9)
    assert type(copy) is client_class
    assert copy.api_key == KEY
    on_top = copy.with_options(body={"a": {"b": 1}})._driver.using({"extra_body": {"a": {"c": 2}}})
    assert on_top.options.body == {"a": {"b": 1, "c": 2}}


def test_a_copy_shares_connections_and_turns():
    """One generation runs at a time, whichever of them it is asked of."""
    with NovelAI(KEY, transport=Service(ACCOUNT)) as client:
        other = client.with_options(timeout=3)
        assert other._driver._slots.find() is client._driver._slots.find()
        assert other.image._context is client.image._context
    with pytest.raises(ConfigurationError, match="closed"):
        other.user.get_anlas()


def test_a_copy_has_its_own_patience(colour):
    """`retry` of a copy decides for the copy alone."""
    busy = reply(429, b"slow down")
    service = Service(busy)

    async def ask_async(client):
        with pytest.raises(Exception, match="429"):
            await client.with_options(retry=RetryPolicy(max_attempts=1)).user.get_anlas()

    def ask(client):
        with pytest.raises(Exception, match="429"):
            client.with_options(retry=RetryPolicy(max_attempts=1)).user.get_anlas()

    use(colour, service, ask if colour == "sync" else ask_async)
    assert service.calls == 1


def test_without_options_nothing_is_copied():
    """The way of a plain call makes no objects for what it does not use."""
    with NovelAI(KEY, transport=Service(ACCOUNT)) as client:
        driver = client._driver
        fields = {"prompt": "1girl"}
        assert driver.using({}) is driver
        assert driver.take(fields) == (driver, fields)
        assert driver.take(fields)[1] is fields
        assert driver.with_options().options is driver.options


def test_what_the_caller_does_later_changes_nothing():
    """Headers and bodies are taken as they are at the time."""
    body, headers = {"a": [1]}, {"X-A": "1"}
    service = Service(reply(200, ZIP))
    with NovelAI(KEY, transport=service, headers=headers) as client:
        other = client.with_options(body=body)
        body["a"].append(2)
        headers["X-A"] = "2"
        generate(other)
    (request,) = service.requests
    assert (body_of(request)["a"], request.headers["x-a"]) == ([1], "1")


WRONG = [
    *({"timeout": value} for value in (0, -1, float("nan"), float("inf"), "30", True, 86_401, [])),
    *({"retry": value} for value in (3, "no", RetryPolicy)),
    *({"headers": value} for value in ("X-A: 1", 3, [("X-A", "1")], {"X A": "1"}, {"": "1"})),
    *({"headers": {"X-A": value}} for value in ("1\r\nX-Evil: 1", "1\n", "é", 1, None, b"1", "\0")),
    *(
        {"headers": {name: "1"}}
        for name in ("Authorization", "host", "CONTENT-LENGTH", "User-Agent", "x-correlation-id")
    ),
    *({"user_agent": value} for value in ("", " ", "a\nb", "é", 3, b"bot")),
    *({"on_wait": value} for value in (3, "print", [print])),
]
BODIES = [{"body": value} for value in ("{}", 3, [1], {"a": {1, 2}}, {"a": float("nan")})]
BODIES += [{"body": {"a": "\ud800"}}, {"body": {"a": b"bytes"}}]


def named(error, options, prefix=""):
    (name,) = options
    assert error.value.message.startswith(f"{prefix}{name}"), error.value.message
    assert error.value.charged == "no"
    shown = str(error.value)
    assert "Evil" not in shown
    assert KEY not in shown


@pytest.mark.parametrize("options", WRONG, ids=repr)
def test_a_client_with_wrong_options_is_not_made(options, client_class):
    """Each wrong value is a `ConfigurationError` that begins with its name."""
    with pytest.raises(ConfigurationError) as error:
        client_class(KEY, **options)
    named(error, options)


@pytest.mark.parametrize("options", [*WRONG, *BODIES], ids=repr)
def test_a_copy_with_wrong_options_is_not_made(options, client_class):
    """The same goes for copies."""
    client = client_class(KEY, transport=Service(ACCOUNT))
    with pytest.raises(ConfigurationError) as error:
        client.with_options(**options)
    named(error, options)


@pytest.mark.parametrize("options", [*WRONG, *BODIES], ids=repr)
def test_a_call_with_wrong_options_sends_nothing(options, colour):
    """The same goes for single calls, where two names begin otherwise."""
    (name, value), service = next(iter(options.items())), Service(reply(200, ZIP))
    if name in {"retry", "user_agent", "on_wait"}:
        with pytest.raises(InvalidParamsError, match=name):
            use(colour, service, lambda client: generate(client, **options))
        assert service.calls == 0
        return
    prefix = "" if name == "timeout" else "extra_"
    for action in (generate, lambda client, **more: client.user.get_anlas(**more)):
        with pytest.raises(ConfigurationError) as error:
            use(colour, service, partial(action, **{f"{prefix}{name}": value}))
        named(error, options, prefix)
    assert service.calls == 0


def test_a_misspelt_option_is_named(colour):
    """Nothing is sent, and what may have been meant is said."""
    service = Service(ACCOUNT)
    with pytest.raises(InvalidParamsError, match="did you mean timeout") as error:
        use(colour, service, lambda client: client.user.get_anlas(timeot=3))
    assert (error.value.field, service.calls) == ("timeot", 0)


@pytest.mark.parametrize(
    "options",
    [
        {"base_url": 3},
        {"text_base": b"http://service"},
        {"http_client": 3},
        {"http_client": "proxy"},
        {"transport": "proxy"},
        {"transport": 7},
        {"concurrency": "1"},
        {"concurrency": 1.5},
        {"concurrency": True},
        {"upload": "form"},
        {"vibe_cache": 3},
        {"rng": 7},
    ],
    ids=repr,
)
def test_things_of_a_wrong_kind_are_refused(options, client_class):
    """What can never work is found when the client is made, by its name."""
    with pytest.raises(ConfigurationError) as error:
        client_class(KEY, **options)
    named(error, options)


@pytest.mark.parametrize("key", [3, b"pst-SECRET", ["pst-SECRET"]])
def test_a_key_of_a_wrong_kind_is_refused_unseen(key, client_class):
    """As with any key that cannot be, it is not shown."""
    with pytest.raises(ConfigurationError, match="api_key must be text") as error:
        client_class(key)
    assert "SECRET" not in str(error.value)


def test_a_client_or_transport_of_the_other_colour_is_refused():
    """A sync one on an event loop, or the other way round, would fail at the first call."""
    for options in ({"http_client": httpx2.Client()}, {"transport": httpx2.HTTPTransport()}):
        with pytest.raises(ConfigurationError, match=next(iter(options))):
            AsyncNovelAI(KEY, **options)
    with pytest.raises(ConfigurationError, match="http_client"):
        NovelAI(KEY, http_client=httpx2.AsyncClient())
    with pytest.raises(ConfigurationError, match="transport"):
        NovelAI(KEY, transport=httpx2.AsyncHTTPTransport())


def test_a_coroutine_function_is_no_on_wait_for_threads():
    """Nobody would await it; the async client takes it."""

    async def on_wait(*_):
        pass

    with pytest.raises(ConfigurationError, match="on_wait"):
        NovelAI(KEY, on_wait=on_wait)
    assert AsyncNovelAI(KEY, on_wait=on_wait)._driver.options.on_wait is on_wait


class Relative:
    """A client that is like httpx2's and is none."""

    def __init__(self, http):
        self._http = http

    def __getattr__(self, name):
        return getattr(self._http, name)


@pytest.mark.parametrize("colour", ["sync", "asyncio"])
def test_a_client_like_httpx2_s_will_do(colour):
    """One of httpx, for its proxy or its hooks, is used as it is, and stays open."""
    service = Service(ACCOUNT)
    kind = httpx2.Client if colour == "sync" else httpx2.AsyncClient
    http = kind(transport=service, headers={"X-Mine": "1"})
    options = {"http_client": Relative(http), "transport": None, "headers": {"X-A": "2"}}
    use(colour, None, lambda client: client.user.get_anlas(), **options)
    assert not service.closed
    (request,) = service.requests
    assert (request.headers["x-mine"], request.headers["x-a"]) == ("1", "2")


def test_upscaling_takes_options_beside_parameters():
    """An object in front does not stand in the way."""
    request = sent_by(
        "sync",
        reply(200, ZIP),
        lambda client: client.tools.upscale(UpscaleParams(image=PICTURE), extra_body={"new": 1}),
    )
    assert body_of(request)["new"] == 1


def test_documents_of_the_service_take_options(colour):
    """`client.api_client` takes them, too."""
    service = Service(reply(200, ZIP))

    async def draw_async(client):
        request = await client.image.api_request(PARAMS)
        return await client.api_client.image.generate(request, extra_headers={"X-A": "1"})

    def draw(client):
        request = client.image.api_request(PARAMS)
        return client.api_client.image.generate(request, extra_headers={"X-A": "1"})

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        use(colour, service, draw if colour == "sync" else draw_async)
    assert service.requests[0].headers["x-a"] == "1"
