"""Pictures in the making, over OpenAI's streams."""

import json

import httpx2
import openai
import pytest
from tests.doors.openai.drawing import PAID, SIZE, hole, opened, png

from novelai.emulator import Fault


def test_two_pictures_in_the_making_then_the_final_one(impatient):
    """`partial_images=2` shows two real, different previews before the picture."""
    events = list(
        impatient.images.generate(prompt="a cat", size=SIZE, stream=True, partial_images=2)
    )
    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    first, second, final = (opened(event.b64_json) for event in events)
    assert first.tobytes() != second.tobytes()
    assert [event.partial_image_index for event in events[:2]] == [0, 1]
    steps = [event.model_extra["step"] for event in events[:2]]
    assert steps[0] + 4 <= steps[1]
    assert final.size == (512, 512)
    assert final.info["Software"] == "NovelAI"
    assert events[-1].usage.total_tokens == 1
    assert events[-1].model_extra["novelai"]["anlas"] == 0


def test_none_are_shown_unless_asked_for(impatient):
    """With `partial_images=0` the stream holds the picture alone."""
    events = list(impatient.images.generate(prompt="a cat", size=SIZE, stream=True))
    assert [event.type for event in events] == ["image_generation.completed"]


def test_edits_stream_under_their_own_names(impatient):
    """The events of an edit are called `image_edit`."""
    events = list(
        impatient.images.edit(
            image=("a.png", png(), "image/png"),
            mask=("m.png", hole(), "image/png"),
            prompt="a cat",
            stream=True,
            partial_images=1,
        )
    )
    assert [event.type for event in events] == ["image_edit.partial_image", "image_edit.completed"]


def test_a_failure_inside_a_stream_is_told_there(stubborn, failing):
    """What fails when the stream has begun is an error event with the reason and the job."""
    _, seen = failing
    seen.emulator.script(Fault(status=500, at="after", path="/ai/generate-image-stream"))
    with pytest.raises(openai.APIError) as caught:
        list(
            stubborn.images.generate(
                prompt="a cat", size=SIZE, stream=True, partial_images=1, extra_body=PAID
            )
        )
    assert caught.value.code == "uncertain"
    assert caught.value.body["charged"] == "unknown"
    assert seen.paid == 1


def test_what_is_refused_is_no_stream(impatient):
    """What can be refused at once is answered with its status, also where a stream is asked for."""
    with pytest.raises(openai.BadRequestError) as caught:
        impatient.images.generate(prompt="a cat", n=2, size=SIZE, stream=True)
    assert caught.value.param == "n"


def test_the_stream_is_nothing_but_events(slow):
    """Every line is one of server-sent events; each event names itself inside, too."""
    served, _ = slow
    body = {"prompt": "a cat", "size": SIZE, "stream": True, "partial_images": 1}
    with httpx2.stream("POST", f"{served.url}/v1/images/generations", json=body) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-job-id"].startswith("job_")
        lines = list(answer.iter_lines())
    names = [line.removeprefix("event: ") for line in lines if line.startswith("event: ")]
    datas = [json.loads(line[6:]) for line in lines if line.startswith("data: ")]
    assert names == [data["type"] for data in datas]
    assert not [line for line in lines if line and not line.startswith(("event: ", "data: ", ":"))]
