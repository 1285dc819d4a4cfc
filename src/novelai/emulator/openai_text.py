"""The OpenAI-compatible text endpoints, with the service's own oddities."""

import json
from collections.abc import AsyncIterator
from typing import Any, Literal

from novelai.emulator.answer import Answer, json_answer
from novelai.emulator.errors import Refusal
from novelai.emulator.exchange import Exchange
from novelai.emulator.job import Job
from novelai.emulator.openai_request import (
    Writing,
    read_chat,
    read_completion,
    read_count,
)
from novelai.emulator.text_models import LISTED, TEXT_MODELS
from novelai.emulator.writing import start_writing

Kind = Literal["chat", "completion"]


async def models(exchange: Exchange) -> Answer:
    """GET /oa/v1/models: instruction models that the account may use."""
    account = exchange.account()
    usable = [
        name
        for name in LISTED
        if account.has_subscription(exchange.world.clock())
        and account.tier in TEXT_MODELS[name].context
    ]
    data = [{"id": name, "object": "model", "created": 0, "owned_by": "novelai"} for name in usable]
    return json_answer({"object": "list", "data": data})


async def count_tokens(exchange: Exchange) -> Answer:
    """POST /oa/v1/internal/token-count: tokens of our own making, counted."""
    try:
        tokens = await read_count(exchange)
    except Refusal as refusal:
        return _refuse(refusal)
    return json_answer({"length": len(tokens), "encoded": tokens})


async def chat(exchange: Exchange) -> Answer:
    """POST /oa/v1/chat/completions: a stream; asked for at once, it holds no text, as seen live."""
    try:
        writing, account = await read_chat(exchange)
        job = start_writing(exchange, account, _length(writing))
    except Refusal as refusal:
        return _refuse(refusal)
    head = _head(exchange, writing, "chat")
    if writing.stream:
        return _stream(_chat_chunks(writing, job, head))
    await job.result()
    if exchange.world.repaired_chat:
        return json_answer(_whole(writing, head | {"object": "chat.completion"}, "chat"))
    empty = [
        {
            "index": index,
            "text": "",
            "finish_reason": choice.finish_reason,
            "token_ids": [writing.token(piece) for piece in choice.pieces],
        }
        for index, choice in enumerate(writing.choices)
    ]
    return json_answer({**head, "choices": empty, "usage": writing.usage})


async def completions(exchange: Exchange) -> Answer:
    """POST /oa/v1/completions: at once or as a stream."""
    try:
        writing, account = await read_completion(exchange)
        job = start_writing(exchange, account, _length(writing))
    except Refusal as refusal:
        return _refuse(refusal)
    head = _head(exchange, writing, "completion")
    if writing.stream:
        return _stream(_completion_chunks(writing, job, head))
    await job.result()
    return json_answer(_whole(writing, head, "completion"))


def _refuse(refusal: Refusal) -> Answer:
    """Mistakes in a request come in OpenAI's shape, the account's own refusals in NovelAI's."""
    if refusal.status not in (400, 403):
        raise refusal
    error = {"message": refusal.message, "code": refusal.status}
    return json_answer({"error": error}, refusal.status)


def _length(writing: Writing) -> int:
    return max(len(choice.pieces) for choice in writing.choices)


def _head(exchange: Exchange, writing: Writing, kind: Kind) -> dict[str, Any]:
    prefix = "chatcmpl" if kind == "chat" else "cmpl"
    return {
        "id": f"{prefix}-{exchange.world.rng.randrange(16**16):016x}",
        "object": "chat.completion.chunk" if kind == "chat" else "text_completion",
        "created": int(exchange.world.clock()),
        "model": writing.model_id,
    }


def _whole(writing: Writing, head: dict[str, Any], kind: Kind) -> dict[str, Any]:
    choices: list[dict[str, Any]] = []
    for index, choice in enumerate(writing.choices):
        text = choice.echoed + "".join(choice.pieces)
        told = (
            {"message": {"role": "assistant", "content": text}}
            if kind == "chat"
            else {"text": text}
        )
        choices.append(
            {
                "index": index,
                **told,
                "logprobs": None,
                "finish_reason": choice.finish_reason,
                "matched_stop": writing.last_token(choice)[0]
                if writing.last_token(choice)
                else None,
            }
        )
    return {**head, "choices": choices, "usage": writing.usage}


async def _chat_chunks(
    writing: Writing, job: Job, head: dict[str, Any]
) -> AsyncIterator[dict[str, Any]]:
    for index in range(len(writing.choices)):
        delta = {"role": "assistant", "content": ""}
        yield {**head, "choices": [_delta(index, delta, [])]}
    async for index, piece in _pieces(writing, job):
        yield {**head, "choices": [_delta(index, {"content": piece}, [writing.token(piece)])]}
    for index, choice in enumerate(writing.choices):
        ended = _delta(index, {}, writing.last_token(choice), choice.finish_reason)
        chunk = {**head, "choices": [ended]}
        last = index == len(writing.choices) - 1
        yield {**chunk, "usage": writing.usage} if last else chunk


def _delta(
    index: int, delta: dict[str, str], tokens: list[int], finish_reason: str | None = None
) -> dict[str, Any]:
    return {"index": index, "delta": delta, "finish_reason": finish_reason, "token_ids": tokens}


async def _completion_chunks(
    writing: Writing, job: Job, head: dict[str, Any]
) -> AsyncIterator[dict[str, Any]]:
    for index, choice in enumerate(writing.choices):
        if choice.echoed:
            yield {**head, "choices": [_text(index, choice.echoed, [])]}
    async for index, piece in _pieces(writing, job):
        yield {**head, "choices": [_text(index, piece, [writing.token(piece)])]}
    for index, choice in enumerate(writing.choices):
        ended = _text(index, "", writing.last_token(choice), choice.finish_reason)
        yield {**head, "choices": [ended]}


def _text(
    index: int, text: str, tokens: list[int], finish_reason: str | None = None
) -> dict[str, Any]:
    return {
        "index": index,
        "text": text,
        "token_ids": tokens,
        "logprobs": None,
        "finish_reason": finish_reason,
        "stop_reason": None,
    }


async def _pieces(writing: Writing, job: Job) -> AsyncIterator[tuple[int, str]]:
    """Each piece of each answer when its time has come."""
    length = _length(writing)
    async for step in job.items():
        for index, choice in enumerate(writing.choices):
            if step < min(length, len(choice.pieces)):
                yield index, choice.pieces[step]


def _stream(chunks: AsyncIterator[dict[str, Any]]) -> Answer:
    return Answer(
        content_type="text/event-stream",
        body=None,
        frames=_frames(chunks),
        stream="text",
        headers={"cache-control": "no-cache"},
        known_length=False,
    )


async def _frames(chunks: AsyncIterator[dict[str, Any]]) -> AsyncIterator[bytes]:
    async for chunk in chunks:
        data = json.dumps(chunk, separators=(",", ":"), ensure_ascii=False)
        yield f"data: {data}\n\n".encode()
    yield b"data: [DONE]\n\n"
