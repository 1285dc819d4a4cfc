"""`/v1/responses`, as OpenAI's own client asks for texts and pictures and reads the events."""

import base64
import json

import httpx2
import openai
import pytest
from tests.doors.openai.drawing import SIZE, data_url, opened, png, told_in_header

from novelai.emulator import Fault
from novelai.server.compat.openai.responses.memory import ResponseMemory
from novelai.server.compat.openai.responses.turns import Turn

MODEL = "nai-diffusion-4-5-full"
TOOL = {"type": "image_generation", "size": SIZE}
TURN = {"role": "user", "content": "a dog"}


@pytest.fixture
def client(official, seen):
    assert seen.paid == 0
    return official


def asked(client, **more):
    wish = {"model": MODEL, "input": "a cat", "tools": [TOOL]}
    return client.responses.create(**wish | more)


def test_a_text_model_writes(client, seen):
    """A text comes as a message, with its tokens, and costs nothing."""
    raw = client.responses.with_raw_response.create(
        model="glm-4-6", instructions="Be short.", input="Say hello.", max_output_tokens=200
    )
    answer = raw.parse()
    assert answer.output_text
    assert answer.status in ("completed", "incomplete")
    assert (answer.object, answer.model, answer.error) == ("response", "glm-4-6", None)
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens
    assert raw.headers["x-anlas-cost"] == "0"
    (sent,) = [one.body for one in seen.emulator.requests if one.path.endswith("completions")]
    assert sent["messages"] == [
        {"role": "system", "content": "Be short."},
        {"role": "user", "content": "Say hello."},
    ]
    assert sent["max_tokens"] == 200
    assert seen.paid == 0


def test_a_text_is_streamed_as_the_client_reads_it(client):
    """The client's own stream puts the events together to what was written."""
    with client.responses.stream(model="glm-4-6", input="Say hello.") as stream:
        events = list(stream)
        final = stream.get_final_response() if events[-1].type == "response.completed" else None
    kinds = [event.type for event in events]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-4:-1] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
    ]
    text = "".join(one.delta for one in events if one.type == "response.output_text.delta")
    assert text == events[-1].response.output_text
    assert [one.sequence_number for one in events] == list(range(len(events)))
    assert final is None or final.output_text == text


def test_an_answer_that_was_cut_is_incomplete(client):
    """Too few tokens end an answer early, and it says why, as a stream too."""
    wish = {"model": "glm-4-6", "input": "Tell a story.", "max_output_tokens": 3}
    answer = client.responses.create(**wish)
    assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    *_, last = client.responses.create(**wish, stream=True)
    assert last.type == "response.incomplete"


def test_a_picture_is_the_result_of_the_tool(client, seen):
    """The tool's picture comes as base64 with what it is; a message ends it, as agents need one."""
    answer = asked(client, tools=[TOOL | {"quality": "high", "output_format": "webp"}])
    call, message = answer.output
    assert (message.type, answer.output_text) == ("message", "")
    assert (call.type, call.status, call.size) == ("image_generation_call", "completed", SIZE)
    assert (opened(call.result).size, opened(call.result).format) == ((512, 512), "WEBP")
    assert answer.model_extra["novelai"]["anlas"] == 0
    assert answer.usage.total_tokens == 1
    assert seen.paid == 1


