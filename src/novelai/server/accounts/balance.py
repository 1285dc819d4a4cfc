"""What an account has left, as columns of its row."""

from collections.abc import Mapping

from novelai.types.subscription import Subscription

__all__ = ["UNKNOWN", "balance_of"]

UNKNOWN: Mapping[str, object] = {
    "anlas": None,
    "tier": None,
    "usage_percent": None,
    "usage_negative": False,
    "balance_at": None,
}


def balance_of(subscription: Subscription, now: float) -> dict[str, object]:
    """What a subscription tells, at so many unix seconds; who could ask has a token that works."""
    usage = subscription.usage
    return {
        "anlas": subscription.anlas,
        "tier": subscription.tier if subscription.active else 0,
        "usage_percent": None if usage is None else usage.percent,
        "usage_negative": usage is not None and usage.is_negative,
        "balance_at": now,
        "health": "ok",
    }
