"""The fields of the text parameters as keywords, for calls without the object and for copies."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from novelai.types.text import LogitBias, PhrasePenalty

__all__ = [
    "ChatChanges",
    "ChatFields",
    "CompletionChanges",
    "CompletionFields",
    "TextChanges",
    "TextFields",
]


class TextChanges(TypedDict, total=False):
    """The same names and meanings as in `TextParams`; a test keeps them equal."""

    max_length: int
    min_length: int
    generate_until_sentence: bool | None
    temperature: float | None
    top_k: int | None
    top_p: float | None
    min_p: float | None
    top_a: float | None
    top_g: int | None
    typical_p: float | None
    tail_free_sampling: float | None
    cfg_scale: float | None
    mirostat_tau: float | None
    mirostat_lr: float | None
    math1_temp: float | None
    math1_quad: float | None
    math1_quad_entropy_scale: float | None
    repetition_penalty: float | None
    repetition_penalty_range: int | None
    repetition_penalty_slope: float | None
    repetition_penalty_frequency: float | None
    repetition_penalty_presence: float | None
    repetition_penalty_whitelist: Sequence[int] | None
    phrase_rep_pen: PhrasePenalty | None
    order: Sequence[int | str] | None
    bracket_ban: bool | None
    bad_words_ids: Sequence[Sequence[int]] | None
    stop_sequences: Sequence[Sequence[int]] | None
    logit_bias_exp: Sequence[LogitBias] | None
    prefix: str | None
    eos_token_id: int | None
    num_logprobs: int | None


class TextFields(TextChanges, total=False):
    """Those, and the preset to start from."""

    preset: str


class ChatChanges(TypedDict, total=False):
    """The same names and meanings as in `ChatParams`; a test keeps them equal."""

    max_tokens: int
    temperature: float | None
    top_p: float | None
    top_k: int | None
    min_p: float | None
    frequency_penalty: float | None
    presence_penalty: float | None
    stop: str | Sequence[str] | None
    seed: int | None
    n: int | None
    logit_bias: Mapping[int, float] | None
    logprobs: int | None
    user: str | None
    enable_thinking: bool | None
    unified_linear: float | None
    unified_quadratic: float | None
    unified_cubic: float | None
    unified_increase_linear_with_entropy: float | None


class ChatFields(ChatChanges, total=False):
    """Those, and the preset to start from."""

    preset: str


class CompletionChanges(ChatChanges, total=False):
    """The same names and meanings as in `CompletionParams`; a test keeps them equal."""

    best_of: int | None
    echo: bool | None
    suffix: str | None
    generation_prefix: str | None


class CompletionFields(CompletionChanges, total=False):
    """Those, and the preset to start from."""

    preset: str
