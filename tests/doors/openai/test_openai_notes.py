"""What is taken otherwise than it was asked for is told, in the body and in a header."""

import json

import pytest
from tests.doors.openai.drawing import SIZE, data_url, hole, opened, png, told_in_header

WISH = {"prompt": "a cat", "size": SIZE}
TOOL = {"type": "function", "function": {"name": "search"}}
CHAT = "/v1/chat/completions"
GENERATIONS = "/v1/images/generations"


@pytest.fixture
def web(raw, seen):
    assert seen.paid == 0
    return raw


def notes_of(answer):
    assert answer.status_code == 200, answer.text
    notes = answer.json().get("notes", [])
    assert told_in_header(answer.headers) == " ".join(notes)
    return notes


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"size": "500x700"}, "size: 500x700 was asked for, 512x704 was taken."),
        ({"width": 100, "height": 100, "size": None}, "size: 100x100 was asked for, 128x128"),
        ({"size": "4096x4096"}, "size: 4096x4096 was asked for, 1728x1728 was taken."),
        ({"quality": "hd"}, "quality: hd was asked for, high was taken."),
        ({"style": "vivid"}, "style: vivid was asked for and is not used"),
        ({"moderation": "low"}, "moderation: low was asked for and is not used"),
        ({"background": "blue"}, "background: blue was asked for, opaque was taken."),
        ({"output_compression": 50}, "output_compression: 50 was asked for and is not used"),
        ({"partial_images": 2}, "partial_images: 2 was asked for and is not used"),
        ({"input_fidelity": "high"}, "input_fidelity: high was asked for and is not used"),
        ({"loras": ["x"]}, "loras: a list was asked for and is not used"),
    ],
)
def test_a_difference_is_told(web, change, note):
    """Each note names the field, what was asked for, and what became of it."""
    (told,) = notes_of(web.post(GENERATIONS, json=WISH | change))
    assert told.startswith(note)


def test_what_is_taken_as_it_is_needs_no_note(web):
    """LibreChat's and Open WebUI's usual fields mean what they say."""
    usual = {"n": 1, "quality": "auto", "background": "auto", "moderation": "auto", "user": "ann"}
    usual |= {"output_format": "png", "output_compression": 100, "size": "auto"}
    assert notes_of(web.post(GENERATIONS, json={"prompt": "a cat"} | usual)) == []


def test_a_stream_tells_it_with_the_picture(web):
    """The last event of a stream has the notes, and so has the header in front."""
    body = WISH | {"stream": True, "style": "vivid"}
    answer = web.post(GENERATIONS, json=body)
    last = json.loads([one for one in answer.text.splitlines() if one.startswith("data: ")][-1][6:])
    assert " ".join(last["notes"]) == told_in_header(answer.headers)


def test_a_chat_tells_it_beside_the_choices(web):
    """Tools and JSON forms that a picture model is offered are noted, and a picture is drawn."""
    body = {
        "model": "gpt-image-1",
        "messages": [{"role": "user", "content": "a cat"}],
        "size": SIZE,
        "temperature": 1,
        "top_p": 0.9,
        "stream_options": {"include_usage": True},
        "tools": [TOOL],
        "response_format": {"type": "json_object"},
    }
    fields = [note.partition(":")[0] for note in notes_of(web.post(CHAT, json=body))]
    assert fields == ["tools", "response_format"]


