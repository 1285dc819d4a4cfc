"""The bodies that OpenAI's clients send: numbers also as text, switches also as words.

Relays and forms write every value as text; what has no meaning here is not read.
"""

import math
import re
from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, ClassVar, Literal, TypeVar, cast

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from novelai.catalogue import MAX_AREA, SIZE_STEP, nearest_size, size_presets
from novelai.server.compat.openai.errors import refusal

__all__ = ["Body", "ChatImageBody", "ImageBody", "SpeechBody", "TaskBody", "read_as"]

LONGEST_PROMPT = 32_000
LONGEST_SPEECH = 4_096
LONGEST_WORD = 200
MOST = 10
MOST_PARTIAL = 3
MOST_COMPRESSION = 100
SLOWEST, FASTEST = 0.25, 4.0
LARGEST_SIDE = 4_096
"""Of a picture at OpenAI; what is larger is a mistake."""

ON = frozenset({"true", "1", "yes", "on"})
OFF = frozenset({"false", "0", "no", "off", ""})
PAIR = re.compile(r"\s*(\d{1,5})\s*[xX*:×]\s*(\d{1,5})\s*", re.ASCII)

Size = str | tuple[int, int]


def _wrong(message: str) -> PydanticCustomError:
    # A sentence about values is no template of theirs.
    return PydanticCustomError("wrong", "{message}", {"message": message})


def _to_text(value: object, longest: int = LONGEST_WORD) -> str:
    if not isinstance(value, str):
        raise _wrong("must be text")
    if len(value) > longest:
        raise _wrong(f"is longer than {longest:,} characters")
    return value


def _to_number(value: Any) -> float | None:
    if value == "":
        return None
    try:
        found = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        found = math.nan
    if not math.isfinite(found):
        raise _wrong("must be a number")
    return found


def _to_whole(value: object) -> int | None:
    found = _to_number(value)
    if found is not None and found != int(found):
        raise _wrong("must be a whole number")
    return None if found is None else int(found)


def _to_switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in ON | OFF:
        raise _wrong("must be true or false")
    return word in ON


def _to_choice(value: object, choices: tuple[str, ...]) -> str | None:
    """Return one of several words; ``{"type": word}`` is the word."""
    if isinstance(value, Mapping):
        value = cast("Mapping[str, Any]", value).get("type")
    if value is None or value == "":
        return None
    if value not in choices:
        raise _wrong(f"must be one of {', '.join(choices)}")
    return str(value)


def _to_size(value: object) -> Size | None:
    if value in ("", "auto"):
        return None
    if not isinstance(value, str):
        raise _wrong('must be text like "832x1216"')
    if value in size_presets():
        return value
    pair = PAIR.fullmatch(value)
    if pair is None:
        raise _wrong(f'must be "auto", WIDTHxHEIGHT, or one of {", ".join(size_presets())}')
    width, height = int(pair[1]), int(pair[2])
    if not 0 < width <= LARGEST_SIDE >= height > 0:
        raise _wrong(f"must be 1 to {LARGEST_SIDE:,} pixels wide and high")
    return width, height


def _in_range(value: int | None, least: int, most: int) -> int | None:
    if value is not None and not least <= value <= most:
        raise _wrong(f"must be {least} to {most}")
    return value


def _to_speed(value: object) -> float | None:
    speed = _to_number(value)
    if speed is not None and not SLOWEST <= speed <= FASTEST:
        raise _wrong(f"must be {SLOWEST} to {FASTEST}")
    return speed


Word = Annotated[str | None, BeforeValidator(_to_text)]
Prose = Annotated[str | None, BeforeValidator(partial(_to_text, longest=LONGEST_PROMPT))]
Number = Annotated[float | None, BeforeValidator(_to_number)]
Whole = Annotated[int | None, BeforeValidator(_to_whole)]
Switch = Annotated[bool | None, BeforeValidator(_to_switch)]
Count = Annotated[int | None, BeforeValidator(lambda value: _in_range(_to_whole(value), 1, MOST))]
Partial = Annotated[
    int | None, BeforeValidator(lambda value: _in_range(_to_whole(value), 0, MOST_PARTIAL))
]
Compression = Annotated[
    int | None, BeforeValidator(lambda value: _in_range(_to_whole(value), 0, MOST_COMPRESSION))
]
Pixels = Annotated[
    int | None, BeforeValidator(lambda value: _in_range(_to_whole(value) or None, 1, LARGEST_SIDE))
]
Format = Annotated[
    Literal["png", "webp", "jpeg", "jpg"] | None,
    BeforeValidator(partial(_to_choice, choices=("png", "webp", "jpeg", "jpg"))),
]
ImageForm = Annotated[
    Literal["b64_json", "url"] | None,
    BeforeValidator(partial(_to_choice, choices=("b64_json", "url"))),
]
CHAT_FORMS = ("text", "b64_json", "url", "json_object", "json_schema")
ChatForm = Annotated[str | None, BeforeValidator(partial(_to_choice, choices=CHAT_FORMS))]


