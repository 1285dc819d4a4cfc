"""Texts, from a prompt to its continuation."""

import anyio
import pytest
from tests.contract.asking import ask, watch
from tests.contract.worlds import SMALL, sent_to

from novelai import (
    ConnectionLostError,
    GenerationFailedError,
    InsufficientAnlasError,
    InvalidRequestError,
    InvalidResponseError,
    PermissionDeniedError,
    ServerError,
)
from novelai.emulator import Fault
from novelai.presets import preset_names

pytestmark = pytest.mark.anyio

STORY = "/ai/generate"
CHAT = "/oa/v1/chat/completions"


@pytest.mark.parametrize("model", ["kayra-v1", "llama-3-erato-v1"])
async def test_a_story_goes_on(world, emulator, model):
    """A story is continued as text, for no Anlas, the same at once and piece by piece."""
    wish = {"model": model, "max_length": 30, "temperature": 1.1}
    result = await ask(world, lambda client: client.text.generate("The old harbour", **wish))
    events = await watch(world, lambda client: client.text.stream("The old harbour", **wish))
    assert "".join(event.text for event in events) == result.text
    assert [event.position for event in events] == list(range(30))
    assert events[-1].final
    (request,) = sent_to(emulator, STORY)
    assert request.body["parameters"]["use_string"] is True
    assert request.anlas_spent == 0
    assert request.completed


@pytest.mark.parametrize(("model", "width"), [("kayra-v1", 2), ("llama-3-erato-v1", 4)])
async def test_tokens_go_both_ways(world, model, width):
    """In token mode numbers of the model's width go and come, at once and piece by piece."""
    wish = {"model": model, "max_length": 12, "decode": lambda tokens: "." * len(tokens)}
    result = await ask(world, lambda client: client.text.generate([5, 6, 7], **wish))
    events = await watch(world, lambda client: client.text.stream([5, 6, 7], **wish))
    assert len(result.token_ids) == 12
    assert all(0 <= token < 256**width for token in result.token_ids)
    assert tuple(token for event in events for token in event.token_ids) == result.token_ids
    assert result.text == "".join(event.text for event in events) == "." * 12


async def test_likelihoods_can_be_asked_for(world):
    """Likelihoods come for each token when asked for, and only then."""
    result = await ask(world, lambda c: c.text.generate("A", max_length=4, num_logprobs=3))
    assert [len(one.before) for one in result.logprobs] == [3, 3, 3, 3]
    assert (await ask(world, lambda c: c.text.generate("A", max_length=4))).logprobs == ()


async def test_every_preset_is_accepted(world):
    """What a preset sends is what the service takes."""
    names = preset_names("kayra-v1")
    assert "Carefree" in names
    for name in names:
        result = await ask(world, lambda c, name=name: c.text.generate("A", preset=name))
        assert result.text


async def test_a_conversation_is_answered(world, emulator):
    """An answer is the same joined and piece by piece, without the newline in front."""
    turns = [{"role": "user", "content": "How do I begin?"}]
    result = await ask(world, lambda client: client.text.chat(turns, preset="Default"))
    events = await watch(world, lambda client: client.text.chat_stream(turns, preset="Default"))
    assert result.text == "".join(event.text for event in events)
    assert result.text == result.text.lstrip("\n")
    assert result.finish_reason == events[-1].finish_reason == "stop"
    assert result.usage.completion_tokens == len(result.choices[0].token_ids) - 1
    assert all(request.body["stream"] for request in sent_to(emulator, CHAT))


async def test_a_long_answer_is_cut_at_its_limit(world):
    """An answer that reaches its limit says so."""
    result = await ask(world, lambda client: client.text.chat("Hi", max_tokens=5, n=2))
    assert [choice.finish_reason for choice in result.choices] == ["length", "length"]
    assert all(choice.text for choice in result.choices)


async def test_a_stop_text_never_shows(world):
    """Whether it is one token or several, a stop text is no part of the answer."""
    plain = (await ask(world, lambda client: client.text.chat("Hi"))).text
    one = plain.split()[3]
    several = " ".join(plain.split()[3:6])
    for stop in (one, several):
        answer = await ask(world, lambda client, stop=stop: client.text.chat("Hi", stop=stop))
        assert answer.text == plain[: plain.index(stop)]
        events = await watch(world, lambda c, stop=stop: c.text.chat_stream("Hi", stop=stop))
        assert "".join(event.text for event in events) == answer.text