def test_a_text_model_tells_what_it_left_out(web):
    """Pictures in a chat and efforts that NovelAI has not are noted, streamed or not."""
    parts = [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": data_url(png())}},
    ]
    body = {"model": "glm-4-6", "messages": [{"role": "user", "content": parts}]}
    body |= {"reasoning_effort": "low", "metadata": {"a": "b"}, "max_tokens": 30}
    answer = web.post(CHAT, json=body)
    fields = [note.partition(":")[0] for note in notes_of(answer)]
    assert fields == ["reasoning_effort", "messages"]
    streamed = web.post(CHAT, json=body | {"stream": True})
    assert told_in_header(streamed.headers) == " ".join(answer.json()["notes"])
    assert '"notes": [' in streamed.text


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tools": [TOOL], "tool_choice": {"type": "function"}}, "tool_choice"),
        ({"functions": [{"name": "f"}], "function_call": {"name": "f"}}, "function_call"),
        ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"max_completion_tokens": 2**70}, "max_completion_tokens"),
        ({"max_tokens": -1}, "max_tokens"),
        ({"n": 2**70}, "n"),
        ({"temperature": "hot"}, "temperature"),
        ({"messages": [{"role": "tool", "content": "42"}]}, "messages.0"),
    ],
)
def test_a_text_model_refuses_what_would_change_the_answer(web, seen, change, param):
    """A call that is a must, and JSON schemas, which NovelAI passes over, are refused by name."""
    body = {"model": "glm-4-6", "messages": [{"role": "user", "content": "hello"}]} | change
    answer = web.post(CHAT, json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert not [one for one in seen.emulator.requests if one.path.endswith("completions")]


def test_a_text_model_answers_who_offers_tools(web, seen):
    """Chat programs offer tools with every message: it writes, and a note says what is not used."""
    body = {"model": "glm-4-6", "messages": [{"role": "user", "content": "hello"}]}
    body |= {"tools": [TOOL], "tool_choice": "auto", "functions": [{"name": "f"}]}
    answer = web.post(CHAT, json=body | {"response_format": {"type": "json_object"}})
    assert answer.json()["choices"][0]["message"]["content"]
    fields = [note.partition(":")[0] for note in notes_of(answer)]
    assert fields == ["tools", "functions", "response_format"]
    streamed = web.post(CHAT, json=body | {"stream": True})
    assert "tools: a list was asked for and is not used" in told_in_header(streamed.headers)
    assert seen.paid == 0


@pytest.mark.parametrize(
    ("limit", "tokens"), [({}, 1024), ({"max_tokens": None}, 1024), ({"max_tokens": 3}, 3)]
)
def test_an_answer_is_cut_where_the_client_says(web, seen, limit, tokens):
    """Without a limit an answer may be as long as NovelAI's page lets it; a cut one says so."""
    body = {"model": "glm-4-6", "messages": [{"role": "user", "content": "hello"}]} | limit
    reason = web.post(CHAT, json=body).json()["choices"][0]["finish_reason"]
    (sent,) = [one.body for one in seen.emulator.requests if one.path.endswith("completions")]
    assert sent["max_tokens"] == tokens
    assert reason == ("length" if tokens == 3 else "stop")


@pytest.mark.parametrize("stream", [False, True])
def test_a_text_model_that_is_not_there(web, stream):
    """A model that NovelAI has not is told as an unknown one, in a stream too."""
    body = {"model": "llama-9", "messages": [{"role": "user", "content": "hello"}]}
    answer = web.post(CHAT, json=body | {"stream": stream})
    error = json.loads(answer.text.removeprefix("data: ")) if stream else answer.json()
    assert answer.status_code == (200 if stream else 404)
    assert error["error"]["code"] == "model_not_found"


def test_no_tools_are_no_tools(web):
    """An empty list, and a choice that leaves it to the model, are taken."""
    body = {"model": "glm-4-6", "messages": [{"role": "user", "content": "hello"}]}
    body |= {"tools": [], "tool_choice": "auto", "response_format": {"type": "text"}}
    assert notes_of(web.post(CHAT, json=body)) == []


@pytest.mark.parametrize("name", ["image", "image[]", "image[0]"])
def test_names_of_lists_in_forms(web, seen, name):
    """A picture is found under the name of a list's first one, too."""
    files = [(name, ("a.png", png(), "image/png"))]
    answer = web.post("/v1/images/edits", data={"prompt": "a dog"}, files=files)
    assert answer.json()["size"] == SIZE
    assert seen.bodies[0]["action"] == "img2img"


def test_several_pictures_of_a_list_are_refused(web, seen):
    """NovelAI edits one; which field, and how many there were, is said."""
    files = [(f"image[{one}]", ("a.png", png(), "image/png")) for one in range(2)]
    answer = web.post("/v1/images/edits", data={"prompt": "a dog"}, files=files)
    assert answer.status_code == 400
    assert "there are 2" in answer.json()["error"]["message"]
    assert seen.paid == 0


def test_what_is_transparent_is_painted(web, seen):
    """Without a mask the transparent part of the picture is the mask, and the rest is kept."""
    files = [("image", ("a.png", hole(), "image/png"))]  # its left half is transparent
    form = {"model": "dall-e-2", "prompt": "a dog", "response_format": "b64_json"}
    answer = web.post("/v1/images/edits", data=form, files=files)
    (note,) = notes_of(answer)
    assert note.startswith("image: ")
    picture = opened(answer.json()["data"][0]["b64_json"]).convert("RGB")
    assert picture.getpixel((500, 256)) == (0, 0, 0)
    assert picture.crop((0, 0, 240, 512)).getcolors(maxcolors=1) is None
    assert seen.bodies[0]["action"] == "infill"


def test_a_nearly_opaque_picture_is_changed_as_a_whole(web, seen):
    """Faint transparency, as hidden settings leave it, marks nothing."""
    files = [("image", ("a.png", png((0, 0, 128, 254), mode="RGBA"), "image/png"))]
    answer = web.post("/v1/images/edits", data={"prompt": "a dog"}, files=files)
    assert notes_of(answer) == []
    assert seen.bodies[0]["action"] == "img2img"
