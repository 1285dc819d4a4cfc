"""Story models: Kayra, Erato and older ones."""

from typing import Any

from pydantic_core import to_json

from novelai._codecs.tokens import pack_tokens, token_width
from novelai._operations.documents import read_document
from novelai._operations.logprobs import token_logprobs
from novelai._operations.text_events import Decode, TextEventDecoder, TokenReader
from novelai._operations.text_input import Prompt, check_text, check_tokens
from novelai._wire import Flow, Host, Request, Streaming, ready, send
from novelai.errors import InvalidParamsError, InvalidResponseError
from novelai.types.text import TextParams
from novelai.types.text_results import TextEvent, TextResult

__all__ = ["generate", "stream"]

PATH = "/ai/generate"
STREAM_PATH = "/ai/generate-stream"
MAX_INPUT = 100_000
"""Longest prompt in characters."""

OLD_MODELS = frozenset({"clio-v1", "euterpe-v2", "krake-v2"})
"""Never moved to the text host; whether the old one still runs them is not known."""


def generate(
    prompt: Prompt, *, model: str, params: TextParams, decode: Decode | None
) -> Flow[TextResult]:
    """Let a story model write on."""
    return _generate(*_prepare(prompt, model, params, decode, stream=False))


def stream(
    prompt: Prompt, *, model: str, params: TextParams, decode: Decode | None
) -> Flow[Streaming[TextEvent]]:
    """Prepare a text that is read while it is written."""
    request, reader = _prepare(prompt, model, params, decode, stream=True)
    return ready(Streaming(request, TextEventDecoder(reader)))


def _generate(request: Request, reader: TokenReader) -> Flow[TextResult]:
    reply = yield from send(request)
    document = read_document(reply.content)
    output = document.get("output")
    if not isinstance(output, str):
        raise InvalidResponseError("NovelAI's answer holds no text.", status=reply.status)
    try:
        text, tokens = reader.read(output, final=True)
    except ValueError as error:
        raise InvalidResponseError(
            f"NovelAI's answer cannot be read: {error}.", status=reply.status
        ) from error
    logprobs = token_logprobs(document.get("logprobs"))
    return TextResult(text=text, token_ids=tokens, logprobs=logprobs, request_id=reply.request_id)


def _prepare(
    prompt: Prompt, model: str, params: TextParams, decode: Decode | None, *, stream: bool
) -> tuple[Request, TokenReader]:
    width = None if isinstance(prompt, str) else token_width(model)
    body = {
        "input": _input(prompt, width),
        "model": model,
        "parameters": _parameters(params, use_string=width is None),
    }
    host: Host = "api" if model in OLD_MODELS else "text"
    request = Request(
        "POST",
        host,
        STREAM_PATH if stream else PATH,
        content=to_json(body),
        content_type="application/json",
        accept="text/event-stream" if stream else "application/json",
        generation=True,
    )
    return request, TokenReader(width, decode)


def _input(prompt: Prompt, width: int | None) -> str:
    if isinstance(prompt, str) or width is None:
        return check_text(prompt, "prompt", limit=MAX_INPUT)
    try:
        return pack_tokens(check_tokens(prompt, "prompt"), width)
    except ValueError as error:
        raise InvalidParamsError([("prompt", str(error))]) from None


def _parameters(params: TextParams, *, use_string: bool) -> dict[str, Any]:
    # The service's own default for use_string differs between its hosts: it is always said.
    sent = params.model_dump(exclude_none=True)
    if params.effective_order is not None:
        sent["order"] = params.effective_order
    return {**sent, "use_string": use_string}
