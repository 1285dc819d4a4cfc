"""Reading a request of the OpenAI-compatible endpoints: what is asked, and what will be written."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from novelai.emulator.accounts import EmulatedAccount
from novelai.emulator.errors import Refusal
from novelai.emulator.exchange import Exchange
from novelai.emulator.fields import Fields
from novelai.emulator.prose import answer, pieces, story
from novelai.emulator.text_models import TextModel, check_context, usable_model
from novelai.emulator.vocabulary import END_OF_TURN, token_id

DEFAULT_TOKENS = 256
MAX_CHOICES = 8


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One answer before it is told.

    Attributes:
        pieces: Its text, token by token.
        finish_reason: `stop` or `length`.
        echoed: The prompt, when it is to be repeated in front.
    """

    pieces: list[str]
    finish_reason: str
    echoed: str = ""


@dataclass(frozen=True, kw_only=True)
class Writing:
    """A valid request.

    Attributes:
        model: The model; `model_id` is the name it was asked for by.
        prompt_tokens: Tokens read.
        choices: The answers.
        stream: They are told piece by piece.
    """

    model: TextModel
    model_id: str
    prompt_tokens: int
    choices: list[Choice]
    stream: bool

    def token(self, piece: str) -> int:
        """Return the number of a piece."""
        return token_id(piece, self.model.vocabulary)

    @property
    def usage(self) -> dict[str, int]:
        """The token count."""
        done = sum(len(choice.pieces) for choice in self.choices)
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": done,
            "total_tokens": self.prompt_tokens + done,
        }

    def last_token(self, choice: Choice) -> list[int]:
        """Return the token that ends an answer, if it ended by itself."""
        return [END_OF_TURN] if choice.finish_reason == "stop" else []


async def read_chat(exchange: Exchange) -> tuple[Writing, EmulatedAccount]:
    """Read a chat request.

    Raises:
        Refusal: 400 to 403.
    """
    account = exchange.account()
    fields = await _fields(exchange, "ChatCompletionRequest")
    turns = [_turn(message) for message in fields.items("messages", "ChatCompletionMessage")]
    if not turns:
        raise Refusal(400, "messages is required")
    prompt = "\n".join(turns)
    return _writing(exchange, account, fields, [prompt], chat=True), account


async def read_completion(exchange: Exchange) -> tuple[Writing, EmulatedAccount]:
    """Read a completion request.

    Raises:
        Refusal: 400 to 403.
    """
    account = exchange.account()
    fields = await _fields(exchange, "CompletionRequest")
    prompts = _prompts(fields.raw("prompt"))
    return _writing(exchange, account, fields, prompts, chat=False), account


async def read_count(exchange: Exchange) -> list[int]:
    """Read a text to count; returns its tokens.

    Raises:
        Refusal: 400 or 401.
    """
    exchange.account()
    fields = await _fields(exchange, "TokenCountRequest")
    return [token_id(piece, 151_000) for piece in pieces(fields.string("prompt"))]


async def _fields(exchange: Exchange, struct: str) -> Fields:
    body = await exchange.body()
    if not isinstance(body.document, dict):
        raise Refusal(400, f"json: cannot unmarshal value into Go value of type {struct}")
    return Fields(struct, cast("dict[str, Any]", body.document))


def _turn(message: Any) -> str:
    """One turn as text; contents that are no text are refused in the words of Go's decoder."""
    values = cast("dict[str, Any]", message) if isinstance(message, dict) else {}
    content = values.get("content")
    if isinstance(content, str) and isinstance(values.get("role"), str):
        return f"{values['role']}: {content}"
    kind = "array" if isinstance(content, list) else type(content).__name__
    raise Refusal(
        400,
        f"json: cannot unmarshal {kind} into Go struct field "
        "ChatCompletionMessage.messages.content of type string",
    )


def _prompts(value: Any) -> list[str]:
    """Every prompt as text; token numbers are shown as such."""
    if isinstance(value, str) and value:
        return [value]
    listed = cast("list[Any]", value) if isinstance(value, list) else []
    if listed and all(isinstance(item, int) for item in listed):
        return [_numbers(listed)]
    if listed and all(isinstance(item, str) for item in listed):
        return cast("list[str]", listed)
    if listed and all(isinstance(item, list) for item in listed):
        return [_numbers(item) for item in listed]
    raise Refusal(400, "prompt is required")


def _numbers(tokens: list[int]) -> str:
    return " ".join(str(token) for token in tokens)


def _writing(
    exchange: Exchange,
    account: EmulatedAccount,
    fields: Fields,
    prompts: list[str],
    *,
    chat: bool,
) -> Writing:
    model_id = fields.string("model")
    model = usable_model(model_id, "openai", account, exchange.world.clock())
    limit = fields.integer("max_tokens", DEFAULT_TOKENS)
    count = fields.integer("n", 1)
    if limit < 1 or not 1 <= count <= MAX_CHOICES:
        raise Refusal(400, "max_tokens and n must be at least 1")
    if fields.raw("logprobs") == 0 and not isinstance(fields.raw("logprobs"), bool):
        raise Refusal(500, "Internal Server Error")
    read = sum(len(pieces(prompt)) for prompt in prompts)
    check_context(model, account, read, limit)
    stops = _stops(fields)
    seed = fields.raw("seed") or exchange.world.seed
    write = answer if chat else story
    choices = [
        _choice(write(prompt, f"{seed}/{index}"), limit, stops, prompt if echo else "")
        for echo in [fields.boolean("echo") and not chat]
        for prompt in prompts
        for index in range(count)
    ]
    return Writing(
        model=model,
        model_id=model_id,
        prompt_tokens=read,
        choices=choices,
        stream=fields.boolean("stream"),
    )


def _stops(fields: Fields) -> list[str]:
    value = fields.raw("stop")
    return [value] if isinstance(value, str) else fields.strings("stop")


def _choice(text: Iterator[str], limit: int, stops: list[str], echoed: str) -> Choice:
    """Write until the limit, the end or a stop text.

    As at the service, a stop text inside one token is left out, one that spans tokens stays.
    """
    chosen: list[str] = []
    for piece in islice(text, limit):
        inside = min((piece.find(stop) for stop in stops if stop in piece), default=-1)
        chosen.append(piece if inside < 0 else piece[:inside])
        if inside >= 0 or any(stop in "".join(chosen) for stop in stops):
            return Choice(pieces=chosen, finish_reason="stop", echoed=echoed)
    reason = "length" if len(chosen) == limit else "stop"
    return Choice(pieces=chosen, finish_reason=reason, echoed=echoed)
