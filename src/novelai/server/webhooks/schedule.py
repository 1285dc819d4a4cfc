"""When a message that did not arrive is sent again."""

__all__ = ["next_try"]

PAUSES = (10.0, 60.0, 300.0, 1500.0, 5400.0)
"""Six tries within about two hours."""


def next_try(attempts: int, *, chance: float) -> float | None:
    """Seconds until the next try; ``None``: given up.

    Args:
        attempts: how often it was tried.
        chance: a random number from 0 to 1, so that messages do not march in step.
    """
    if attempts > len(PAUSES):
        return None
    return PAUSES[attempts - 1] * (1.0 - chance / 5)
