"""What an account says about itself."""

from typing import Any

from novelai.emulator.accounts import DAY, EmulatedAccount
from novelai.emulator.answer import Answer, json_answer
from novelai.emulator.exchange import Exchange

# Seconds in which the V5 allowance gains one percent: a rate (October 2026, about 11 % a day).
SECONDS_PER_PERCENT = 7_888


async def subscription(exchange: Exchange) -> Answer:
    """GET /user/subscription: tier, Anlas, and on Opus the V5 allowance."""
    account = exchange.account()
    return json_answer(subscription_of(account, exchange.world.clock()))


def subscription_of(account: EmulatedAccount, now: float) -> dict[str, Any]:
    """Return the subscription document; `usage` is there on Opus only."""
    subscribed = account.has_subscription(now)
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
        if account.usage_purchased:
            document["usage"]["purchasedPercent"] = round(account.usage_purchased)
    return document


async def data(exchange: Exchange) -> Answer:
    """GET /user/data: everything at once; a persistent token sees no keystore and no settings."""
    account = exchange.account()
    document = {
        "priority": _priority(account, exchange.world.clock()),
        "subscription": subscription_of(account, exchange.world.clock()),
        "information": _information(account),
    }
    if not exchange.request.headers["authorization"].partition(" ")[2].startswith("pst-"):
        document |= {"keystore": {"keystore": None, "changeIndex": 0}, "settings": "{}"}
    return json_answer(document)


async def information(exchange: Exchange) -> Answer:
    """GET /user/information: facts about the account that nobody needs."""
    return json_answer(_information(exchange.account()))


async def priority(exchange: Exchange) -> Answer:
    """GET /user/priority: a relic that still answers."""
    account = exchange.account()
    return json_answer(_priority(account, exchange.world.clock()))


def _information(account: EmulatedAccount) -> dict[str, Any]:
    return {
        "emailVerified": True,
        "emailVerificationLetterSent": True,
        "hasPlaintextEmail": False,
        "plaintextEmail": None,
        "allowMarketingEmails": False,
        "trialActivated": account.tier == 0,
        "trialActionsLeft": 50,
        "trialImagesLeft": 30,
        "accountCreatedAt": int(account.expires_at) - 365 * DAY,
        "banStatus": "not_banned",
        "banMessage": None,
        "loginMethod": "accessKey",
    }


def _priority(account: EmulatedAccount, now: float) -> dict[str, Any]:
    actions = 1250 if account.has_subscription(now) else 0
    return {"maxPriorityActions": actions, "nextRefillAt": int(now) + DAY, "taskPriority": 10}
