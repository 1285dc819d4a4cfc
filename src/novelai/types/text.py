"""How a story model (Kayra, Erato) is to write on."""

from collections.abc import Iterable, Sequence
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    Self,
    TypeAlias,
    TypedDict,
    Unpack,
    cast,
)

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from novelai.presets import SAMPLERS, preset_fields
from novelai.types.annotations import CheckedAs, Many
from novelai.types.base import Between, Params
from novelai.types.findings import Problems, Whole

__all__ = [
    "DEFAULT_TEXT_MODEL",
    "LogitBias",
    "PhrasePenalty",
    "TextChanges",
    "TextFields",
    "TextParams",
    "TokenIds",
]

DEFAULT_TEXT_MODEL = "kayra-v1"

PhrasePenalty: TypeAlias = Literal[
    "off", "very_light", "light", "medium", "aggressive", "very_aggressive"
]

Number: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]

TokenIds: TypeAlias = Many[Annotated[int, Between(0, 2**32 - 1)]]
"""Tokens as numbers of the model's own vocabulary."""


DEFAULT_ORDER = {
    "cfg_scale": "cfg_scale",
    "top_k": "top_k",
    "typical_p": "typical_p",
    "temperature": "temperature",
    "top_p": "top_p",
    "tail_free_sampling": "tail_free_sampling",
    "top_a": "top_a",
    "top_g": "top_g",
    "min_p": "min_p",
    "mirostat": "mirostat_tau",
    "unified": "math1_temp",
}
"""Samplers by the field that turns them on, in an order that story tools commonly use."""