class Body(BaseModel):
    """What all bodies have, of images and of texts."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="ignore", hide_input_in_errors=True)

    model: Word = None
    stream: Switch = None


B = TypeVar("B", bound=Body)


def read_as(kind: type[B], fields: Mapping[str, Any]) -> B:
    """Check the fields of a body; a null is a field that is not there.

    Raises:
        ProblemError: 400; it names the first field that is wrong.
    """
    try:
        return kind.model_validate({n: value for n, value in fields.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise refusal(str(first["loc"][0]), first["msg"]) from None


class ImageBody(Body):
    """The body of a request for images, or the fields of its form.

    Attributes:
        n: how many, 1 to 10.
        partial_images: how many images in the making to show, 0 to 3.
        scale: also as ``cfg_scale`` or ``guidance_scale``.
        quality: a word of OpenAI's, or whether the quality text is added.
        seed: below 0 it is drawn.
    """

    n: Count = None
    partial_images: Partial = None
    prompt: Prose = None
    negative_prompt: Prose = None
    size: Annotated[Size | None, BeforeValidator(_to_size)] = None
    width: Pixels = None
    height: Pixels = None
    quality: Any = None
    quality_toggle: Annotated[Switch, Field(validation_alias="qualityToggle")] = None
    uc_preset: Word = None
    steps: Whole = None
    scale: Annotated[
        Number, Field(validation_alias=AliasChoices("scale", "cfg_scale", "guidance_scale"))
    ] = None
    sampler: Word = None
    noise_schedule: Word = None
    cfg_rescale: Number = None
    seed: Whole = None
    background: Word = None
    strength: Number = None
    noise: Number = None
    input_fidelity: Any = None
    response_format: ImageForm = None
    output_format: Format = None
    output_compression: Compression = None

    @property
    def asked_pixels(self) -> tuple[int, int] | None:
        """The width and height that were asked for in numbers."""
        if "size" not in self.model_fields_set and self.width and self.height:
            return self.width, self.height
        return None if isinstance(self.size, str) else self.size

    @property
    def wanted_size(self) -> Size | None:
        """The size on NovelAI's grid, or a name of NovelAI's; ``None`` leaves it to the model.

        What has more pixels than NovelAI draws is made smaller, in the same form.
        """
        asked = self.asked_pixels
        if asked is None:
            return self.size
        width, height = asked
        scale = min(1.0, math.sqrt(MAX_AREA / (width * height)))
        if scale < 1.0:
            return _below(width * scale), _below(height * scale)
        return nearest_size(width, height)


class ChatImageBody(Body):
    """What a chat says about an answer that is an image."""

    response_format: ChatForm = None
    return_base64: Switch = None


class SpeechBody(Body):
    """What is to be read aloud, and how.

    Attributes:
        voice: a name, or ``{"id": name}``.
    """

    input: Annotated[str | None, BeforeValidator(partial(_to_text, longest=LONGEST_SPEECH))] = None
    voice: Any = None
    response_format: Annotated[
        Literal["mp3", "opus"] | None,
        BeforeValidator(partial(_to_choice, choices=("mp3", "opus"))),
    ] = None
    stream_format: Annotated[
        Literal["audio", "sse"] | None,
        BeforeValidator(partial(_to_choice, choices=("audio", "sse"))),
    ] = None
    speed: Annotated[float | None, BeforeValidator(_to_speed)] = None
    instructions: Prose = None


class TaskBody(Body):
    """What a front end says about a title, tags or follow-ups."""

    max_tokens: Annotated[
        Whole, Field(validation_alias=AliasChoices("max_completion_tokens", "max_tokens"))
    ] = None


def _below(pixels: float) -> int:
    return max(SIZE_STEP, int(pixels) // SIZE_STEP * SIZE_STEP)
