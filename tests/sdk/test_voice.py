"""Texts read aloud."""

import json

import pytest
from tests.sdk.services import COLOURS, Service, reply, use

from novelai import GenerationFailedError, InvalidParamsError, InvalidResponseError
from novelai.types import V1_VOICES, V2_VOICES

MP3 = b"ID3\x04\0\0\0\0\0\0" + b"\xff\xfb\x10\xc4" + bytes(100)
WEBM = b"\x1a\x45\xdf\xa3" + bytes(20)


def speak(*text, colour="sync", answer=None, **options):
    """Return what was sent and what came back."""
    service = Service(answer or reply(201, MP3, content_type="audio/mpeg"))
    result = use(colour, service, lambda client: client.voice.speak(*text, **options))
    (request,) = service.requests
    assert (request.method, request.url) == ("POST", "https://api.novelai.net/ai/generate-voice")
    return json.loads(request.content), result


@pytest.mark.parametrize("colour", COLOURS)
def test_a_text_is_spoken(colour):
    """A text comes back as audio, all five fields of the request said."""
    body, speech = speak("Hello.", colour=colour)
    assert body == {
        "text": "Hello.",
        "seed": "Anananan",
        "voice": -1,
        "version": "v2",
        "opus": False,
    }
    assert (bytes(speech), speech.media_type, speech.suffix) == (MP3, "audio/mpeg", ".mp3")


@pytest.mark.parametrize(
    ("options", "seed", "number", "version"),
    [
        ({"voice": "Aini"}, "Aini", -1, "v2"),
        ({"voice": "aini"}, "Aini", -1, "v2"),
        ({"voice": "Cyllene"}, "kurumuz12", 17, "v1"),
        ({"voice": "nomios"}, "kurumuz12", 77, "v1"),
        ({"voice": "Cyllene", "version": "v2"}, "Cyllene", -1, "v2"),
        ({"voice": "my own seed"}, "my own seed", -1, "v2"),
        ({"voice": "my own seed", "version": "v1"}, "my own seed", -1, "v1"),
        ({"voice": "seedmix:Kayra+Clio-Calliope"}, "seedmix:Kayra+Clio-Calliope", -1, "v2"),
        ({"voice": "Aini", "style": "Ligeia"}, "seedmix:Aini|style:Anananan", -1, "v2"),
        (
            {"voice": "seedmix:Aini+Orea", "intonation": "Lim", "cadence": "x"},
            "seedmix:Aini+Orea|intonation:Lim|cadence:x",
            -1,
            "v2",
        ),
    ],
    ids=range(10),
)
def test_a_voice_is_chosen(options, seed, number, version):
    """A name is its ready voice, anything else a seed; parts make a mix."""
    body, _ = speak("Hello.", **options)
    assert (body["seed"], body["voice"], body["version"]) == (seed, number, version)


def test_the_ready_voices_are_all_there():
    """Both tables of ready voices are whole."""
    assert list(V1_VOICES.values()) == [17, 95, 44, 80, 106, 6, 10, 16, 41, 77]
    assert V2_VOICES["Ligeia"] == "Anananan"
    assert len(V2_VOICES) == 13


@pytest.mark.parametrize(
    ("header", "content", "media_type"),
    [
        ("audio/mpeg", MP3, "audio/mpeg"),
        ('audio/webm; codecs="opus"', WEBM, "audio/webm"),
        ("application/octet-stream", MP3, "audio/mpeg"),
        ("audio/ogg", b"OggS....", "audio/ogg"),
        ("text/plain", b"\xff\xfb\x90d", "audio/mpeg"),
    ],
)
def test_the_kind_of_audio_is_known(header, content, media_type):
    """The bytes tell what they are; the header does when they do not."""
    _, speech = speak("Hello.", opus=True, answer=reply(200, content, content_type=header))
    assert speech.media_type == media_type


@pytest.mark.parametrize(
    ("text", "options", "field", "sentence"),
    [
        ("x" * 1_001, {}, "text", "at most 1,000 characters, got 1,001"),
        ("", {}, "text", "must not be empty"),
        (None, {}, "text", "must be text, got NoneType"),
        ("Hello", {"voice": ""}, "voice", "must not be empty"),
        ("Hello", {"version": "v3"}, "version", "must be v1 or v2, got 'v3'"),
        ("Hello", {"style": "Lim", "version": "v1"}, "style", "version v2"),
    ],
    ids=range(6),
)
def test_bad_input_is_refused_before_sending(text, options, field, sentence):
    """A mistake is named with field and limit, and nothing is sent."""
    service = Service(reply(201, MP3))
    with pytest.raises(InvalidParamsError, match=sentence) as caught:
        use("sync", service, lambda client: client.voice.speak(text, **options))
    assert caught.value.field == field
    assert service.calls == 0


def test_a_thousand_characters_are_spoken():
    """The limit itself is allowed."""
    body, _ = speak("x" * 1_000)
    assert len(body["text"]) == 1_000


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (
            reply(200, b'{"error":"no voice"}', content_type="application/json"),
            GenerationFailedError,
        ),
        (reply(200, b"{}", content_type="application/json"), InvalidResponseError),
        (reply(200, b"<html></html>", content_type="text/html"), InvalidResponseError),
        (reply(200, b"", content_type="audio/mpeg"), InvalidResponseError),
    ],
    ids=["failure", "json", "page", "nothing"],
)
def test_what_is_no_audio_is_an_error(answer, error):
    """A failure, a page or nothing, with status 200, is no speech."""
    with pytest.raises(error):
        speak("Hello.", answer=answer)


def test_a_failing_service_is_asked_again():
    """Speech costs nothing and the service fails now and then: a 5xx is tried again."""
    service = Service(reply(500), reply(201, MP3))
    assert use("sync", service, lambda client: client.voice.speak("Hello.")).data == MP3
    assert service.calls == 2
