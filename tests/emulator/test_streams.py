"""Streams: framing, numbering, noise levels, and errors inside them."""

import base64
import json
from typing import Any

import httpx2
import pytest
from tests.emulator.bodies import b64, capture, frames, generation, pictures, png

from novelai.emulator import Emulator, Fault

pytestmark = pytest.mark.anyio
STREAM = "/ai/generate-image-stream"


async def _stream(client: httpx2.AsyncClient, **changes: Any) -> list[dict[str, Any]]:
    answer = await client.post(STREAM, json=generation(stream="msgpack", **changes))
    assert answer.status_code == 200, answer.text
    return frames(answer.content)


@pytest.mark.parametrize(
    ("changes", "count"),
    [
        ({"steps": 23}, 23),
        ({"steps": 1}, 1),
        ({"steps": 28}, 28),
        ({"steps": 24, "sampler": "k_dpmpp_sde"}, 12),
        ({"steps": 24, "sampler": "k_dpmpp_2s_ancestral"}, 12),
        ({"steps": 23, "action": "img2img", "strength": 0.7}, 16),
        ({"steps": 23, "action": "img2img", "strength": 0.01}, 1),
    ],
)
async def test_frames_per_sample(
    client: httpx2.AsyncClient, changes: dict[str, Any], count: int
) -> None:
    """One frame per step that runs; the last is the picture."""
    image = {"image": b64(png())} if changes.get("action") else {}
    found = await _stream(client, **changes, **image)
    assert [frame["event_type"] for frame in found] == ["intermediate"] * (count - 1) + ["final"]
    assert [frame["step_ix"] for frame in found[:-1]] == list(range(count - 1))
    levels = [frame["sigma"] for frame in found[:-1]]
    assert levels == sorted(levels, reverse=True)


async def test_noise_levels_begin_late_in_img2img(client: httpx2.AsyncClient) -> None:
    """img2img runs the last steps: its noise levels are the end of the full series."""
    whole = [frame.get("sigma") for frame in await _stream(client, steps=23)]
    part = await _stream(client, steps=23, action="img2img", strength=0.7, image=b64(png()))
    assert [frame.get("sigma") for frame in part] == whole[-16:]


async def test_samples_share_a_generation(client: httpx2.AsyncClient) -> None:
    """Each sample has its own frames under one `gen_id`, and its own final picture."""
    found = await _stream(client, steps=5, n_samples=2)
    assert len({frame["gen_id"] for frame in found}) == 1
    for sample in (0, 1):
        own = [frame for frame in found if frame["samp_ix"] == sample]
        assert [frame["event_type"] for frame in own] == ["intermediate"] * 4 + ["final"]
    finals = [frame["image"] for frame in found if frame["event_type"] == "final"]
    assert finals[0] != finals[1]


async def test_the_stream_ends_with_the_picture_of_the_archive(
    client: httpx2.AsyncClient,
) -> None:
    """Streamed or not, a request gives the same picture; only `Comment` may differ in `stream`."""
    archive = await client.post("/ai/generate-image", json=generation())
    assert (await _stream(client))[-1]["image"] == pictures(archive)[0]


async def test_previews_grow_toward_the_picture(client: httpx2.AsyncClient) -> None:
    """Previews are JPEGs that differ from step to step."""
    found = await _stream(client, steps=12)
    previews = [frame["image"] for frame in found[:-1]]
    assert all(preview.startswith(b"\xff\xd8\xff\xe0") for preview in previews)
    assert len(set(previews)) == len(previews)


async def test_sse(client: httpx2.AsyncClient) -> None:
    """SSE has three lines per event, the same maps as JSON, pictures in base64."""
    answer = await client.post(STREAM, json=generation(stream="sse", steps=23))
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["cache-control"] == "no-cache"
    lines = answer.text.split("\n")
    assert len(lines) == 70
    assert lines[-1] == ""
    packed = await _stream(client, steps=23)
    for index in range(23):
        event, data, empty = lines[index * 3 : index * 3 + 3]
        document = json.loads(data.removeprefix("data: "))
        assert event == f"event: {document['event_type']}"
        assert empty == ""
        expected = packed[index]
        assert set(document) == set(expected)
        assert base64.b64decode(document["image"]) == expected["image"]


async def test_captured_noise_levels(client: httpx2.AsyncClient) -> None:
    """Twenty-three steps show exactly the captured series."""
    recorded = capture("v4.5-full__generate__stream-msgpack")["response"]["frames"]
    found = await _stream(client, steps=23)
    assert [frame.get("sigma") for frame in found] == [frame.get("sigma") for frame in recorded]


async def test_an_error_event(emulator: Emulator, client: httpx2.AsyncClient) -> None:
    """An error inside a stream is an event after a 200, and the last one."""
    emulator.script(Fault(error_event="out of memory"))
    found = await _stream(client, steps=6)
    assert [frame["event_type"] for frame in found] == ["intermediate", "error"]
    assert found[-1]["message"] == "out of memory"


@pytest.mark.parametrize("kind", ["msgpack", "sse"])
async def test_a_malformed_frame(emulator: Emulator, client: httpx2.AsyncClient, kind: str) -> None:
    """A broken frame stands after the first good one, whole as to its length."""
    emulator.script(Fault(malformed_frame=True))
    answer = await client.post(STREAM, json=generation(stream=kind))
    if kind == "msgpack":
        length = int.from_bytes(answer.content[:4], "big") + 4
        assert answer.content[length : length + 8] == b"\x00\x00\x00\x04" + b"\xc1" * 4
    else:
        data = answer.text.split("\n\n")[1].split("\n")[1].removeprefix("data: ")
        with pytest.raises(json.JSONDecodeError):
            json.loads(data)