def test_pictures_in_the_making_come_first(impatient):
    """A stream shows partial images of the tool, and ends with the picture."""
    stream = asked(impatient, tools=[TOOL | {"partial_images": 2}], stream=True)
    events = list(stream)
    kinds = [event.type.removeprefix("response.") for event in events]
    assert kinds == [
        "created",
        "in_progress",
        "output_item.added",
        "image_generation_call.in_progress",
        "image_generation_call.generating",
        "image_generation_call.partial_image",
        "image_generation_call.partial_image",
        "image_generation_call.completed",
        "output_item.done",
        "output_item.added",
        "content_part.added",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    first, second = (opened(one.partial_image_b64) for one in events[5:7])
    assert first.tobytes() != second.tobytes()
    assert events[-1].response.output[0].result == events[8].item.result
    assert opened(events[8].item.result).size == (512, 512)
    assert len({one.item_id for one in events[3:8]}) == 1


def test_a_picture_model_that_is_asked_as_if_it_wrote_links_its_picture(client, seen):
    """Without the tool a program reads text: the picture is there, and a link to it as Markdown."""
    answer = client.responses.create(model="gpt-image-1", input="a cat", extra_body={"seed": 7})
    assert answer.output[0].type == "image_generation_call"
    url = answer.output_text.removeprefix("![image](").removesuffix(")")
    assert httpx2.get(url).content == base64.b64decode(answer.output[0].result)
    with client.responses.stream(model="gpt-image-1", input="a cat") as stream:
        assert stream.get_final_response().output_text.startswith("![image](http")
    assert seen.bodies[0]["parameters"]["seed"] == 7
    assert seen.paid == 2


@pytest.mark.parametrize(
    "choice", [{}, {"tool_choice": "required"}, {"tool_choice": {"type": "image_generation"}}]
)
def test_openais_own_example_draws(client, seen, choice):
    """A model of OpenAI's with the tool means a picture; which model drew is told."""
    answer = asked(client, model="gpt-5", **choice)
    assert answer.output[0].type == "image_generation_call"
    assert f"model: gpt-5 was asked for, {MODEL} was taken." in answer.model_extra["notes"]
    assert seen.paid == 1


def test_a_text_model_draws_only_when_it_must(client, seen):
    """Left to NovelAI's text model the tool is refused, as it calls none; forced, it draws."""
    with pytest.raises(openai.BadRequestError, match="tool_choice") as caught:
        asked(client, model="glm-4-6")
    assert caught.value.param == "tools"
    assert asked(client, model="glm-4-6", tool_choice="none").output_text
    assert seen.paid == 0
    asked(client, model="glm-4-6", tool_choice={"type": "image_generation"})
    assert seen.paid == 1


def test_functions_that_are_offered_are_noted(client, seen):
    """NovelAI's text models call none: the answer is a text, and says what was not used."""
    form = {"format": {"type": "json_object"}}
    answer = asked(client, model="glm-4-6", tools=[{"type": "function", "name": "f"}], text=form)
    assert answer.output_text
    fields = [note.partition(":")[0] for note in answer.model_extra["notes"]]
    assert fields == ["tools", "text.format"]
    assert seen.paid == 0


def test_a_picture_beside_the_wish_is_edited(client, seen):
    """Pictures of the input are where the drawing starts; with a mask a part of it is painted."""
    parts = [
        {"type": "input_text", "text": "a dog"},
        {"type": "input_image", "image_url": data_url(png()), "detail": "auto"},
    ]
    turns = [{"role": "user", "content": parts}]
    hole = data_url(png("white"))
    answer = asked(client, input=turns)
    assert answer.output[0].model_dump()["action"] == "edit"
    asked(client, input=turns, tools=[TOOL | {"input_image_mask": {"image_url": hole}}])
    asked(client, input=turns, tools=[TOOL | {"action": "generate"}])
    assert [body["action"] for body in seen.bodies] == ["img2img", "infill", "generate"]


def test_the_picture_before_is_changed_where_that_is_said(client, seen):
    """`action: edit` goes on from the last picture: by the answer before, its id, or itself.

    Without an action, so does a picture that is named behind the wish.
    """
    first = asked(client)
    call = first.output[0]
    tools = [TOOL | {"action": "edit"}]
    named = {"type": "image_generation_call", "id": call.id}
    asked(client, input="a dog", previous_response_id=first.id, tools=tools)
    asked(client, input=[named, TURN], tools=tools)
    asked(client, input=[call.to_dict(), TURN], tools=tools)
    asked(client, input=[TURN, named])
    assert [body["action"] for body in seen.bodies] == ["generate", *["img2img"] * 4]
    anew = asked(client, input="a dog", previous_response_id=first.id)
    assert any("action" in note for note in anew.model_extra["notes"])
    assert seen.bodies[-1]["action"] == "generate"


def test_an_earlier_answer_may_be_named(client, seen):
    """A conversation goes on from the answer before, or from messages that are named by id."""
    first = client.responses.create(model="glm-4-6", input="I am Ann.", instructions="Be short.")
    client.responses.create(
        model="glm-4-6", input="Who am I?", previous_response_id=first.id, instructions="Be kind."
    )
    turns = [
        {"role": "user", "content": "I am Ann."},
        {"type": "item_reference", "id": first.output[0].id},
        {"role": "developer", "content": [{"type": "input_text", "text": "Be kind."}]},
        {"role": "user", "content": "Who am I?"},
    ]
    client.responses.create(model="glm-4-6", input=turns)
    bodies = [one.body for one in seen.emulator.requests if one.path.endswith("completions")]
    said = {"role": "assistant", "content": first.output_text}
    assert [turn["content"] for turn in bodies[1]["messages"]] == [
        "Be kind.",
        "I am Ann.",
        said["content"],
        "Who am I?",
    ]
    assert bodies[2]["messages"][1] == said


def test_what_is_not_kept_cannot_be_named(client, keyed):
    """An answer with `store: false`, and one of somebody else, are not known."""
    kept = client.responses.create(model="glm-4-6", input="hello")
    left = client.responses.create(model="glm-4-6", input="hello", store=False)
    other = openai.OpenAI(base_url=f"{keyed.url}/v1", api_key=keyed.make_key())
    for who, name in ((client, left.id), (other, kept.id), (client, "resp_none")):
        with pytest.raises(openai.BadRequestError) as caught:
            who.responses.create(model="glm-4-6", input="hello", previous_response_id=name)
        assert caught.value.param == "previous_response_id"
    other.close()


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"input": None}, "input"),
        ({"input": []}, "input"),
        ({"input": [7]}, "input.0"),
        ({"input": [{"role": "robot", "content": "a"}]}, "input.0.role"),
        ({"input": [{"role": "user", "content": 7}]}, "input.0.content"),
        ({"input": [{"role": "user", "content": [{"type": "input_file"}]}]}, "input.0.content.0"),
        ({"input": [{"type": "function_call_output", "output": "a"}]}, "input.0"),
        ({"input": [{"type": "item_reference", "id": "msg_none"}]}, "input.0"),
        ({"input": " "}, "input"),
        ({"input": [{"role": "assistant", "content": "a"}]}, "input"),
        ({"input": [{"type": ["message"]}]}, "input.0"),
        ({"input": [{"role": "user", "content": [{"type": [], "text": 7}]}]}, "input.0.content.0"),
        ({"input": [TURN, {"type": "image_generation_call", "id": "ig_job_none"}]}, "input"),
        ({"instructions": 7}, "instructions"),
        ({"conversation": "conv_1"}, "conversation"),
        ({"background": True}, "background"),
        ({"tools": "image_generation"}, "tools"),
        ({"tools": [7]}, "tools"),
        ({"tools": [TOOL | {"size": "huge"}]}, "size"),
        ({"tools": [TOOL | {"partial_images": 9}]}, "partial_images"),
        ({"tool_choice": {"type": "function", "name": "f"}}, "tool_choice"),
        ({"steps": -1}, "steps"),
        ({"model": 7}, "model"),
        (
            {"model": "glm-4-6", "tools": [], "text": {"format": {"type": "json_schema"}}},
            "text.format",
        ),
        ({"model": "glm-4-6", "tools": [], "max_output_tokens": -1}, "max_output_tokens"),
    ],
)
def test_a_wrong_value_is_named(raw, seen, change, param):
    """What cannot be had is refused with the name of its field, and nothing is spent."""
    body = {"model": MODEL, "input": "a cat", "tools": [TOOL]} | change
    answer = raw.post("/v1/responses", json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"], error["charged"]) == (400, param, "no")
    assert seen.paid == 0


def test_what_has_no_counterpart_is_noted(client):
    """Functions beside a picture model and settings that are not there are told, and left out."""
    tools = [TOOL | {"style": "anime"}, {"type": "web_search"}]
    raw = client.responses.with_raw_response.create(
        model=MODEL, input="a cat", tools=tools, reasoning={"effort": "low"}, extra_body={"odd": 1}
    )
    notes = raw.parse().model_extra["notes"]
    fields = [note.partition(":")[0] for note in notes]
    assert fields == ["tools", "reasoning.effort", "odd", "style"]
    assert told_in_header(raw.headers) == " ".join(notes)


def test_a_task_gets_a_text(client, seen):
    """A title that is asked of a picture model is written."""
    task = '### Task:\nGenerate a concise title.\nJSON format: { "title": "…" }\n'
    history = "<chat_history>\nUSER: a red fox\n</chat_history>"
    answer = client.responses.create(model=MODEL, input=task + history)
    assert json.loads(answer.output_text) == {"title": "a red fox"}
    assert seen.paid == 0


def test_a_failure_inside_a_stream_is_raised(stubborn, failing):
    """What fails when a stream has begun is an error of the client's, with its code."""
    _, seen = failing
    seen.emulator.script(Fault(status=500, at="after", path="/ai/generate-image-stream"))
    with pytest.raises(openai.APIError) as caught:
        list(asked(stubborn, stream=True, extra_body={"steps": 40}))
    assert caught.value.code == "uncertain"
    assert seen.paid == 1
    seen.emulator.script(Fault(status=500, path="/oa/v1/chat/completions"))
    with pytest.raises(openai.APIError):
        list(stubborn.responses.create(model="glm-4-6", input="hello", stream=True))


def test_what_is_kept_is_bounded():
    """The oldest conversation is forgotten first, with what its items said."""
    memory = ResponseMemory(most_characters=10)
    for name in ("a", "b", "c"):
        said = Turn(role="assistant", text="four")
        memory.keep("key", f"resp_{name}", [], {f"msg_{name}": said})
    assert memory.conversation("key", "resp_a") is None
    assert memory.item("key", "msg_a") is None
    assert memory.conversation("other", "resp_c") is None
    (turn,) = memory.conversation("key", "resp_c") or ()
    assert memory.item("key", "msg_c") == turn
