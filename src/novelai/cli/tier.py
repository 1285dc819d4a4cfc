"""Subscription tiers by name."""

__all__ = ["tier_name"]

NAMES = ("no subscription", "Tablet", "Scroll", "Opus")


def tier_name(number: int) -> str:
    """Return NovelAI's name of a tier, by the API's number."""
    return NAMES[number] if 0 <= number < len(NAMES) else f"tier {number}"
