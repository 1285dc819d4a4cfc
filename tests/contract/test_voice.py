"""Texts read aloud."""

import pytest
from tests.contract.asking import ask
from tests.contract.worlds import sent_to

from novelai.types import V1_VOICES, V2_VOICES

pytestmark = pytest.mark.anyio

PATH = "/ai/generate-voice"


@pytest.mark.parametrize(
    ("opus", "start", "media_type"),
    [(False, b"ID3", "audio/mpeg"), (True, b"\x1a\x45\xdf\xa3", "audio/webm")],
)
async def test_a_text_is_spoken(world, opus, start, media_type):
    """Speech is MP3, or WebM when Opus is asked for, and equal wishes sound alike."""
    speech, again = [
        await ask(world, lambda client: client.voice.speak("Hello there.", opus=opus))
        for _ in range(2)
    ]
    assert speech.media_type == media_type
    assert speech.data.startswith(start)
    assert speech == again


async def test_every_voice_is_accepted(world, emulator):
    """Every ready voice speaks, by the number or the seed it stands for."""
    for voice in (*V1_VOICES, *V2_VOICES, "a seed of mine"):
        await ask(world, lambda client, voice=voice: client.voice.speak("Hi", voice=voice))
    bodies = [request.body for request in sent_to(emulator, PATH)]
    assert [body["voice"] for body in bodies][:10] == list(V1_VOICES.values())
    assert [body["seed"] for body in bodies][10:] == [*V2_VOICES.values(), "a seed of mine"]
    assert {request.anlas_spent for request in sent_to(emulator, PATH)} == {0}


async def test_parts_of_voices_are_mixed(world, emulator):
    """Style, intonation and cadence go into the seed."""
    await ask(
        world,
        lambda client: client.voice.speak("Hi", voice="Aini", style="Lim", cadence="Ligeia"),
    )
    (request,) = sent_to(emulator, PATH)
    assert request.body["seed"] == "seedmix:Aini|style:Lim|cadence:Anananan"
