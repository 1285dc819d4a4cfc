"""What text calls give back."""

from dataclasses import dataclass, field
from typing import Any

from novelai.types.answer import Answer

__all__ = [
    "ChatChoice",
    "ChatEvent",
    "ChatResult",
    "TextEvent",
    "TextModel",
    "TextResult",
    "TokenChance",
    "TokenLogprobs",
    "TokenUsage",
]


@dataclass(frozen=True, slots=True)
class TokenChance:
    """How likely a token was.

    Attributes:
        token_ids: the token, as a list of one.
        before: natural logarithm of its likelihood before the samplers.
        after: the same after them; ``None`` when they ruled it out.
    """

    token_ids: tuple[int, ...]
    before: float | None
    after: float | None


@dataclass(frozen=True, slots=True)
class TokenLogprobs:
    """How likely a written token and its rivals were.

    Attributes:
        chosen: the token that was written.
        before: the likeliest tokens before the samplers.
        after: the likeliest tokens after them.
    """

    chosen: tuple[TokenChance, ...] = ()
    before: tuple[TokenChance, ...] = ()
    after: tuple[TokenChance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TextResult:
    """What a story model wrote; ``str()`` of it is the text.

    Attributes:
        text: what follows the prompt; empty in token mode without a decoder.
        token_ids: the tokens, in token mode only.
        logprobs: likelihoods for each token, when asked for.
        request_id: the id of the request that it answers; it does not count when compared.
    """

    text: str
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[TokenLogprobs, ...] = ()
    request_id: str | None = field(default=None, compare=False)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEvent:
    """A piece of the text, in order.

    Attributes:
        text: the piece; in token mode it may be empty while a character is incomplete.
        position: which token this is, from 0.
        final: this is the last piece.
        token_ids: the tokens, in token mode only.
        logprobs: their likelihoods, when asked for.
        request_id: the id of the request that it answers; it does not count when compared.
    """

    text: str
    position: int
    final: bool = False
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[TokenLogprobs, ...] = ()
    request_id: str | None = field(default=None, compare=False)


class TokenUsage(Answer):
    """How many tokens a call took. They cost no Anlas."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    total_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatEvent:
    """A piece of an answer.

    Attributes:
        text: the piece; empty in an event that only ends the answer.
        index: which answer of the call, from 0.
        finish_reason: ``"stop"`` or ``"length"`` in the last event of an answer.
        token_ids: the tokens it came from, as the service numbers them.
        logprobs: their likelihoods as the service sends them, when asked for.
        usage: the token count, usually in the last event.
        request_id: the id of the request that it answers; it does not count when compared.
    """

    text: str
    index: int = 0
    finish_reason: str | None = None
    token_ids: tuple[int, ...] = ()
    logprobs: dict[str, Any] | None = field(default=None, repr=False)
    usage: TokenUsage | None = None
    request_id: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatChoice:
    """One answer.

    Attributes:
        text: its text.
        index: which answer of the call, from 0.
        finish_reason: ``"stop"`` or ``"length"``.
        token_ids: the tokens it came from, as the service numbers them.
        logprobs: their likelihoods, piece by piece as the service sends them, when asked for.
    """

    text: str
    index: int = 0
    finish_reason: str | None = None
    token_ids: tuple[int, ...] = ()
    logprobs: tuple[dict[str, Any], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatResult:
    """What an instruction model answered; ``str()`` of it is the first answer's text.

    Attributes:
        choices: one answer, or as many as were asked for with ``n``.
        usage: the token count, if the service told it.
        request_id: the id of the request that it answers; it does not count when compared.
    """

    choices: tuple[ChatChoice, ...]
    usage: TokenUsage | None = None
    request_id: str | None = field(default=None, compare=False)

    @property
    def text(self) -> str:
        """The first answer's text."""
        return self.choices[0].text

    @property
    def finish_reason(self) -> str | None:
        """Return why the first answer ended: ``"stop"`` or ``"length"``."""
        return self.choices[0].finish_reason

    def __str__(self) -> str:
        return self.text


class TextModel(Answer):
    """A model of the OpenAI-compatible endpoints.

    Attributes:
        id: what to give as ``model``.
        owned_by: who made it.
        created: unix time in seconds.
    """

    id: str
    owned_by: str = ""
    created: int = 0