def _codes(value: Any) -> Any:
    """Accept the samplers' names beside their codes."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return value
    return tuple(
        SAMPLERS.get(item, item) if isinstance(item, str) else item
        for item in cast("Iterable[Any]", value)
    )


def _distinct(order: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(order)) < len(order):
        raise PydanticCustomError("order", "must name each sampler once")
    return order


class LogitBias(Params):
    """Makes a sequence of tokens more or less likely.

    Args:
        sequence: the tokens.
        bias: added to their likelihood; below 0 discourages. The web page uses -0.08 on marks of
            a scene break.
        ensure_sequence_finish: once begun, the sequence is completed.
        generate_once: the bias ends when the sequence was written.
    """

    sequence: TokenIds
    bias: Number
    ensure_sequence_finish: bool = False
    generate_once: bool = False


class TextChanges(TypedDict, total=False):
    """The same names and meanings as in `TextParams`; a test keeps them equal."""

    max_length: int
    """1 to 2048 tokens; the service writes at most 150 (Tablet, Scroll) or 250 (Opus), and counts
    them against the context, 8192 tokens (Kayra on Tablet: 4096)."""
    min_length: int
    """1 to 2048 tokens."""
    generate_until_sentence: bool | None
    """go on to the end of the sentence, up to about 20 tokens more."""
    temperature: float | None
    """0.1 to 100; 1 is neutral, higher is wilder."""
    top_k: int | None
    """0 or more; 0 is off."""
    top_p: float | None
    """0 to 1; 1 is off."""
    min_p: float | None
    """0 to 1; 0 is off."""
    top_a: float | None
    """0 or more; 0 is off."""
    top_g: int | None
    """0 to 65536; 0 is off."""
    typical_p: float | None
    """0 to 1; 1 is off."""
    tail_free_sampling: float | None
    """0 to 1; 1 is off."""
    cfg_scale: float | None
    """0 or more; 1 is off (Kayra, Clio)."""
    mirostat_tau: float | None
    """0 or more; 0 is off."""
    mirostat_lr: float | None
    """0 to 1; 1 is off."""
    math1_temp: float | None
    """"Unified" on the web page, its linear part (Erato)."""
    math1_quad: float | None
    """its quadratic part."""
    math1_quad_entropy_scale: float | None
    """its entropy part."""
    repetition_penalty: float | None
    """0 or more; 1 is off. The formula differs by model."""
    repetition_penalty_range: int | None
    """0 to 8192 tokens to look back."""
    repetition_penalty_slope: float | None
    """0 to 10; 0 is off."""
    repetition_penalty_frequency: float | None
    """-16 to 16; 0 is off."""
    repetition_penalty_presence: float | None
    """-16 to 16; 0 is off."""
    repetition_penalty_whitelist: Sequence[int] | None
    """tokens that may repeat freely."""
    phrase_rep_pen: PhrasePenalty | None
    """penalty on whole phrases."""
    order: Sequence[int | str] | None
    """the order samplers run in: names of `novelai.presets.SAMPLERS` or their codes 0 to 10. Each
    sampler in use has to be in it; by default it is made of those given here."""
    bracket_ban: bool | None
    """keep brackets out of the story; on by default."""
    bad_words_ids: Sequence[Sequence[int]] | None
    """up to 2048 sequences that are never written."""
    stop_sequences: Sequence[Sequence[int]] | None
    """up to 1024 sequences that end the text."""
    logit_bias_exp: Sequence[LogitBias] | None
    """up to 1024 biases."""
    prefix: str | None
    """``"vanilla"``, ``"special_instruct"``, ``"special_openings"``, ``"special_proseaugmenter"``,
    ``"theme_textadventure"`` and others (Kayra, Clio)."""
    eos_token_id: int | None
    """a token that ends the text."""
    num_logprobs: int | None
    """0 to 30 likely tokens to tell about for each that is written."""


class TextFields(TextChanges, total=False):
    """Those, and the preset to start from."""

    preset: str
    """A preset to start from, by its name on the web page."""


class TextParams(Params):
    """How a story model is to write on. Checked when it is made; frozen afterwards.

    What is left out (``None``) is left to the service. `preset` starts from a preset of the web
    page. Tokens are given as numbers of the model's vocabulary; a word is one to three tokens.

    Args:
        max_length: 1 to 2048 tokens; the service writes at most 150 (Tablet, Scroll) or 250
            (Opus), and counts them against the context, 8192 tokens (Kayra on Tablet: 4096).
        min_length: 1 to 2048 tokens.
        generate_until_sentence: go on to the end of the sentence, up to about 20 tokens more.
        temperature: 0.1 to 100; 1 is neutral, higher is wilder.
        top_k: 0 or more; 0 is off.
        top_p: 0 to 1; 1 is off.
        min_p: 0 to 1; 0 is off.
        top_a: 0 or more; 0 is off.
        top_g: 0 to 65536; 0 is off.
        typical_p: 0 to 1; 1 is off.
        tail_free_sampling: 0 to 1; 1 is off.
        cfg_scale: 0 or more; 1 is off (Kayra, Clio).
        mirostat_tau: 0 or more; 0 is off.
        mirostat_lr: 0 to 1; 1 is off.
        math1_temp: "Unified" on the web page, its linear part (Erato).
        math1_quad: its quadratic part.
        math1_quad_entropy_scale: its entropy part.
        repetition_penalty: 0 or more; 1 is off. The formula differs by model.
        repetition_penalty_range: 0 to 8192 tokens to look back.
        repetition_penalty_slope: 0 to 10; 0 is off.
        repetition_penalty_frequency: -16 to 16; 0 is off.
        repetition_penalty_presence: -16 to 16; 0 is off.
        repetition_penalty_whitelist: tokens that may repeat freely.
        phrase_rep_pen: penalty on whole phrases.
        order: the order samplers run in: names of `novelai.presets.SAMPLERS` or their codes 0 to
            10. Each sampler in use has to be in it; by default it is made of those given here.
        bracket_ban: keep brackets out of the story; on by default.
        bad_words_ids: up to 2048 sequences that are never written.
        stop_sequences: up to 1024 sequences that end the text.
        logit_bias_exp: up to 1024 biases.
        prefix: ``"vanilla"``, ``"special_instruct"``, ``"special_openings"``,
            ``"special_proseaugmenter"``, ``"theme_textadventure"`` and others (Kayra, Clio).
        eos_token_id: a token that ends the text.
        num_logprobs: 0 to 30 likely tokens to tell about for each that is written.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)

    _whole: ClassVar[Whole | None] = Whole(reads={"min_length": frozenset({"max_length"})})

    max_length: Annotated[int, Between(1, 2048)] = 40
    min_length: Annotated[int, Between(1, 2048)] = 1
    generate_until_sentence: bool | None = None
    temperature: Annotated[float, Between(0.1, 100)] | None = None
    top_k: Annotated[int, Between(0)] | None = None
    top_p: Annotated[float, Between(0, 1)] | None = None
    min_p: Annotated[float, Between(0, 1)] | None = None
    top_a: Annotated[float, Between(0)] | None = None
    top_g: Annotated[int, Between(0, 65536)] | None = None
    typical_p: Annotated[float, Between(0, 1)] | None = None
    tail_free_sampling: Annotated[float, Between(0, 1)] | None = None
    cfg_scale: Annotated[float, Between(0)] | None = None
    mirostat_tau: Annotated[float, Between(0)] | None = None
    mirostat_lr: Annotated[float, Between(0, 1)] | None = None
    math1_temp: Number | None = None
    math1_quad: Number | None = None
    math1_quad_entropy_scale: Number | None = None
    repetition_penalty: Annotated[float, Between(0)] | None = None
    repetition_penalty_range: Annotated[int, Between(0, 8192)] | None = None
    repetition_penalty_slope: Annotated[float, Between(0, 10)] | None = None
    repetition_penalty_frequency: Annotated[float, Between(-16, 16)] | None = None
    repetition_penalty_presence: Annotated[float, Between(-16, 16)] | None = None
    repetition_penalty_whitelist: TokenIds | None = None
    phrase_rep_pen: PhrasePenalty | None = None
    order: (
        Annotated[
            Sequence[int | str],
            CheckedAs(tuple[Annotated[int, Between(0, 10)], ...]),
            BeforeValidator(_codes),
            AfterValidator(_distinct),
        ]
        | None
    ) = None
    bracket_ban: bool | None = None
    bad_words_ids: Annotated[Many[TokenIds], Field(max_length=2048)] | None = None
    stop_sequences: Annotated[Many[TokenIds], Field(max_length=1024)] | None = None
    logit_bias_exp: Annotated[Many[LogitBias], Field(max_length=1024)] | None = None
    prefix: str | None = None
    eos_token_id: Annotated[int, Between(0, 2**32 - 1)] | None = None
    num_logprobs: Annotated[int, Between(0, 30)] | None = None

    if TYPE_CHECKING:

        def replace(self, **changes: Unpack[TextChanges]) -> Self:
            """Return a copy with other values, checked like a new object."""
            ...

    @classmethod
    def preset(cls, name: str, *, model: str = DEFAULT_TEXT_MODEL, **changes: Any) -> Self:
        """Return a preset of the web page.

        Args:
            name: for example ``"Carefree"``; see `novelai.presets.preset_names`.
            model: the model it was made for, ``"kayra-v1"`` or ``"clio-v1"``.
            **changes: fields that are to differ from the preset.

        Raises:
            InvalidParamsError: there is no such preset.
        """
        return cls(**{**preset_fields(name, model), **changes})

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        problems = Problems()
        if self.min_length > self.max_length:
            problems.add(
                "min_length",
                f"must be at most max_length ({self.max_length}), got {self.min_length}",
            )
        problems.raise_found("TextParams")
        return self

    @property
    def effective_order(self) -> tuple[int, ...] | None:
        """The order as it is sent: as given, else of the samplers given, guidance first."""
        if self.order is not None:
            return cast("tuple[int, ...]", self.order)
        used = [name for name, field in DEFAULT_ORDER.items() if getattr(self, field) is not None]
        return tuple(SAMPLERS[name] for name in used) or None
