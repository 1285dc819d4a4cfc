"""Text calls as a person makes them, sync and async."""

import json

import pytest
from tests.sdk.services import COLOURS, Service, gather, reply, streamed, use
from tests.sdk.text_making import ANSWER, PIECES, chat, packed, story

from novelai.types import ChatMessage, ChatParams, CompletionParams, TextParams


def text_answer(**document):
    return reply(200, json.dumps(document).encode(), content_type="application/json")


def gathered(stream):
    return gather(stream, [])


def sent(service, at=-1):
    return json.loads(service.requests[at].content)


@pytest.mark.parametrize("colour", COLOURS)
def test_a_story_goes_on(colour):
    """A prompt comes back with its continuation, and text is always asked for as text."""
    service = Service(text_answer(output=" there was a café.", logprobs=None))
    result = use(
        colour, service, lambda client: client.text.generate("Once", temperature=0.8, max_length=9)
    )
    assert str(result) == result.text == " there was a café."
    (request,) = service.requests
    assert (request.method, str(request.url)) == ("POST", "https://text.novelai.net/ai/generate")
    assert sent(service) == {
        "input": "Once",
        "model": "kayra-v1",
        "parameters": {
            "max_length": 9,
            "min_length": 1,
            "temperature": 0.8,
            "order": [0],
            "use_string": True,
        },
    }


@pytest.mark.parametrize(
    ("model", "host"),
    [
        ("kayra-v1", "text.novelai.net"),
        ("llama-3-erato-v1", "text.novelai.net"),
        ("something-new", "text.novelai.net"),
        ("clio-v1", "api.novelai.net"),
    ],
)
def test_a_model_is_asked_where_it_lives(model, host):
    """Models go to the text host, known or not; only those that never moved go to the old one."""
    service = Service(reply(201, b'{"output":"x"}'))
    assert use("sync", service, lambda client: client.text.generate("a", model=model)).text == "x"
    assert service.requests[0].url.host == host


def test_a_preset_and_changes_are_keywords():
    """A preset is chosen for the model by name, beside changes."""
    service = Service(text_answer(output="x"))
    use("sync", service, lambda client: client.text.generate("a", preset="Asper", max_length=8))
    assert sent(service)["parameters"]["order"] == [5, 0, 1, 3]
    assert sent(service)["parameters"]["max_length"] == 8


def test_parameters_are_given_once():
    """An object and keywords together are a mistake."""
    service = Service(text_answer(output="x"))
    with pytest.raises(TypeError, match="not both"):
        use("sync", service, lambda c: c.text.generate("a", params=TextParams(), top_k=2))


@pytest.mark.parametrize(("model", "width"), [("kayra-v1", 2), ("llama-3-erato-v1", 4)])
def test_tokens_go_and_come_as_numbers(model, width):
    """Token numbers are packed in the model's width, and the answer's are unpacked."""
    service = Service(text_answer(output=packed(65, 66, width=width)))
    result = use(
        "sync",
        service,
        lambda c: c.text.generate([1, 258], model=model, decode=lambda ids: bytes(ids).decode()),
    )
    assert (result.text, result.token_ids) == ("AB", (65, 66))
    assert sent(service)["input"] == packed(1, 258, width=width)
    assert sent(service)["parameters"]["use_string"] is False


@pytest.mark.parametrize("colour", COLOURS)
def test_a_story_is_read_while_it_is_written(colour):
    """A stream gives the pieces in order."""
    service = Service(streamed(*reversed(story()[:-1]), story()[-1]))
    events = use(colour, service, lambda client: gathered(client.text.stream("Once")))
    assert "".join(event.text for event in events) == "".join(PIECES)
    assert service.requests[0].url.path == "/ai/generate-stream"
    assert service.requests[0].headers["accept"] == "text/event-stream"