async def test_a_raw_prompt_is_continued(world):
    """A completion works at once, from text and from token numbers."""
    for prompt in ("[gMASK]<sop><|user|>\nHi", [151331, 151333, 151336]):
        result = await ask(
            world, lambda client, prompt=prompt: client.text.complete(prompt, max_tokens=9)
        )
        assert result.finish_reason == "length"
        assert result.text


async def test_models_are_those_of_the_tier(world, emulator):
    """The list holds what the account may use."""
    models = await ask(world, lambda client: client.text.models())
    assert [model.id for model in models] == ["glm-4-6", "xialong-v1"]
    emulator.account().tier = 1
    models = await ask(world, lambda client: client.text.models())
    assert [model.id for model in models] == ["glm-4-6"]


async def test_tokens_are_counted(world):
    """The service counts tokens, and a longer text has more."""
    short, long = [
        await ask(world, lambda client, text=text: client.text.count_tokens(text))
        for text in ("A fox.", "A fox, a heron and a cat.")
    ]
    assert 0 < short < long


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda c: c.text.generate("A", model="glm-4-6"), PermissionDeniedError, "OpenAI-compat"),
        (lambda c: c.text.generate("A", model="kayra"), PermissionDeniedError, "doesn't exist"),
        (lambda c: c.text.chat("A", model="kayra-v1"), PermissionDeniedError, "doesn't exist"),
        (lambda c: c.text.generate("a " * 9_000), InvalidRequestError, "context of 8192"),
        (lambda c: c.text.chat("a " * 30_000), InvalidRequestError, "context of 28672"),
    ],
    ids=["path", "model", "chat", "context", "long-chat"],
)
async def test_the_services_refusals_are_told(world, call, error, said):
    """What the service refuses is an error with the service's words."""
    with pytest.raises(error, match=said):
        await ask(world, call)


async def test_tiers_differ(world, emulator):
    """A smaller tier has a smaller context, and neither Erato nor Xialong; none has nothing."""
    account = emulator.account()
    account.tier = 1
    with pytest.raises(InvalidRequestError, match="context of 4096"):
        await ask(world, lambda client: client.text.generate("a " * 5_000))
    for call in (
        lambda client: client.text.generate("A", model="llama-3-erato-v1"),
        lambda client: client.text.chat("A", model="xialong-v1"),
    ):
        with pytest.raises(PermissionDeniedError):
            await ask(world, call)
    account.active = False
    with pytest.raises(InsufficientAnlasError, match="subscription"):
        await ask(world, lambda client: client.text.generate("A"))


async def test_texts_and_pictures_take_turns(world, emulator):
    """Texts and pictures asked for at once are all made, one after the other, none refused."""
    made = []

    async def keep(call):
        made.append(await ask(world, call))

    async with anyio.create_task_group() as tasks:
        for _ in range(2):
            tasks.start_soon(keep, lambda client: client.text.chat("Hi"))
            tasks.start_soon(keep, lambda client: client.text.generate("Hi"))
            tasks.start_soon(keep, lambda c: c.image.generate(prompt="cat", size=SMALL, steps=2))
    assert len(made) == 6
    assert {request.status for request in emulator.requests} == {200}


@pytest.mark.parametrize(
    ("path", "call"),
    [
        ("/ai/generate-stream", lambda client: client.text.stream("A", max_length=20)),
        (CHAT, lambda client: client.text.chat_stream("A")),
    ],
    ids=["story", "chat"],
)
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(at="after", cut_after=300), ConnectionLostError),
        (Fault(at="after", cut_after=300, clean_cut=True), ConnectionLostError),
        (Fault(at="after", malformed_frame=True), InvalidResponseError),
        (Fault(at="after", error_event="out of capacity"), GenerationFailedError),
        (Fault(status=500), ServerError),
    ],
    ids=["cut", "short", "broken", "failure", "refused"],
)
async def test_a_stream_that_goes_wrong_is_an_error(wire, emulator, path, call, fault, error):
    """However a stream goes wrong, the error is of its kind, costs nothing and is not repeated."""
    emulator.script(fault)
    with pytest.raises(error) as caught:
        await watch(wire, call)
    assert caught.value.charged == "no"
    assert len(sent_to(emulator, path)) == 1
    assert await watch(wire, call)


async def test_a_text_that_may_have_run_is_asked_for_once(wire, emulator):
    """A text whose answer was lost was written once, and is not written again."""
    emulator.script(Fault(at="after", drop=True, path=STORY))
    with pytest.raises(ConnectionLostError):
        await ask(wire, lambda client: client.text.generate("A"))
    (request,) = sent_to(emulator, STORY)
    assert request.completed
