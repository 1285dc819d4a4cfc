"""An account as a key sees it: NovelAI's documents, filled from the key's own budget."""

from collections.abc import Mapping
from typing import Any

from novelai.server.http.context import RequestContext
from novelai.server.keys.ledger import Usage
from novelai.server.model.account import Account
from novelai.server.model.job import JobRefusedError
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.types.subscription import Subscription

__all__ = ["AccountState", "information", "priority", "subscription", "usable"]

FRESH = 10.0
"""Seconds for which NovelAI is not asked again, unless a job was paid meanwhile."""

DAY = 86_400


class AccountState:
    """What NovelAI said of accounts, for a moment."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[float, Subscription]] = {}

    async def of(self, services: Services, account: Account, now: float) -> Subscription:
        """Return an account's subscription.

        Raises:
            NovelAIError: NovelAI could not be asked.
        """
        known = self._known.get(account.id)
        if known is not None and known[0] > max(now - FRESH, account.balance_at or 0.0):
            return known[1]
        found = await services.accounts.client(account).user.get_subscription()
        self._known[account.id] = now, found
        return found


async def usable(context: RequestContext) -> Account:
    """Return the account that speaks for a key: a free one of its owner's, else the oldest.

    Raises:
        JobRefusedError: there is none.
    """
    accounts = [
        one for one in await context.services.accounts.list(context.key.owner_id) if one.enabled
    ]
    if not accounts:
        raise JobRefusedError("no_account", "There is no NovelAI account to run it on.")
    return next((one for one in accounts if one.job_id is None), accounts[0])


def subscription(real: Subscription, key: Key, used: Usage) -> dict[str, Any]:
    """``/user/subscription`` for a key.

    Tier, perks and expiry are the account's. Anlas are what the key can still spend: the lowest
    of the balance and of what is left of its budgets; none for a key that takes only what is free.
    The V5 allowance is the lower of the account's and the key's.

    Args:
        real: of the account.
        key: whose budget it is.
        used: what the key has reserved and spent.
    """
    ends = [one for one in (real.expires_at, key.limits.expires_at) if one is not None]
    bounds = [
        limit - used.windows[window]
        for window, limit in key.budget.windows.items()
        if limit is not None
    ]
    anlas = 0 if key.limits.free_only else max(min([real.anlas, *bounds]), 0)
    fixed = min(anlas, real.training_steps_left.fixed_training_steps_left)
    document: dict[str, Any] = {
        "tier": real.tier,
        "active": real.active,
        "expiresAt": int(min(ends)) if ends else 0,
        "accountType": real.account_type or 0,
        "isGracePeriod": real.is_grace_period,
        "isPaypal": False,
        "paymentProcessor": "chargebee",
        "paymentProcessorData": None,
        "perks": real.perks.model_dump(mode="json", by_alias=True, exclude_unset=True),
        "trainingStepsLeft": {
            "fixedTrainingStepsLeft": fixed,
            "purchasedTrainingSteps": anlas - fixed,
        },
    }
    if real.usage is not None:
        document["usage"] = _usage(real, key.limits.allowance_month, used.allowance)
    return document


def _usage(real: Subscription, allowance: int | None, taken: int) -> Mapping[str, Any]:
    assert real.usage is not None
    percent, negative = real.usage.percent, real.usage.is_negative
    if allowance is not None:
        left = max(allowance - taken, 0)
        percent = min(percent, 100 * left / max(allowance, 1))
        negative = negative or not left
    document: dict[str, Any] = {
        "percent": int(percent),
        "isNegative": negative,
        "timeUntilNextPercent": int(real.usage.time_until_next_percent),
    }
    if real.usage.purchased_percent:
        document["purchasedPercent"] = int(real.usage.purchased_percent)
    return document


def priority(real: Subscription, now: float) -> dict[str, Any]:
    """``/user/priority``: of a queue that is gone."""
    return {
        "maxPriorityActions": real.perks.max_priority_actions,
        "nextRefillAt": int(now) + DAY,
        "taskPriority": real.perks.start_priority,
    }


def information(key: Key) -> dict[str, Any]:
    """``/user/information``: nothing of the account's owner, only since when the key exists."""
    return {
        "emailVerified": True,
        "emailVerificationLetterSent": True,
        "hasPlaintextEmail": False,
        "plaintextEmail": None,
        "allowMarketingEmails": False,
        "trialActivated": False,
        "trialActionsLeft": 0,
        "trialImagesLeft": 0,
        "accountCreatedAt": int(key.created_at),
        "banStatus": "not_banned",
        "banMessage": None,
        "loginMethod": "accessKey",
    }
