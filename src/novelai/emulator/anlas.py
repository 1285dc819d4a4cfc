"""What things cost in Anlas: pure functions, written from the published price rules.

The formula was read from the web client and confirmed against accounts in autumn 2026; it was
written here a second time on purpose, so that it can judge the client's own estimate.
"""

import math

from novelai.emulator.models import Family

OPUS_FREE_AREA = 1_048_576
OPUS_FREE_STEPS = 28
MINIMUM = 2
ENCODE_VIBE = 2
EXTRA_VIBE = 2
INCLUDED_VIBES = 4
PRECISE_REFERENCE = 5
NORMAL_AREA = 832 * 1216
MAX_ENHANCED_AREA = 3_145_728
UPSCALE_STEPS = (1_048_576, 1_747_627, 2_446_678, 3_145_728)
V1_SAMPLERS = frozenset({"plms", "ddim", "k_euler", "k_euler_ancestral", "k_lms"})


def image_price(
    *,
    family: Family,
    width: int,
    height: int,
    steps: int,
    sampler: str = "k_euler_ancestral",
    sm: bool = False,
    sm_dyn: bool = False,
    strength: float = 1.0,
    step_share: float = 1.0,
) -> int:
    """Price of one picture in Anlas before anything is free; at least 2.

    Args:
        family: Family of the model; V5 costs half as much again.
        width: Pixels.
        height: Pixels.
        steps: Sampling steps, 1 or more.
        sampler: Matters for V1 only.
        sm: SMEA is on: 1.2 times the price.
        sm_dyn: The dynamic variant is on as well: 1.4 times.
        strength: Part of the steps that run: 1 for text to image, `strength` for image to image,
            `inpaintImg2ImgStrength` for infill.
        step_share: What a step adds, as a part of the usual: less on V5's medium effort.
    """
    pixels = width * height
    if family == "v1" and pixels <= OPUS_FREE_AREA and sampler in V1_SAMPLERS:
        # Only this old formula has a smallest area.
        area = max(pixels, 65_536)
        curve = 15.266497014243718 * math.exp(area / 1_048_576 * 0.6326248927474729)
        price = (curve - 15.225164493059737) / 28 * steps
    else:
        base = 2.951823174884865e-6 * pixels
        base += 5.753298233447344e-7 * pixels * steps * step_share
        price = math.ceil(base) * (1.4 if sm and sm_dyn else 1.2 if sm else 1.0)
        # The ceiling comes before the factor and again after it.
        price *= 1.5 if family == "v5" else 1.0
    return max(math.ceil(price * strength), MINIMUM)


def enhanced_size(width: int, height: int) -> tuple[int, int]:
    """Return the size at which enhancing to the largest size is charged: on a grid of 32 pixels."""
    doubled = [max(side // 16, 1) * 32 for side in (width, height)]
    shrink = min(1.0, math.sqrt(MAX_ENHANCED_AREA / (doubled[0] * doubled[1])))
    cells = [side * shrink / 32 for side in doubled]
    sides = [math.floor(cell + 0.5) * 32 for cell in cells]
    if sides[0] * sides[1] > MAX_ENHANCED_AREA:
        sides = [math.floor(cell) * 32 for cell in cells]
    return sides[0], sides[1]


def free_images(
    *, family: Family, width: int, height: int, steps: int, opus: bool, usage_is_negative: bool
) -> int:
    """Return how many pictures of the request are free.

    1 on Opus for normal sizes up to 28 steps.
    """
    small = width * height <= OPUS_FREE_AREA and steps <= OPUS_FREE_STEPS
    allowed = family != "v5" or not usage_is_negative
    return 1 if opus and small and allowed else 0


def generation_price(
    *, image: int, samples: int, free: int, vibes: int = 0, precise_references: int = 0
) -> int:
    """Price of a whole request in Anlas.

    Args:
        image: Price of one picture, from `picture_price`.
        samples: Number of pictures.
        free: Number of free ones, from `free_pictures`.
        vibes: Encoded vibes; the fifth and later cost 2 each.
        precise_references: Each costs 5 per picture, on every tier.
    """
    references = PRECISE_REFERENCE * precise_references * samples
    return image * (samples - free) + EXTRA_VIBE * max(vibes - INCLUDED_VIBES, 0) + references


def upscale_price(*, width: int, height: int) -> int:
    """Price of an upscale by the area of the source: 1 to 4 Anlas, never free."""
    return 1 + sum(width * height > limit for limit in UPSCALE_STEPS[:-1])


def director_price(*, req_type: str, width: int, height: int, opus: bool) -> int:
    """Price of a director tool: that of a V3 picture with 28 steps on the normalised area.

    Sources are scaled toward 1 048 576 pixels before the price is taken, so 832x1216 or smaller
    is 20 Anlas. Free on Opus up to that area, except background removal, which always costs
    three times as much plus 5 (65 for a normal size).
    """
    area = max(width * height, NORMAL_AREA)
    price = image_price(family="v3", width=area, height=1, steps=28)
    if req_type == "bg-removal":
        return 3 * price + 5
    return 0 if opus and area <= OPUS_FREE_AREA else price
