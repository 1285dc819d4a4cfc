"""``novelai account``."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from novelai.cli.failures import failures
from novelai.cli.options import AsJson
from novelai.cli.session import connect
from novelai.cli.talk import Talk
from novelai.cli.tier import tier_name

if TYPE_CHECKING:
    from novelai.types.subscription import Subscription, Usage

__all__ = ["account"]

FULL = 100
DAY = 86_400


def account(*, as_json: AsJson = False) -> None:
    """Show tier, Anlas and the allowance of free V5 pictures. Costs nothing."""
    talk = Talk(as_json=as_json)
    with failures(talk), connect(talk) as client:
        subscription = client.user.get_subscription()
        talk.record(document(subscription))
        for line in lines(subscription):
            talk.result(line)


def document(subscription: "Subscription") -> dict[str, Any]:
    """Return the account as a script reads it."""
    usage, left = subscription.usage, subscription.training_steps_left
    return {
        "tier": subscription.tier,
        "tier_name": tier_name(subscription.tier),
        "active": subscription.active,
        "expires_at": subscription.expires_at,
        "anlas": subscription.anlas,
        "anlas_of_the_month": left.fixed_training_steps_left,
        "anlas_bought": left.purchased_training_steps,
        "v5_allowance_percent": usage.percent if usage else None,
        "v5_allowance_used_up": usage.is_negative if usage else None,
        "v5_images_left": usage.images_left if usage else None,
        "v5_refill_percent_a_day": usage.refill_per_day if usage else None,
        "v5_seconds_until_full": usage.seconds_until_full if usage else None,
        "v5_purchased_percent": usage.purchased_percent if usage else None,
    }


def lines(subscription: "Subscription") -> list[str]:
    """Return the account as lines for a person."""
    usage, left = subscription.usage, subscription.training_steps_left
    state = "active" if subscription.active else "not active"
    if subscription.expires_at:
        end = datetime.fromtimestamp(subscription.expires_at, UTC)
        state += f", until {end:%Y-%m-%d}" if subscription.active else f", since {end:%Y-%m-%d}"
    fixed, bought = left.fixed_training_steps_left, left.purchased_training_steps
    parts = f"{fixed} of the month, {bought} bought"
    told = [
        f"{tier_name(subscription.tier)} ({state})",
        f"{subscription.anlas} Anlas: {parts}",
    ]
    if usage is not None:
        used_up = ", used up: V5 pictures cost Anlas" if usage.is_negative else ""
        told += [f"V5 allowance {usage.percent:g} %{used_up}", battery(usage)]
    return told


def battery(usage: "Usage") -> str:
    """Say what the allowance is worth, and when it is full."""
    told = [f"about {usage.images_left} V5 pictures left{' (low)' if usage.low else ''}"]
    if usage.percent >= FULL:
        told.append("full")
    elif usage.refill_per_day:
        told.append(f"refills {usage.refill_per_day:g} % a day")
        told.append(f"full in {(usage.seconds_until_full or 0) / DAY:.1f} days")
    if usage.purchased_percent:
        told.append(f"{usage.purchased_percent:g} % bought on top")
    return ", ".join(told)
