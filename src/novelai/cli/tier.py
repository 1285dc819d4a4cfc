"""Subscription tiers by name."""

__all__ = ["tier_name"]

NAMES = ("no subscription", "Tablet", "Scroll", "Opus")


def tier_name(number: int) -> str:
    """What NovelAI's page calls a tier, as the API numbers them."""
    return NAMES[number] if 0 <= number < len(NAMES) else f"tier {number}"
