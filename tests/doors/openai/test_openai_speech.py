"""`/v1/audio/speech`: NovelAI's voices under OpenAI's names."""

import base64
import json
import re

import openai
import pytest
from tests.doors.openai.drawing import told_in_header

from novelai.emulator import Fault
from novelai.server.compat.openai.speech import LONGEST_PIECE, split_text

PATH = "/ai/generate-voice"


@pytest.fixture(scope="module")
def frugal(keyed_server):
    key = keyed_server.make_key(free_only=True)
    with openai.OpenAI(base_url=f"{keyed_server.url}/v1", api_key=key, max_retries=0) as client:
        yield client


@pytest.fixture
def client(frugal, seen):
    """OpenAI's client with a key that takes only what is free."""
    assert seen.paid == 0
    return frugal


def spoken(seen):
    return [one.body for one in seen.emulator.requests if one.path == PATH]


def test_a_text_is_read(client, seen):
    """The client's call gives an MP3 of the voice that stands for the name, free on any key."""
    answer = client.audio.speech.create(model="tts-1", voice="alloy", input="Good morning.")
    assert answer.read().startswith(b"ID3")
    headers = answer.response.headers
    assert headers["content-type"] == "audio/mpeg"
    assert headers["x-anlas-cost"] == "0"
    (sent,) = spoken(seen)
    assert (sent["text"], sent["seed"], sent["version"]) == ("Good morning.", "Anananan", "v2")
    assert seen.paid == 0


def test_a_long_text_comes_as_it_is_read(client, seen, tmp_path):
    """More than NovelAI reads at once is read in pieces, each sent when it is there."""
    text = "One more sentence. " * 150
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="onyx", input=text, response_format="mp3"
    ) as answer:
        told = told_in_header(answer.headers)
        answer.stream_to_file(tmp_path / "speech.mp3")
    pieces = [one["text"] for one in spoken(seen)]
    assert len(pieces) == 3
    assert all(piece.endswith("sentence.") for piece in pieces)
    assert (tmp_path / "speech.mp3").read_bytes().count(b"ID3") == 3
    assert "3 pieces" in told


def test_opus_is_webm(client, seen):
    """Opus comes in NovelAI's container, which is told."""
    answer = client.audio.speech.create(
        model="tts-1-hd", voice="nova", input="hello", response_format="opus"
    )
    assert answer.read().startswith(b"\x1a\x45\xdf\xa3")
    assert answer.response.headers["content-type"] == "audio/webm"
    assert "WebM" in told_in_header(answer.response.headers)
    assert spoken(seen)[0]["opus"] is True


@pytest.mark.parametrize(
    ("voice", "seed", "number"),
    [
        ("Ogma", "Ogma", -1),
        ("Echo", "kurumuz12", 16),
        ("echo", "Ogma", -1),
        ("seedmix:Aini+Orea", "seedmix:Aini+Orea", -1),
        ({"id": "my seed"}, "my seed", -1),
    ],
)
def test_novelais_own_voices(client, seen, voice, seed, number):
    """A ready voice, a mix and a seed are taken by name; OpenAI's names are small letters."""
    client.audio.speech.create(model="tts-1", voice=voice, input="hello")
    (sent,) = spoken(seen)
    assert (sent["seed"], sent["voice"]) == (seed, number)


def test_what_has_no_counterpart_is_noted(client):
    """Speed and instructions are left out, and the answer says so."""
    answer = client.audio.speech.create(
        model="gpt-4o-mini-tts", voice="Aini", input="hello", speed=1.5, instructions="Whisper."
    )
    told = told_in_header(answer.response.headers)
    assert re.findall(r"(\w+): [^:]+ was asked for", told) == ["speed", "instructions"]


def test_events_instead_of_bytes(client):
    """`stream_format: sse` brings the sound in events."""
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="Aini", input="hello", stream_format="sse"
    ) as answer:
        lines = [line[6:] for line in answer.iter_lines() if line.startswith("data: ")]
    events = [json.loads(line) for line in lines]
    assert [event["type"] for event in events] == ["speech.audio.delta", "speech.audio.done"]
    assert base64.b64decode(events[0]["audio"]).startswith(b"ID3")


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"input": ""}, "input"),
        ({"input": 7}, "input"),
        ({"input": "a" * 4_097}, "input"),
        ({"input": "a" * 1_001, "response_format": "opus"}, "input"),
        ({"input": "\ud800"}, "body"),
        ({"voice": ""}, "voice"),
        ({"voice": 7}, "voice"),
        ({"response_format": "wav"}, "response_format"),
        ({"stream_format": "websocket"}, "stream_format"),
        ({"speed": 99}, "speed"),
        ({"speed": "nan"}, "speed"),
        ({"speed": -1}, "speed"),
    ],
)
def test_a_wrong_value_is_named(raw, seen, change, param):
    """What cannot be had is refused with the name of its field, and nothing is read."""
    wish = {"model": "tts-1", "voice": "alloy", "input": "hello"} | change
    answer = raw.post("/v1/audio/speech", content=json.dumps(wish))
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert not spoken(seen)


def test_who_may_not(keyed, client, seen):
    """An unknown model, and a key for pictures of one model alone, are refused."""
    with pytest.raises(openai.NotFoundError):
        client.audio.speech.create(model="glm-4-6", voice="alloy", input="hello")
    key = keyed.make_key(models=("nai-diffusion-4-5-full",))
    with (
        openai.OpenAI(base_url=f"{keyed.url}/v1", api_key=key) as limited,
        pytest.raises(openai.PermissionDeniedError),
    ):
        limited.audio.speech.create(model="tts-1", voice="alloy", input="hello")
    assert not spoken(seen)


def test_novelais_refusal_has_its_status(client, seen):
    """What NovelAI refuses before a sound came is an error with a status."""
    seen.emulator.script(Fault(status=402, path=PATH))
    with pytest.raises(openai.APIStatusError) as caught:
        client.audio.speech.create(model="tts-1", voice="alloy", input="hello")
    assert caught.value.status_code == 402


@pytest.mark.parametrize(
    "text", ["", "a", "a" * 2_500, "ab. " * 700, "長い文。" * 600, "no end " * 400, " \n" * 3_000]
)
def test_no_word_is_lost_by_cutting(text):
    """The pieces hold every letter of the text, and none is too long."""
    pieces = split_text(text.strip())
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert all(0 < len(piece) <= LONGEST_PIECE for piece in pieces)
