"""Sizes of what is generated: the grid they lie on, and how much fits."""

__all__ = ["MAX_AREA", "SIZE_STEP", "max_samples", "nearest_size"]

MAX_AREA = 3_145_728
"""Largest picture in pixels (1536 x 2048); the web client's limit and the service's."""

SIZE_STEP = 64
"""Width and height of what is generated are multiples of it, in pixels."""


def nearest_size(width: float, height: float) -> tuple[int, int]:
    """Return the nearest size on the grid: ties go up, and a side has 64 pixels at least."""
    return _nearest(width), _nearest(height)


def max_samples(area: int) -> int:
    """Return how many pictures of this area in pixels one call may make; the web client's limit."""
    if area <= 360_448:
        return 8
    return 6 if area <= 409_600 else 4


def _nearest(side: float) -> int:
    return max(int(side / SIZE_STEP + 0.5), 1) * SIZE_STEP
