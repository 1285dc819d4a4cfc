"""Reading a text aloud."""

from typing import Any

from pydantic_core import to_json

from novelai._operations.documents import read_document
from novelai._operations.text_input import check_text
from novelai._wire import Flow, Reply, Request, send
from novelai.errors import InvalidParamsError, InvalidResponseError
from novelai.types.voice import V1_VOICES, V2_VOICES, SpeechResult, VoiceVersion

__all__ = ["DEFAULT_VOICE", "speak"]

PATH = "/ai/generate-voice"
DEFAULT_VOICE = "Ligeia"
MAX_TEXT = 1_000
"""Characters; the service cuts what is longer."""

ANY_SEED = -1
"""The voice number that lets the seed decide."""

UNUSED_SEED = "kurumuz12"
"""What the web page sends beside the number of a ready voice."""

MIX = "seedmix:"

SIGNATURES = {
    b"ID3": "audio/mpeg",
    b"\xff\xfb": "audio/mpeg",
    b"\x1a\x45\xdf\xa3": "audio/webm",
}


def speak(
    text: str,
    *,
    voice: str,
    style: str | None,
    intonation: str | None,
    cadence: str | None,
    version: VoiceVersion | None,
    opus: bool,
) -> Flow[SpeechResult]:
    """Read a text aloud."""
    check_text(text, "text", limit=MAX_TEXT)
    check_text(voice, "voice", limit=MAX_TEXT)
    parts = {"style": style, "intonation": intonation, "cadence": cadence}
    chosen = _select_voice(voice, {name: part for name, part in parts.items() if part}, version)
    body = {"text": text, **chosen, "opus": opus}
    return _speak(
        Request(
            "POST",
            "api",
            PATH,
            content=to_json(body),
            content_type="application/json",
            accept="*/*",
        )
    )


def _speak(request: Request) -> Flow[SpeechResult]:
    reply = yield from send(request)
    return SpeechResult(
        data=reply.content, media_type=_media_type(reply), request_id=reply.request_id
    )


def _select_voice(
    voice: str, parts: dict[str, str], version: VoiceVersion | None
) -> dict[str, Any]:
    """Choose the voice, in the service's words."""
    if version not in (None, "v1", "v2"):
        raise InvalidParamsError([("version", f"must be v1 or v2, got {version!r:.40}")])
    first = _match_name(voice, V1_VOICES)
    if first is not None and version != "v2" and not parts:
        return {"seed": UNUSED_SEED, "voice": V1_VOICES[first], "version": "v1"}
    if parts and version == "v1":
        raise InvalidParamsError([(next(iter(parts)), "needs a voice of version v2")])
    seed = _mix_seeds(voice, parts) if parts else _seed(voice)
    return {"seed": seed, "voice": ANY_SEED, "version": version or "v2"}


def _mix_seeds(voice: str, parts: dict[str, str]) -> str:
    head = voice if voice.startswith(MIX) else MIX + _seed(voice)
    return "|".join([head, *(f"{name}:{_seed(part)}" for name, part in parts.items())])


def _seed(name: str) -> str:
    known = _match_name(name, V2_VOICES)
    return name if known is None else V2_VOICES[known]


def _match_name(name: str, voices: Any) -> str | None:
    return next((known for known in voices if known.casefold() == name.casefold()), None)


def _media_type(reply: Reply) -> str:
    """Tell the kind of audio; the bytes know better than a header that is missing or vague."""
    start = reply.content[:4]
    for signature, media_type in SIGNATURES.items():
        if start.startswith(signature):
            return media_type
    named = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if reply.content and named.startswith("audio/"):
        return named
    if start.lstrip()[:1] == b"{":
        read_document(reply.content)
    raise InvalidResponseError("NovelAI's answer is no audio.", status=reply.status)
