"""The two endpoints of story models: Kayra and Erato."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from novelai.emulator.accounts import EmulatedAccount
from novelai.emulator.answer import Answer, json_answer
from novelai.emulator.errors import Refusal, invalid
from novelai.emulator.exchange import Exchange
from novelai.emulator.fields import Fields
from novelai.emulator.prose import pieces, story
from novelai.emulator.text_models import TextModel, check_context, usable_model
from novelai.emulator.vocabulary import count_packed, pack_tokens, token_id
from novelai.emulator.writing import start_writing, write_frames

MAX_INPUT = 100_000
DEFAULT_LENGTH = 40
# How far past its length a text may go to end its sentence.
SENTENCE_END = 20

_RANGES: dict[str, tuple[float, float]] = {
    "temperature": (0.1, 100),
    "max_length": (1, 2048),
    "min_length": (1, 2048),
    "top_k": (0, float("inf")),
    "top_p": (0, 1),
    "top_a": (0, float("inf")),
    "typical_p": (0, 1),
    "tail_free_sampling": (0, 1),
    "top_g": (0, 65_536),
    "min_p": (0, 1),
    "cfg_scale": (0, float("inf")),
    "mirostat_tau": (0, float("inf")),
    "mirostat_lr": (0, 1),
    "repetition_penalty_range": (0, 8192),
    "repetition_penalty_slope": (0, 10),
    "repetition_penalty_frequency": (-16, 16),
    "repetition_penalty_presence": (-16, 16),
    "num_logprobs": (0, 30),
}
_PHRASE_PENALTIES = {"off", "very_light", "light", "medium", "aggressive", "very_aggressive"}


@dataclass(frozen=True, kw_only=True)
class _Story:
    """A valid request: what will be written, and how it is to be told."""

    model: TextModel
    text: list[str]
    as_string: bool
    logprobs: int

    def tokens(self, index: int | None = None) -> list[int]:
        chosen = self.text if index is None else [self.text[index]]
        return [token_id(piece, self.model.vocabulary) for piece in chosen]

    def likelihoods(self, index: int) -> list[dict[str, Any]] | None:
        if not self.logprobs:
            return None
        token = self.tokens(index)[0]
        rivals = [[[token + rank], [-0.1 - rank, None]] for rank in range(self.logprobs)]
        return [{"chosen": [[[token], [-0.1, -0.05]]], "before": rivals, "after": rivals[:1]}]


async def generate(exchange: Exchange) -> Answer:
    """POST /ai/generate: the text at once, as text or as packed tokens."""
    tale, account = await _read(exchange)
    await start_writing(exchange, account, len(tale.text)).result()
    output = "".join(tale.text) if tale.as_string else pack_tokens(tale.tokens(), tale.model.width)
    document: dict[str, Any] = {"output": output}
    if tale.logprobs:
        listed = [tale.likelihoods(index) or [] for index in range(len(tale.text))]
        document["logprobs"] = [entry for entries in listed for entry in entries]
    return json_answer(document)


async def generate_stream(exchange: Exchange) -> Answer:
    """POST /ai/generate-stream: one event per token, and no event that says it is over."""
    tale, account = await _read(exchange)
    job = start_writing(exchange, account, len(tale.text))
    frames: AsyncIterator[bytes] = write_frames(
        job, len(tale.text), lambda index: _frame(tale, index)
    )
    return Answer(
        content_type="text/event-stream",
        body=None,
        frames=frames,
        stream="text",
        headers={"cache-control": "no-cache"},
        known_length=False,
    )


def _frame(tale: _Story, index: int) -> bytes:
    token = (
        tale.text[index] if tale.as_string else pack_tokens(tale.tokens(index), tale.model.width)
    )
    document = {
        "token": token,
        "ptr": index,
        "final": index == len(tale.text) - 1,
        "logprobs": tale.likelihoods(index),
    }
    data = json.dumps(document, separators=(",", ":"), ensure_ascii=False)
    return f"event: newToken\ndata: {data}\n\n".encode()


async def _read(exchange: Exchange) -> tuple[_Story, EmulatedAccount]:
    """Check the request in order: who asks, what for, how, and whether it fits."""
    account = exchange.account()
    body = await exchange.body()
    request = Fields.of("GenerateRequest", body.document)
    given = request.string("input")
    model = usable_model(request.string("model"), "native", account, exchange.world.clock())
    parameters = request.struct("parameters", "Parameters")
    _check(given, parameters)
    as_string = parameters.boolean("use_string")
    read = len(pieces(given)) if as_string else count_packed(given, model.width)
    asked = parameters.integer("max_length", DEFAULT_LENGTH)
    check_context(model, account, read, asked)
    wanted = min(asked, model.output[account.tier])
    endless = story(given, exchange.world.seed)
    text = list(islice(endless, wanted))
    if parameters.boolean("generate_until_sentence"):
        while text[-1].rstrip("”")[-1:] != "." and len(text) < wanted + SENTENCE_END:
            text.append(next(endless))
    logprobs = parameters.integer("num_logprobs")
    return _Story(model=model, text=text, as_string=as_string, logprobs=logprobs), account


def _check(given: str, parameters: Fields) -> None:
    if not given:
        raise invalid("input is required")
    if len(given) > MAX_INPUT:
        raise invalid(f"input must be at most {MAX_INPUT} characters")
    for name, (low, high) in _RANGES.items():
        if name in parameters and not low <= parameters.number(name) <= high:
            raise invalid(f"{name} must be {low:g} to {high:g}")
    penalty = parameters.string("phrase_rep_pen", "off")
    if penalty not in _PHRASE_PENALTIES:
        raise Refusal(400, f"Invalid request: phrase_rep_pen {penalty[:40]!r} is unknown")
