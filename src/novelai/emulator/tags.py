"""GET /ai/generate-image/suggest-tags: completions from a small list of our own."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from anyio import to_thread

from novelai.emulator.answer import Answer, json_answer
from novelai.emulator.errors import Refusal
from novelai.emulator.exchange import Exchange
from novelai.emulator.models import MODELS

LIMIT = 10
MAX_COUNT = 10_000


@cache
def _tags() -> list[tuple[str, int, str]]:
    """Tag, number of pictures it stands on, and its Japanese name."""
    path = Path(__file__).with_name("tags.json")
    return [tuple(entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


async def suggest_tags(exchange: Exchange) -> Answer:
    """Tags whose English name (`lang=en`) or Japanese name (`lang=jp`) contains the prompt."""
    query = exchange.request.query_params
    if query.get("model", "") not in MODELS:
        raise Refusal(400, "Model not found")
    # The first call reads a file, which the event loop must not wait for.
    await to_thread.run_sync(_tags)
    typed = query.get("prompt", "").strip().lower()
    if query.get("lang", "en") == "jp":
        return json_answer(_japanese(typed))
    return json_answer({"tags": _english(typed)})


def _english(typed: str) -> list[dict[str, Any]]:
    found = [(tag, count) for tag, count, _ in _tags() if typed and typed in tag]
    found.sort(key=lambda entry: (entry[0] != typed, not entry[0].startswith(typed), -entry[1]))
    return [
        {
            "tag": tag,
            "count": min(count, MAX_COUNT),
            "confidence": round(len(typed) / len(tag), 4),
        }
        for tag, count in found[:LIMIT]
    ]


def _japanese(typed: str) -> list[dict[str, Any]]:
    found = [entry for entry in _tags() if typed and typed in entry[2]]
    found.sort(key=lambda entry: (entry[2] != typed, not entry[2].startswith(typed), -entry[1]))
    return [
        {"jp_tag": japanese, "en_tag": tag, "power": min(count, MAX_COUNT)}
        for tag, count, japanese in found[:LIMIT]
    ]
