"""``/v1/audio/speech``: a text read aloud by NovelAI's voices. It costs nothing."""

import base64
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, cast

from starlette.responses import Response

from novelai.async_client import AsyncNovelAI
from novelai.errors import NovelAIError
from novelai.fastapi.streaming import PieceStream
from novelai.server.compat.openai.accounts import writer_of
from novelai.server.compat.openai.document import read_document
from novelai.server.compat.openai.errors import error_of, refusal
from novelai.server.compat.openai.events import event_of
from novelai.server.compat.openai.models import unknown_model
from novelai.server.compat.openai.notes import note_taken, note_unknown, note_unused
from novelai.server.compat.openai.schemas import SpeechBody, read_as
from novelai.server.compat.openai.writing import FREE, stream_of
from novelai.server.http.context import RequestContext
from novelai.server.http.error_handlers import problem_in
from novelai.server.http.job_results import notes_header
from novelai.types.voice import V1_VOICES, V2_VOICES

__all__ = ["SPEECH_MODEL", "speak", "split_text"]

SPEECH_MODEL = "tts-1"
VOICES: Mapping[str, str] = {
    "alloy": "Ligeia",
    "ash": "Aulon",
    "ballad": "Elei",
    "cedar": "Pega",
    "coral": "Aini",
    "echo": "Ogma",
    "fable": "Lim",
    "marin": "Naia",
    "nova": "Orea",
    "onyx": "Raid",
    "sage": "Claea",
    "shimmer": "Aurae",
    "verse": "Lam",
}
"""OpenAI's voices, and who speaks for each."""

READY = frozenset(name.lower() for name in (*V1_VOICES, *V2_VOICES))
MIX = "seedmix:"

LONGEST_PIECE = 1_000
"""Characters that NovelAI reads at once."""

ENDS = ("\n", ". ", "! ", "? ", "。", "！", "？", "; ", ", ", "、", " ")
"""Where a text is cut, the best places first."""


async def speak(context: RequestContext) -> Response:
    """Answer with speech; a long text comes in pieces, as they are read."""
    fields = (await read_document(context.http)).fields
    body = read_as(SpeechBody, fields)
    model = (body.model or SPEECH_MODEL).strip()
    if not _speaks(model):
        raise unknown_model(model)
    text = (body.input or "").strip()
    if not text:
        raise refusal("input", "is missing")
    opus = body.response_format == "opus"
    texts = split_text(text)
    if opus and len(texts) > 1:
        raise refusal("input", f"must have at most {LONGEST_PIECE:,} characters for opus")
    voice, notes = _voice(body.voice)
    notes = [*notes, *_notes(body, fields, len(texts))]
    client = await writer_of(context, model)
    sound = _read(client, texts, voice, opus=opus)
    if body.stream_format == "sse":
        return stream_of(context, _events(sound), notes)
    headers = FREE | notes_header(notes)
    kind = "audio/webm" if opus else "audio/mpeg"
    return PieceStream(
        sound, headers=headers, media_type=kind, failures=(NovelAIError,), keepalive=None
    )


def _speaks(model: str) -> bool:
    """Tell whether a model of OpenAI's speaks. Here all are the same, and the voice decides."""
    return model.startswith("tts-") or (model.startswith("gpt-") and "tts" in model)


def split_text(text: str) -> list[str]:
    """Return a text in pieces that NovelAI reads, cut behind sentences where there are any."""
    pieces: list[str] = []
    while len(text) > LONGEST_PIECE:
        window = text[:LONGEST_PIECE]
        cuts = (window.rfind(end) + len(end) for end in ENDS if end in window[1:])
        cut = next((cut for cut in cuts if window[:cut].strip()), LONGEST_PIECE)
        pieces.append(text[:cut].strip())
        text = text[cut:].lstrip()
    return [*pieces, text] if text else pieces


def _voice(given: Any) -> tuple[str, list[str]]:
    """Return NovelAI's voice or seed for a name, and a note where it is another one's."""
    if isinstance(given, Mapping):
        given = cast("Mapping[str, Any]", given).get("id")
    name = given.strip() if isinstance(given, str) else ""
    if not name or len(name) > LONGEST_PIECE:
        raise refusal("voice", f"must be one of {', '.join(VOICES)}, or a voice of NovelAI's")
    if name in VOICES:
        return VOICES[name], [note_taken("voice", name, f"NovelAI's {VOICES[name]}")]
    if name.lower() in READY or name.startswith(MIX):
        return name, []
    return name, [note_taken("voice", name, "a voice made from that name")]


def _notes(body: SpeechBody, fields: Mapping[str, Any], pieces: int) -> list[str]:
    notes: list[str] = []
    if body.response_format == "opus":
        notes.append(note_taken("response_format", "opus", "Opus in WebM"))
    if body.speed not in (None, 1.0):
        notes.append(note_unused("speed", body.speed, "NovelAI's voices have one speed"))
    if body.instructions:
        notes.append(note_unused("instructions", body.instructions, "NovelAI's voices take none"))
    if pieces > 1:
        notes.append(f"input: it was read in {pieces} pieces, one behind the other.")
    return [*notes, *note_unknown(fields, SpeechBody.model_fields)]


async def _read(
    client: AsyncNovelAI, texts: Sequence[str], voice: str, *, opus: bool
) -> AsyncGenerator[bytes]:
    for text in texts:
        yield (await client.voice.speak(text, voice=voice, opus=opus)).data


async def _events(sound: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    try:
        async with aclosing(sound):
            async for piece in sound:
                yield event_of("speech.audio.delta", {"audio": base64.b64encode(piece).decode()})
    except NovelAIError as error:
        yield event_of(None, error_of(problem_in(error)))
        return
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    yield event_of("speech.audio.done", {"usage": usage})
