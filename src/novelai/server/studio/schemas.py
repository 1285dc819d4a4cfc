"""What the page asks while somebody writes a prompt, as the HTTP API shows and takes it."""

from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from novelai.server.fields import Line
from novelai.server.model.params import JobKind

__all__ = [
    "CostIn",
    "PromptView",
    "PromptsView",
    "TagView",
    "TagsView",
    "TokensIn",
]


class _In(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)


class CostIn(_In):
    """A job to price; as for ``POST /api/jobs``.

    Attributes:
        job: the id of the one that is changed, whose own pictures may be named by sha256.
        params: without them, that job is priced as it would be if it was ordered again.
    """

    kind: JobKind = "generate"
    job: Line | None = Field(default=None, max_length=100)
    params: dict[str, Any] | None = Field(default=None, repr=False)

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.params is None and self.job is None:
            raise ValueError("params or job must be given")
        return self


class TokensIn(_In):
    """An order whose texts are measured, or one text by itself.

    Attributes:
        params: as for ``POST /api/jobs``; pictures in it are not looked at, and there may be no
            prompt yet.
        prompt: in place of ``params``: a text that is counted as it is, with nothing added.
        model: of such a text.
    """

    params: dict[str, Any] | None = Field(default=None, repr=False)
    prompt: str | None = Field(default=None, max_length=200_000, repr=False)
    model: Line | None = Field(default=None, max_length=100)

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.params is None) == (self.prompt is None):
            raise ValueError("either params or prompt has to be there")
        return self


class TagView(BaseModel):
    """A suggestion.

    Attributes:
        tag: as it goes into a prompt.
        count: how many pictures carry it.
        confidence: 0 to 1; how well it fits.
        alias: another name by which it was found.
        translation: its name in the language that was typed.
    """

    tag: str
    count: int
    confidence: float | None
    alias: str | None
    translation: str | None


class TagsView(BaseModel):
    """Suggestions, the best first."""

    tags: list[TagView]


class PromptView(BaseModel):
    """A prompt that was used.

    Attributes:
        used_at: when last, unix seconds.
        image: a picture that came of it.
    """

    prompt: str = Field(repr=False)
    negative_prompt: str | None = Field(repr=False)
    used_at: float
    image: str | None


class PromptsView(BaseModel):
    """Different prompts, the one that was used last first."""

    prompts: list[PromptView]
