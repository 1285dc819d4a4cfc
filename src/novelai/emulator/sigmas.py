"""Noise levels of a generation's steps, as streamed with the previews."""

import math

# Captured 2026-10-01: V4.5 Full, k_euler_ancestral, karras, 23 steps; the last step is not shown.
_CAPTURED = (
    20000, 113.89996337890625, 81.93485260009766, 57.86742401123047, 41.3076286315918,
    29.042739868164062, 22.6481876373291, 17.490964889526367, 13.628925323486328,
    10.533465385437012, 8.186910629272461, 6.322396755218506, 4.901496410369873,
    3.7801311016082764, 2.9214534759521484, 2.261305570602417, 1.7424652576446533,
    1.3446406126022339, 1.0364311933517456, 0.7986377477645874, 0.5548192262649536,
    0.31205201148986816,
)  # fmt: skip


def sigmas(steps: int) -> list[float]:
    """Return the noise level before each step, highest first.

    Args:
        steps: Sampling steps, 1 or more.

    Returns:
        One level per step but the last. 23 steps give the captured series; other counts are read
        off the same curve, so they are estimates.
    """
    if steps == len(_CAPTURED) + 1:
        return list(_CAPTURED)
    return [_at(index / (steps - 1)) for index in range(steps - 1)]


def _at(progress: float) -> float:
    if progress == 0:
        return _CAPTURED[0]
    curve = _CAPTURED[1:]
    position = progress * len(curve) - 1
    low = min(max(int(position), 0), len(curve) - 2)
    share = min(max(position - low, 0), 1)
    return math.exp(math.log(curve[low]) * (1 - share) + math.log(curve[low + 1]) * share)
