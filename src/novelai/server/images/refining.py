"""What is changed of a picture's settings to vary or to enhance it, as the page offers both."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel

from novelai.catalogue import model_spec, nearest_size
from novelai.cost import OPUS_FREE_AREA
from novelai.enhancing import LEVELS, VARIATION, enhance_sizes, offered_scales
from novelai.errors import NovelAIError
from novelai.metadata import recover_params
from novelai.server.model.image import Image

__all__ = [
    "Enhancement",
    "enhancements_of",
    "has_randomiser",
    "read_drawn_prompts",
    "variation_of",
]

DRAWN = "generate"
VARIATIONS = 3
"""Pictures of one order, as long as each may be free: one of a large picture costs enough."""

RANDOMISER = "||"
SOURCES = ("i2i.image", "inpaint.image")
PROMPTS = {"prompt", "characters", "quality", "furry", "automatic_text"}


class Enhancement(BaseModel):
    """A way to draw a picture again, cleaner.

    Attributes:
        magnitude: how free it is, from 1.
        scale: how much wider and higher it gets, about; ``max``: as much as can be (V5).
        size: width and height in pixels of what comes back.
        changes: parameters by name, to take in place of those in its settings.
    """

    magnitude: int
    scale: float | Literal["max"]
    size: tuple[int, int]
    changes: dict[str, Any]


def variation_of(image: Image, drawn: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the parameters to change for pictures that resemble one; ``None`` if not drawn.

    Args:
        image: the picture.
        drawn: its prompts as NovelAI took them, see `read_drawn_prompts`.
    """
    if image.kind != DRAWN:
        return None
    size = nearest_size(image.width, image.height)
    few = size[0] * size[1] > OPUS_FREE_AREA
    source = {"seed": seed} if (seed := _noise_seed(image)) is not None else {}
    samples = {"n_samples": 1 if few else VARIATIONS}
    own = image.width, image.height
    return {**drawn, **_changes(image, size, VARIATION, source, own), **samples}


def enhancements_of(image: Image, drawn: Mapping[str, Any]) -> list[Enhancement]:
    """Return the ways to enhance a picture, the scales that NovelAI's page offers, its first first.

    Arguments as for `variation_of`.
    """
    if image.kind != DRAWN:
        return []
    own = image.width, image.height
    found: list[Enhancement] = []
    for scale in offered_scales(model_spec(image.model or ""), *own):
        sizes = enhance_sizes(*own, scale)
        source = {"enhance": "max" if scale == "max" else "plain"}
        found += [
            Enhancement(
                magnitude=magnitude,
                scale=scale,
                size=sizes.result,
                changes={
                    **drawn,
                    **_changes(image, sizes.size, amount, source, sizes.image),
                    "n_samples": 1,
                },
            )
            for magnitude, amount in enumerate(LEVELS, start=1)
        ]
    return found


def has_randomiser(settings: Mapping[str, Any]) -> bool:
    """Return whether a prompt of these settings was left to chance in part (``||a|b||``)."""
    texts = [
        settings.get("prompt"),
        *(one.get("prompt") for one in settings.get("characters") or ()),
    ]
    return any(isinstance(text, str) and RANDOMISER in text for text in texts)


def read_drawn_prompts(data: bytes) -> dict[str, Any]:
    """Return the prompts of a picture as NovelAI took them; nothing if it does not say so.

    Takes milliseconds: not for the loop.
    """
    try:
        params = recover_params(data, drawn=True).params
    except NovelAIError:
        return {}
    return params.model_dump(mode="json", include=PROMPTS)


def _noise_seed(image: Image) -> int | None:
    """Return the seed of the noise of a picture that was made from one, as far as it is known."""
    made_from_one = any(one in SOURCES for one in image.settings.get("missing") or ())
    if image.seed is None or not made_from_one:
        return None
    return image.seed - image.position - 1


def _changes(
    image: Image,
    size: tuple[int, int],
    amount: tuple[float, float],
    source: Mapping[str, Any],
    sent: tuple[int, int],
) -> dict[str, Any]:
    strength, noise = amount
    base = {"image": {"image": image.id}, "strength": strength, "noise": noise, **source}
    if sent != size:
        base["size"] = list(sent)
    # SMEA is for pictures that start from nothing.
    return {"i2i": base, "size": list(size), "smea": False, "smea_dyn": False}
