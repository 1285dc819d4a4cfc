"""What an account says about itself."""

from typing import Any

from novelai.emulator.accounts import EmulatedAccount
from novelai.emulator.answer import Answer, json_answer
from novelai.emulator.exchange import Exchange

# Seconds until the V5 allowance grows by one percent (observed October 2026, about 11 % a day).
SECONDS_PER_PERCENT = 7_888


async def subscription(exchange: Exchange) -> Answer:
    """GET /user/subscription."""
    account = exchange.account()
    return json_answer(subscription_of(account, exchange.world.clock()))


def subscription_of(account: EmulatedAccount, now: float) -> dict[str, Any]:
    """The subscription document; `usage` is there on Opus only."""
    subscribed = account.subscribed(now)
    document: dict[str, Any] = {
        "tier": account.tier,
        "active": subscribed,
        "expiresAt": int(account.expires_at),
        "accountType": 0,
        "isGracePeriod": False,
        "isPaypal": False,
        "paymentProcessor": "chargebee",
        "paymentProcessorData": None,
        "perks": {
            "maxPriorityActions": 1000 if subscribed else 0,
            "startPriority": 10 if subscribed else 0,
            "contextTokens": 8192 if account.tier == 3 else 6144,
            "unlimitedMaxPriority": account.tier == 3,
            "moduleTrainingSteps": 10_000 if account.tier == 3 else 1_000 * bool(account.tier),
        },
        "trainingStepsLeft": {
            "fixedTrainingStepsLeft": account.fixed_anlas,
            "purchasedTrainingSteps": account.purchased_anlas,
        },
    }
    if account.tier == 3:
        document["usage"] = {
            "percent": round(account.usage_percent),
            "isNegative": account.usage_is_negative,
            "timeUntilNextPercent": 0 if account.usage_percent > 100 else SECONDS_PER_PERCENT,
        }
    return document
