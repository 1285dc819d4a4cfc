"""How an instruction model (GLM, Xialong) is to answer or continue."""

from collections.abc import Mapping, Sequence
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

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from novelai.presets import preset_fields
from novelai.types.annotations import CheckedAs
from novelai.types.base import Between, Params, Text

__all__ = [
    "DEFAULT_CHAT_MODEL",
    "ChatChanges",
    "ChatFields",
    "ChatMessage",
    "ChatParams",
    "CompletionChanges",
    "CompletionFields",
    "CompletionParams",
    "Role",
]

DEFAULT_CHAT_MODEL = "glm-4-6"

Role: TypeAlias = Literal["system", "user", "assistant"]

Number: TypeAlias = Annotated[float, Field(allow_inf_nan=False)]
Stops: TypeAlias = tuple[Annotated[Text, Field(min_length=1)], ...]
Biases: TypeAlias = dict[Annotated[int, Between(0)], Number]


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _only_text(value: Any) -> Any:
    if not isinstance(value, str):
        raise PydanticCustomError(
            "content",
            "must be text, got {kind}: NovelAI's chat takes no list of parts",
            {"kind": type(value).__name__},
        )
    return value


class ChatMessage(Params):
    """One turn of a conversation.

    Args:
        role: ``"system"``, ``"user"`` or ``"assistant"``.
        content: its text.
    """

    role: Role
    content: Annotated[Text, BeforeValidator(_only_text)] = Field(repr=False)


class _SharedParams(Params):
    model_config: ClassVar[ConfigDict] = ConfigDict(defer_build=True)

    max_tokens: Annotated[int, Between(1)] = 256
    temperature: Annotated[float, Between(0)] | None = None
    top_p: Annotated[float, Between(0, 1)] | None = None
    top_k: Annotated[int, Between(0)] | None = None
    min_p: Annotated[float, Between(0, 1)] | None = None
    frequency_penalty: Annotated[float, Between(-2, 2)] | None = None
    presence_penalty: Annotated[float, Between(-2, 2)] | None = None
    stop: Annotated[str | Sequence[str], CheckedAs(Stops), BeforeValidator(_one_or_many)] | None = (
        None
    )
    seed: int | None = None
    n: Annotated[int, Between(1)] | None = None
    logit_bias: Annotated[Mapping[int, float], CheckedAs(Biases)] | None = None
    logprobs: Annotated[int, Between(1)] | None = None
    user: str | None = None
    enable_thinking: bool | None = None
    unified_linear: Number | None = None
    unified_quadratic: Number | None = None
    unified_cubic: Number | None = None
    unified_increase_linear_with_entropy: Number | None = None

    @property
    def stops(self) -> tuple[str, ...]:
        """The texts that end an answer; none when nothing was given."""
        return cast("tuple[str, ...]", self.stop or ())

    @classmethod
    def preset(cls, name: str, *, model: str = DEFAULT_CHAT_MODEL, **changes: Any) -> Self:
        """Return a preset of the web page.

        Args:
            name: ``"Default"``.
            model: the model it was made for, ``"glm-4-6"``.
            **changes: fields that are to differ from the preset.

        Raises:
            InvalidParamsError: there is no such preset.
        """
        return cls(**{**preset_fields(name, model), **changes})


class ChatChanges(TypedDict, total=False):
    """The same names and meanings as in `ChatParams`; a test keeps them equal."""

    max_tokens: int
    """1 or more tokens; the web page offers up to 1024. They count against the context: 8192 tokens
    on Tablet, 12288 on Scroll, 28672 on Opus."""
    temperature: float | None
    """0 or more; 1 is neutral."""
    top_p: float | None
    """0 to 1; 1 is off."""
    top_k: int | None
    """0 or more; 0 is off, and not sent."""
    min_p: float | None
    """0 to 1; 0 is off."""
    frequency_penalty: float | None
    """-2 to 2; 0 is off."""
    presence_penalty: float | None
    """-2 to 2; 0 is off."""
    stop: str | Sequence[str] | None
    """one text or several that end the answer; they are not part of it."""
    seed: int | None
    """makes an answer repeatable, as far as the service can."""
    n: int | None
    """1 or more answers."""
    logit_bias: Mapping[int, float] | None
    """bias by token number."""
    logprobs: int | None
    """1 or more likely tokens to tell about for each (0 makes the service fail)."""
    user: str | None
    """a name for the end user, passed on."""
    enable_thinking: bool | None
    """let the model think before it answers."""
    unified_linear: float | None
    """"Unified" sampling on the web page, its linear part."""
    unified_quadratic: float | None
    """its quadratic part."""
    unified_cubic: float | None
    """its cubic part."""
    unified_increase_linear_with_entropy: float | None
    """its entropy part."""


class ChatFields(ChatChanges, total=False):
    """Those, and the preset to start from."""

    preset: str
    """A preset to start from, by its name on the web page."""


class ChatParams(_SharedParams):
    """How an instruction model is to answer. Checked when it is made; frozen afterwards.

    What is left out (``None``) is left to the service. `preset` starts from the web page's own.

    Args:
        max_tokens: 1 or more tokens; the web page offers up to 1024. They count against the
            context: 8192 tokens on Tablet, 12288 on Scroll, 28672 on Opus.
        temperature: 0 or more; 1 is neutral.
        top_p: 0 to 1; 1 is off.
        top_k: 0 or more; 0 is off, and not sent.
        min_p: 0 to 1; 0 is off.
        frequency_penalty: -2 to 2; 0 is off.
        presence_penalty: -2 to 2; 0 is off.
        stop: one text or several that end the answer; they are not part of it.
        seed: makes an answer repeatable, as far as the service can.
        n: 1 or more answers.
        logit_bias: bias by token number.
        logprobs: 1 or more likely tokens to tell about for each (0 makes the service fail).
        user: a name for the end user, passed on.
        enable_thinking: let the model think before it answers.
        unified_linear: "Unified" sampling on the web page, its linear part.
        unified_quadratic: its quadratic part.
        unified_cubic: its cubic part.
        unified_increase_linear_with_entropy: its entropy part.
    """

    if TYPE_CHECKING:

        def replace(self, **changes: Unpack[ChatChanges]) -> Self:
            """Return a copy with other values, checked like a new object."""
            ...


class CompletionChanges(ChatChanges, total=False):
    """The same names and meanings as in `CompletionParams`; a test keeps them equal."""

    best_of: int | None
    """1 or more texts to choose the best from."""
    echo: bool | None
    """repeat the prompt in front of the text."""
    suffix: str | None
    """what comes after the text."""
    generation_prefix: str | None
    """what the text has to begin with."""


class CompletionFields(CompletionChanges, total=False):
    """Those, and the preset to start from."""

    preset: str
    """A preset to start from, by its name on the web page."""


class CompletionParams(_SharedParams):
    """How an instruction model is to continue a raw prompt: `ChatParams` and a few more.

    Args:
        best_of: 1 or more texts to choose the best from.
        echo: repeat the prompt in front of the text.
        suffix: what comes after the text.
        generation_prefix: what the text has to begin with.
    """

    best_of: Annotated[int, Between(1)] | None = None
    echo: bool | None = None
    suffix: Text | None = Field(default=None, repr=False)
    generation_prefix: Text | None = Field(default=None, repr=False)

    if TYPE_CHECKING:

        def replace(self, **changes: Unpack[CompletionChanges]) -> Self:
            """Return a copy with other values, checked like a new object."""
            ...
