"""What a call costs in Anlas: a pure function over the catalogue.

The formula is the web client's, checked against charges observed on the service in 2026.
"""

from dataclasses import dataclass
from math import ceil, exp, sqrt

from novelai.catalogue import ModelSpec

__all__ = [
    "ENCODE_VIBE_ANLAS",
    "AnlasEstimate",
    "AugmentAnlasEstimate",
    "augment_size",
    "calculate_augment_anlas",
    "generation_cost",
    "share_of",
    "upscale_cost",
]

ENCODE_VIBE_ANLAS = 2
EXTRA_VIBE_ANLAS = 2
FREE_VIBES = 4
REFERENCE_ANLAS = 5
OPUS_FREE_AREA = 1_048_576
OPUS_FREE_STEPS = 28
MINIMUM_ANLAS = 2
MAX_PICTURE_ANLAS = 140
"""The service refuses a single picture that would cost more."""

AUGMENT_STEPS = 28
AUGMENT_AREAS = (1_011_712, 1_048_576, 3_143_728)
"""Pictures below the first are enlarged to the second, those above the last reduced to it."""

BACKGROUND_FACTOR = 3
BACKGROUND_EXTRA = 5
UPSCALE_AREAS = (1_048_576, 1_747_627, 2_446_678)
"""Above each of these areas in pixels an upscale costs one Anlas more."""

V1_SMALLEST_AREA = 65_536
V1_SAMPLERS = frozenset({"plms", "ddim", "k_euler", "k_euler_ancestral", "k_lms"})


@dataclass(frozen=True, slots=True, kw_only=True)
class AnlasEstimate:
    """The price of one generation call.

    Attributes:
        model: the model id.
        total_anlas: all of it; ``None`` when the model's price is unknown.
        base_anlas: the pictures alone.
        character_reference_anlas: precise references, 5 each and picture, for Opus too.
        vibe_encoding_anlas: vibes that still have to be encoded, 2 each.
        vibe_reference_anlas: vibes beyond four, 2 each.
        per_image_anlas: one picture before the Opus discount.
        requested_samples: pictures asked for.
        billable_samples: pictures that are charged.
        strength_factor: the share of the full price that img2img or inpainting pays.
        opus_discount_applied: whether one picture is free because of Opus.
    """

    model: str
    total_anlas: int | None
    base_anlas: int | None
    character_reference_anlas: int
    vibe_encoding_anlas: int
    vibe_reference_anlas: int
    per_image_anlas: int | None
    requested_samples: int
    billable_samples: int
    strength_factor: float
    opus_discount_applied: bool

    def __int__(self) -> int:
        if self.total_anlas is None:
            raise ValueError(f"the price of {self.model} is unknown")
        return self.total_anlas

    def __str__(self) -> str:
        return "unknown" if self.total_anlas is None else str(self.total_anlas)


def generation_cost(
    spec: ModelSpec,
    *,
    width: int,
    height: int,
    steps: int,
    n_samples: int = 1,
    sampler: str = "k_euler_ancestral",
    smea: bool = False,
    smea_dyn: bool = False,
    strength: float = 1.0,
    vibes: int = 0,
    vibes_to_encode: int = 0,
    references: int = 0,
    is_opus: bool = False,
    allowance_exhausted: bool = False,
) -> AnlasEstimate:
    """Return the price of a generation.

    Args:
        spec: the model's row of the catalogue.
        width: in pixels.
        height: in pixels.
        steps: 1 to 50; a model that fixes them counts its own.
        n_samples: pictures asked for.
        sampler: matters for V1 only.
        smea: SMEA is on (V3).
        smea_dyn: SMEA DYN is on (V3).
        strength: of img2img, or of inpainting; 1 for text to image.
        vibes: how many vibes are used.
        vibes_to_encode: how many of them have no encoding yet.
        references: how many precise references are used.
        is_opus: the account has an active Opus subscription: one picture of at most 1,048,576
            pixels and 28 steps is free, base picture and references notwithstanding.
        allowance_exhausted: the V5 allowance is used up (``usage.is_negative``).
    """
    steps = spec.fixed.get("steps", steps)
    full = _full_price(spec, width * height, steps, sampler)
    if full is not None and smea:
        full *= 1.4 if smea_dyn else 1.2
    per_image = None if full is None else max(ceil(full * strength), MINIMUM_ANLAS)
    within_free = width * height <= OPUS_FREE_AREA and steps <= OPUS_FREE_STEPS
    free = is_opus and within_free and not (spec.allowance and allowance_exhausted)
    billable = n_samples - 1 if free else n_samples
    encoding = ENCODE_VIBE_ANLAS * vibes_to_encode
    extra = EXTRA_VIBE_ANLAS * max(vibes - FREE_VIBES, 0)
    reference = REFERENCE_ANLAS * references * n_samples
    base = None if per_image is None else per_image * billable
    return AnlasEstimate(
        model=spec.id,
        total_anlas=None if base is None else base + encoding + extra + reference,
        base_anlas=base,
        character_reference_anlas=reference,
        vibe_encoding_anlas=encoding,
        vibe_reference_anlas=extra,
        per_image_anlas=per_image,
        requested_samples=n_samples,
        billable_samples=billable,
        strength_factor=strength,
        opus_discount_applied=free,
    )


