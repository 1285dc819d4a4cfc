"""A generation in the words of a native client: what was checked, and the rest of its own body.

The body that leaves is the client's, but for what sets the price and for pictures: these are
always taken from the checked parameters, so what is paid is what was reserved.
"""

import json
from collections.abc import Mapping
from typing import Annotated, Any, TypeAlias, cast

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from novelai.types.generation import GenerateImageParams

__all__ = ["CHECKED", "NativeParams", "find_unpriced", "is_checked"]

IMAGES = frozenset(
    {
        "image", "mask", "reference_image", "reference_image_multiple",
        "director_reference_images",
    }
)  # fmt: skip
"""Fields that hold pictures."""

CACHES = frozenset(
    {
        "image_cache_secret_key", "mask_cache_secret_key", "reference_image_cache_secret_key",
        "reference_image_multiple_cached", "director_reference_images_cached",
    }
)  # fmt: skip
"""Fields by which a client saves sending a picture again; a job carries its pictures itself."""

PRICED = frozenset(
    {
        "width", "height", "steps", "n_samples", "seed", "sampler", "sm", "sm_dyn", "strength",
        "inpaintImg2ImgStrength", "img2img", "image_format", "stream",
    }
)  # fmt: skip
"""Fields that set the price, or how the answer comes; from the checked parameters."""

TOP = frozenset({"input", "model", "action", "parameters", "url", "recaptcha_token"})
"""Fields beside the parameters that are set anew, or have no place in a paid job."""

CHECKED = PRICED | IMAGES | CACHES
_FOLDED = frozenset(name.casefold() for name in CHECKED)
_FOLDED_TOP = frozenset(name.casefold() for name in TOP)

UNPRICED = ("upscale", "enhance", "effort", "controlnet_condition", "request_count")
"""Parts of names of fields whose price nobody knows: refused."""

DEPTH = 40
"""Objects and lists inside each other; NovelAI's own bodies have six."""

NEEDED = ("negative_prompt", "v4_prompt", "v4_negative_prompt")
"""NovelAI fails without these, so they are filled in."""


def is_checked(name: str) -> bool:
    """Return whether a field of ``parameters`` is taken from the checked parameters.

    NovelAI reads names without regard to upper and lower case, so ``N_Samples`` is one, too; no
    name of its own has other letters than ASCII, and some of those fold to ASCII there.
    """
    return not name.isascii() or name.casefold() in _FOLDED


def find_unpriced(parameters: Mapping[str, Any]) -> str | None:
    """Return the first field in use that costs nobody knows what, or ``None``."""
    for name, value in parameters.items():
        if value and any(part in name.casefold() for part in UNPRICED):
            return name
    return None


def _safe(text: str) -> str:
    body: dict[str, Any] = json.loads(text)
    parameters: Mapping[str, Any] = body["parameters"]
    if not _sendable(body):
        raise PydanticCustomError("native", "holds what no request can carry")
    beside = body.keys() - {"input", "parameters"}
    if (
        any(is_checked(name) for name in parameters)
        or find_unpriced(parameters) is not None
        or any(not name.isascii() or name.casefold() in _FOLDED_TOP for name in beside)
    ):
        raise PydanticCustomError("native", "holds what sets the price")
    return text


def _sendable(body: Mapping[str, Any]) -> bool:
    """Return whether it can be written as JSON in UTF-8.

    Found out now, and not when the job runs.
    """
    if not _shallow(body, DEPTH):
        return False
    try:
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except ValueError:  # a number without end, or half of a character
        return False
    return True


def _shallow(value: Any, left: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    nest = cast("dict[str, Any] | list[Any]", value)
    members = nest.values() if isinstance(nest, dict) else nest
    return left > 0 and all(_shallow(one, left - 1) for one in members)


NativeBody: TypeAlias = Annotated[str, AfterValidator(_safe)]
"""JSON with ``input``, ``parameters`` and what stood beside them, without what is checked.

Kept as text: nothing in it is taken for the name of a stored picture.
"""


class NativeParams(GenerateImageParams):
    """A generation whose body is a client's own, as far as it does not set the price.

    Args:
        native: that body.
    """

    native: NativeBody = Field(repr=False)

    @classmethod
    def own_part(cls, document: Mapping[str, Any]) -> str:
        """Return the part of a client's body that is sent as it is, as JSON."""
        parameters: Mapping[str, Any] = document.get("parameters") or {}
        beside = {
            name: value
            for name, value in document.items()
            if name.isascii() and name.casefold() not in _FOLDED_TOP
        }
        own = {
            **beside,
            "input": document.get("input", ""),
            "parameters": {n: v for n, v in parameters.items() if not is_checked(n)},
        }
        return json.dumps(own, separators=(",", ":"))

    def write_own_part(self, *, vibes: int, references: int) -> str:
        """Return the client's own body when it is sent with fewer pictures than the client said.

        Args:
            vibes: how many there are; the lists about them become as long.
            references: likewise, of precise references.
        """
        native: dict[str, Any] = json.loads(self.native)
        parameters: dict[str, Any] = native["parameters"]
        for name, value in parameters.items():
            if not isinstance(value, list):
                continue
            items = cast("list[Any]", value)
            if name.startswith("director_reference_"):
                parameters[name] = items[:references]
            elif name.startswith("reference_") and name.endswith("_multiple"):
                parameters[name] = items[:vibes]
        return json.dumps(native, separators=(",", ":"))

    def adapt(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the client's own body, with what was checked in its place."""
        built: dict[str, Any] = body["parameters"]
        native: dict[str, Any] = json.loads(self.native)
        own: dict[str, Any] = native["parameters"]
        parameters = own | {name: built[name] for name in built if name in CHECKED}
        for name in NEEDED:
            if name in built:
                parameters.setdefault(name, built[name])
        vibes: list[Any] = parameters.get("reference_image_multiple") or []
        if "reference_strength" in own and "reference_strength_multiple" not in own and vibes:
            # The form of March 2024, which may not be mixed with the later one.
            del parameters["reference_image_multiple"]
            parameters["reference_image"] = vibes[0]
        return native | {
            "model": body["model"],
            "action": body["action"],
            "parameters": parameters,
        }
