"""What bots send: names of their own, sizes in words."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from novelai._model_table import MAX_STEPS
from novelai.catalogue import ModelSpec, base_model, known_model, model_spec
from novelai.server.compat.a1111.clamps import at_most, note_fixed
from novelai.server.compat.samplers import Sampling, UnknownSamplerError, read_sampling
from novelai.server.http.error_handlers import invalid

__all__ = ["BotRequest", "fields_of", "size_of"]

NAMES: Mapping[str, str] = {"negative_prompt": "negative"}
"""What a body calls our parameters, where it has another name."""

SHAPES: Mapping[str, str] = {
    "竖图": "portrait", "竖": "portrait", "横图": "landscape", "横": "landscape",
    "方图": "square", "方": "square",
}  # fmt: skip

LARGER: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "2K": {"portrait": (1024, 1536), "landscape": (1536, 1024), "square": (1472, 1472)},
    "4K": {"portrait": (1536, 2048), "landscape": (2048, 1536), "square": (1728, 1728)},
}
"""4K stands for the most pixels that NovelAI makes."""


def _number(value: Any) -> Any:
    """Query strings and forms leave fields empty."""
    return None if isinstance(value, str) and not value.strip() else value


Whole = Annotated[int | None, BeforeValidator(_number)]
Real = Annotated[float | None, BeforeValidator(_number)]
Words = Annotated[str | None, BeforeValidator(_number)]


class BotRequest(BaseModel):
    """A picture that a bot asks for. What it claims of the cost is not read."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", hide_input_in_errors=True)

    token: str | None = Field(default=None, repr=False)
    tag: str | None = None
    prompt: str | None = None
    input: str | None = None
    model: Words = None
    artist: Words = None
    size: Words = None
    steps: Whole = None
    scale: Real = None
    cfg: Real = None
    sampler: Words = None
    negative: Words = None
    noise_schedule: Words = None
    seed: Whole = None
    nocache: Any = None

    @property
    def text(self) -> str:
        """The prompt, under any of its names, with the artists in front."""
        text = self.tag or self.prompt or self.input or ""
        return ", ".join(part for part in (self.artist, text) if part)

    @property
    def fresh(self) -> bool:
        """Return whether a new picture is wanted even if there is one already."""
        return str(self.nocache or "").lower() not in ("", "0", "false", "none")


def fields_of(bot_request: BotRequest, default: str) -> tuple[dict[str, Any], list[str]]:
    """Return the parameters of a generation by our names, and what was taken otherwise.

    Args:
        bot_request: what is wanted.
        default: the model where none is named.

    Raises:
        ProblemError: 422; a value has no meaning.
    """
    notes: list[str] = []
    spec = model_spec(default if bot_request.model is None else _model(bot_request.model))
    sampling = _sampling(bot_request, spec, notes)
    steps, scale, seed = bot_request.steps, bot_request.scale, bot_request.seed
    fields: dict[str, Any] = {
        "prompt": bot_request.text,
        "model": spec.id,
        "size": size_of(bot_request.size),
        "steps": None if steps is None else at_most("steps", steps, MAX_STEPS, notes),
        "scale": None if scale is None else at_most("scale", scale, spec.max_scale, notes),
        "cfg_rescale": bot_request.cfg,
        "sampler": sampling.sampler,
        "noise_schedule": sampling.schedule,
        "negative_prompt": bot_request.negative,
        "seed": seed if seed is not None and seed >= 0 else None,
    }
    given = {name: value for name, value in fields.items() if value is not None}
    note_fixed(given, spec, NAMES, notes)
    return given, notes


def _sampling(bot_request: BotRequest, spec: ModelSpec, notes: list[str]) -> Sampling:
    called = ("sampler", "noise_schedule")
    try:
        found = read_sampling(bot_request.sampler, bot_request.noise_schedule, spec, fields=called)
    except UnknownSamplerError as error:
        raise invalid([(error.field, error.words)]) from None
    notes += found.notes
    return found


def size_of(words: str | None) -> str | tuple[int, int] | None:
    """Return a size in words, as ``832x1216``, or by our own name.

    ``None`` when nothing is said.
    """
    if words is None:
        return None
    text = words.strip()
    for ending, sizes in LARGER.items():
        shape = SHAPES.get(text[: -len(ending)].strip())
        if text.upper().endswith(ending) and shape is not None:
            return sizes[shape]
    return SHAPES.get(text, text)


def _model(name: str) -> str:
    if known_model(name) or name.startswith("nai-diffusion"):
        return base_model(name)
    raise invalid([("model", "is no model of NovelAI, such as nai-diffusion-4-5-full")])
