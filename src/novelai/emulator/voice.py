"""Speech: GET and POST /ai/generate-voice. The emulator's speech is silent."""

from typing import Any, cast

from novelai.emulator.answer import Answer
from novelai.emulator.errors import Refusal, invalid
from novelai.emulator.exchange import Exchange
from novelai.emulator.sound import mp3, webm

# The service cuts what is longer.
MAX_TEXT = 1_000
SECONDS_PER_CHARACTER = 0.06
_REQUIRED = ("text", "seed", "voice", "opus", "version")


async def generate_voice(exchange: Exchange) -> Answer:
    """POST /ai/generate-voice: MP3, or WebM for `opus`; as long as reading the text takes."""
    exchange.account()
    body = await exchange.body()
    if not isinstance(body.document, dict):
        raise invalid("the body is no object")
    return _speak(exchange, cast("dict[str, Any]", body.document), 201)


async def generate_voice_query(exchange: Exchange) -> Answer:
    """GET /ai/generate-voice: the same from the query; the service calls it deprecated."""
    exchange.account()
    query = exchange.request.query_params
    values: dict[str, Any] = dict(query)
    number = query.get("voice", "").removeprefix("-")
    values["voice"] = int(query["voice"]) if number.isascii() and number.isdecimal() else None
    values["opus"] = {"true": True, "false": False}.get(query.get("opus", ""))
    return _speak(exchange, values, 200)


def _speak(exchange: Exchange, values: dict[str, Any], status: int) -> Answer:
    for name in _REQUIRED:
        if values.get(name) is None:
            raise invalid(f"{name} is required")
    text, seed, voice = values["text"], values["seed"], values["voice"]
    kinds = {"text": str, "seed": str, "voice": int, "opus": bool, "version": str}
    for name, kind in kinds.items():
        if not isinstance(values[name], kind):
            raise invalid(f"{name} must be a {kind.__name__}")
    if values["version"] not in ("v1", "v2"):
        raise Refusal(400, "version must be v1 or v2")
    if not text:
        raise invalid("text is required")
    title = f"{seed if voice == -1 else voice}, {values['version']}"
    seconds = len(text[:MAX_TEXT]) * SECONDS_PER_CHARACTER
    exchange.record.completed = True
    if values["opus"]:
        return Answer(status=status, content_type="audio/webm", body=webm(seconds, title))
    return Answer(status=status, content_type="audio/mpeg", body=mp3(seconds, title))
