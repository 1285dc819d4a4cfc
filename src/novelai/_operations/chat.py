"""Instruction models: GLM and Xialong, over the OpenAI-compatible endpoints."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import to_json

from novelai._operations.chat_events import (
    ChatEventDecoder,
    ChoiceText,
    choices_in,
    join_events,
    usage_in,
)
from novelai._operations.documents import read_document
from novelai._operations.text_input import Prompt, check_text, check_tokens
from novelai._wire import Flow, Reply, Request, Streaming, ready, send, work
from novelai.errors import InvalidParamsError, InvalidResponseError
from novelai.types.base import ensure_checked, problems_of
from novelai.types.chat import ChatMessage, ChatParams, CompletionParams
from novelai.types.text_results import ChatChoice, ChatEvent, ChatResult, TextModel

__all__ = ["Messages", "chat", "chat_stream", "complete", "count_tokens", "models"]

ROOT = "/oa/v1"
MAX_PROMPT = 1_000_000
"""Characters; far above any context, so that a mistake is caught before it is sent."""

Messages = str | Sequence[ChatMessage | Mapping[str, str]]
"""A conversation; a text alone is one turn of the user."""


def chat(messages: Messages, *, model: str, params: ChatParams) -> Flow[ChatResult]:
    """Answer a conversation. Always asked for as a stream: the plain answer holds no text."""
    return _chat(_chat_request(messages, model, params), params)


def chat_stream(
    messages: Messages, *, model: str, params: ChatParams
) -> Flow[Streaming[ChatEvent]]:
    """Prepare an answer that is read while it is written."""
    return ready(Streaming(_chat_request(messages, model, params), _decoder(params)))


def complete(prompt: Prompt, *, model: str, params: CompletionParams) -> Flow[ChatResult]:
    """Continue a raw prompt."""
    if isinstance(prompt, str):
        check_text(prompt, "prompt", limit=MAX_PROMPT)
    else:
        prompt = check_tokens(prompt, "prompt")
    body = {"model": model, "prompt": prompt, **_parameters(params), "stream": False}
    return _complete(_post("/completions", body, generation=True), params)


def models() -> Flow[list[TextModel]]:
    """Return the models the account may use."""
    reply = yield from send(Request("GET", "text", f"{ROOT}/models"))
    listed = read_document(reply.content).get("data")
    try:
        return [TextModel.model_validate(item) for item in listed or ()]
    except (TypeError, ValidationError) as error:
        raise InvalidResponseError(
            "NovelAI's list of text models cannot be read.", status=reply.status
        ) from error


def count_tokens(text: str, *, model: str) -> Flow[int]:
    """Let the service count the tokens of a text."""
    check_text(text, "text", limit=MAX_PROMPT)
    return _count(_post("/internal/token-count", {"model": model, "prompt": text}))


def _chat(request: Request, params: ChatParams) -> Flow[ChatResult]:
    reply = yield from send(request)
    return (yield from work(partial(_read_result, reply, _decoder(params))))


def _read_result(reply: Reply, decoder: ChatEventDecoder) -> ChatResult:
    result = join_events([*decoder.feed(reply.content), *decoder.finish()])
    return replace(result, request_id=reply.request_id)


def _complete(request: Request, params: CompletionParams) -> Flow[ChatResult]:
    reply = yield from send(request)
    document = read_document(reply.content)
    # A prompt that is repeated in front may itself hold a stop text.
    stops = () if params.echo else params.stops
    choices = tuple(_trim(choice, stops) for choice in choices_in(document))
    if not choices:
        raise InvalidResponseError("NovelAI's answer holds no text.", status=reply.status)
    return ChatResult(choices=choices, usage=usage_in(document), request_id=reply.request_id)


def _trim(choice: ChatChoice, stops: tuple[str, ...]) -> ChatChoice:
    return replace(choice, text=ChoiceText(stops, strip=False).feed(choice.text, last=True))


def _count(request: Request) -> Flow[int]:
    reply = yield from send(request)
    document = read_document(reply.content)
    # Sources disagree on the name; the encoded tokens can be counted too.
    for name in ("length", "token_count"):
        if isinstance(count := document.get(name), int):
            return count
    if isinstance(encoded := document.get("encoded"), list):
        return len(cast("list[Any]", encoded))
    raise InvalidResponseError("NovelAI's token count cannot be read.", status=reply.status)


def _chat_request(messages: Messages, model: str, params: ChatParams) -> Request:
    turns = [
        {"role": message.role, "content": message.content} for message in _conversation(messages)
    ]
    body = {"model": model, "messages": turns, **_parameters(params), "stream": True}
    return _post("/chat/completions", body, generation=True, accept="text/event-stream")


def _conversation(messages: Messages) -> list[ChatMessage]:
    given = [{"role": "user", "content": messages}] if isinstance(messages, str) else messages
    turns: list[ChatMessage] = []
    problems: list[tuple[str, str]] = []
    for index, message in enumerate(given):
        try:
            turns.append(_turn(message))
        except InvalidParamsError as error:
            problems += [
                (f"messages.{index}.{field}".rstrip("."), sentence)
                for field, sentence in error.problems
            ]
    if not turns and not problems:
        problems = [("messages", "must not be empty")]
    if problems:
        raise InvalidParamsError(problems)
    return turns


def _turn(message: ChatMessage | Mapping[str, str]) -> ChatMessage:
    if isinstance(message, ChatMessage):
        return ensure_checked(message)
    try:
        return ChatMessage.model_validate(message)
    except ValidationError as error:
        raise InvalidParamsError(problems_of(error, ChatMessage)) from None


def _decoder(params: ChatParams) -> ChatEventDecoder:
    return ChatEventDecoder(params.stops, params.n or 1)


def _parameters(params: ChatParams | CompletionParams) -> dict[str, Any]:
    sent = params.model_dump(exclude_none=True)
    if sent.get("top_k") == 0:  # off; the web page leaves it out
        del sent["top_k"]
    return sent


def _post(
    path: str, body: dict[str, Any], *, generation: bool = False, accept: str = "application/json"
) -> Request:
    return Request(
        "POST",
        "text",
        f"{ROOT}{path}",
        content=to_json(body),
        content_type="application/json",
        accept=accept,
        generation=generation,
    )