def share_of(anlas: int, place: int, pictures: int) -> int:
    """Return the part of a call's price that one of its pictures bears; the parts add up to it.

    Args:
        anlas: the price of the call.
        place: which picture, from 0.
        pictures: how many the call brings.
    """
    return anlas * (place + 1) // pictures - anlas * place // pictures


@dataclass(frozen=True, slots=True, kw_only=True)
class AugmentAnlasEstimate:
    """The price of one director tool call.

    Attributes:
        tool: the tool as a request names it, for example ``"lineart"``.
        total_anlas: what is charged.
        base_anlas: the price of the size alone, before factor, extra and discount.
        billed_size: width and height in pixels at which the picture is sent.
        opus_discount_applied: whether it is free because of Opus.
    """

    tool: str
    total_anlas: int
    base_anlas: int
    billed_size: tuple[int, int]
    opus_discount_applied: bool

    def __int__(self) -> int:
        return self.total_anlas

    def __str__(self) -> str:
        return str(self.total_anlas)


def calculate_augment_anlas(
    tool: str, width: int, height: int, *, is_opus: bool = False
) -> AugmentAnlasEstimate:
    """Return the price of a director tool.

    It is that of a V3 picture of 28 steps at the size sent. Removing a background costs three
    times that and 5 more, on every subscription (65 Anlas up to 1024x1024, observed 2026).

    Args:
        tool: the tool as a request names it: ``"lineart"``, ``"sketch"``, ``"colorize"``,
            ``"emotion"``, ``"declutter"``, ``"declutter-keep-bubbles"`` or ``"bg-removal"``.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        is_opus: the account has an active Opus subscription: every tool but background removal is
            free up to 1,048,576 pixels.
    """
    size = augment_size(width, height)
    area = size[0] * size[1]
    base = max(_v3_price(area, AUGMENT_STEPS), MINIMUM_ANLAS)
    removal = tool == "bg-removal"
    free = is_opus and not removal and area <= OPUS_FREE_AREA
    full = BACKGROUND_FACTOR * base + BACKGROUND_EXTRA if removal else base
    return AugmentAnlasEstimate(
        tool=tool,
        total_anlas=0 if free else full,
        base_anlas=base,
        billed_size=size,
        opus_discount_applied=free,
    )


def augment_size(width: int, height: int) -> tuple[int, int]:
    """Width and height in pixels at which a picture is sent to a director tool.

    As the web client does it: up to about 1,048,576 pixels when it is clearly smaller, down to
    3,143,728 when it is larger, else unchanged.
    """
    smallest, normal, largest = AUGMENT_AREAS
    area = width * height
    if smallest <= area <= largest:
        return width, height
    scale = sqrt((normal if area < smallest else largest) / area)
    return max(int(width * scale), 1), max(int(height * scale), 1)


def upscale_cost(width: int, height: int) -> int:
    """Return the price of an upscale in Anlas, by the picture's size in pixels.

    1 to 4, never free.
    """
    return 1 + sum(width * height > area for area in UPSCALE_AREAS)


def _full_price(spec: ModelSpec, area: int, steps: int, sampler: str) -> float | None:
    if spec.price_factor is not None:
        return _v3_price(area, steps, spec.step_price) * spec.price_factor
    if spec.generation == "legacy" and area <= OPUS_FREE_AREA and sampler in V1_SAMPLERS:
        growth = exp(max(area, V1_SMALLEST_AREA) / 1_048_576 * 0.6326248927474729)
        return (15.266497014243718 * growth - 15.225164493059737) / 28 * steps
    return None


def _v3_price(area: int, steps: int, step_price: float = 1.0) -> int:
    return ceil(2.951823174884865e-6 * area + 5.753298233447344e-7 * area * steps * step_price)