@pytest.mark.parametrize("colour", COLOURS)
def test_a_conversation_is_answered(colour):
    """Chat is asked for as a stream and joined; a text alone is the user's turn."""
    service = Service(streamed(*[chat()[at : at + 7] for at in range(0, len(chat()), 7)]))
    result = use(colour, service, lambda client: client.text.chat("Hello", temperature=1))
    assert (result.text, result.finish_reason) == (ANSWER, "stop")
    assert service.requests[0].url == "https://text.novelai.net/oa/v1/chat/completions"
    assert sent(service) == {
        "model": "glm-4-6",
        "messages": [{"role": "user", "content": "Hello"}],
        "max_tokens": 256,
        "temperature": 1.0,
        "stream": True,
    }


@pytest.mark.parametrize("colour", COLOURS)
def test_an_answer_is_read_while_it_is_written(colour):
    """A chat stream gives the pieces, without the newline in front."""
    service = Service(streamed(chat()))
    turns = [ChatMessage(role="system", content="Be brief."), {"role": "user", "content": "Hi"}]
    events = use(
        colour,
        service,
        lambda client: gathered(client.text.chat_stream(turns, params=ChatParams(stop="END"))),
    )
    assert "".join(event.text for event in events) == ANSWER
    assert sent(service)["messages"][0] == {"role": "system", "content": "Be brief."}
    assert sent(service)["stop"] == ["END"]


def test_an_idle_top_k_is_left_out():
    """Switched off, top_k is not sent, as on the web page."""
    service = Service(streamed(chat()))
    use("sync", service, lambda client: client.text.chat("Hello", top_k=0, top_p=0.9))
    assert "top_k" not in sent(service)
    assert sent(service)["top_p"] == 0.9


@pytest.mark.parametrize("colour", COLOURS)
def test_a_raw_prompt_is_continued(colour):
    """A completion is asked for at once and read whole, stop texts cut."""
    choices = [
        {"index": 0, "text": "\n one END two", "finish_reason": "stop", "matched_stop": 7},
        {"index": 1, "text": " two", "finish_reason": "length", "matched_stop": "x"},
    ]
    usage = {"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7, "new": {"a": 1}}
    service = Service(text_answer(object="text_completion", choices=choices, usage=usage))
    result = use(
        colour, service, lambda client: client.text.complete([151331, 151333], n=2, stop=["END"])
    )
    assert [choice.text for choice in result.choices] == ["\n one ", " two"]
    assert result.usage.total_tokens == 7
    assert sent(service)["prompt"] == [151331, 151333]
    assert sent(service)["stream"] is False


def test_an_echoed_prompt_keeps_its_stop_texts():
    """A stop text in the repeated prompt ends nothing."""
    service = Service(text_answer(choices=[{"text": "END of. And on", "finish_reason": "length"}]))
    params = CompletionParams(echo=True, stop="END")
    result = use("sync", service, lambda client: client.text.complete("END of.", params=params))
    assert result.text == "END of. And on"


def test_models_are_listed_leniently():
    """The list of models keeps what is new and lacks what is gone; it may be empty."""
    listed = {"object": "list", "data": [{"id": "glm-4-6", "brand": 1}, {"id": "x", "created": 5}]}
    service = Service(text_answer(**listed), text_answer(object="list", data=None))
    models = use("sync", service, lambda client: client.text.models())
    assert [(model.id, model.owned_by, model.created) for model in models] == [
        ("glm-4-6", "", 0),
        ("x", "", 5),
    ]
    assert use("sync", service, lambda client: client.text.models()) == []


@pytest.mark.parametrize(
    "document", [{"length": 4, "encoded": [1]}, {"token_count": 4}, {"encoded": [1, 2, 3, 4]}]
)
def test_tokens_are_counted(document):
    """The count is found under any of the names it was reported with."""
    service = Service(text_answer(**document))
    assert use("sync", service, lambda client: client.text.count_tokens("a b c d")) == 4
    assert sent(service) == {"model": "glm-4-6", "prompt": "a b c d"}
