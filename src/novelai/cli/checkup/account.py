"""What the service says of the account behind the key."""

import httpx2

from novelai._retry import RetryPolicy
from novelai.cli.checkup.address import Addresses
from novelai.cli.checkup.finding import Finding
from novelai.cli.checkup.key import MAKE_ONE
from novelai.cli.tier import tier_name
from novelai.client import NovelAI
from novelai.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidResponseError,
    NetworkError,
    NotFoundError,
    NovelAIError,
    PermissionDeniedError,
    RateLimitError,
)
from novelai.types.subscription import Subscription

__all__ = ["account_findings"]

SECONDS = 15.0
LOW = 20
"""Anlas; about what one picture of the default size costs without Opus."""

OTHER_ADDRESS = "Unset NOVELAI_BASE_URL and NOVELAI_IMAGE_BASE, or correct them."


def account_findings(
    key: str, places: Addresses, transport: httpx2.BaseTransport | None = None
) -> list[Finding]:
    """Ask for the subscription, which costs nothing, and judge the answer.

    Args:
        key: the token.
        places: where to ask.
        transport: for tests and special networks.
    """
    bases = places.bases
    try:
        with NovelAI(
            api_key=key,
            image_base=bases["image"],
            text_base=bases["text"],
            voice_base=bases["api"],
            timeout=SECONDS,
            retry=RetryPolicy(max_attempts=1, max_wait=0),
            transport=transport,
        ) as client:
            subscription = client.user.get_subscription()
    except NovelAIError as error:
        return [explain_refusal(error, bases["image"])]
    if "tier" not in subscription.model_fields_set:
        return [stranger(bases["image"])]
    accepted = Finding(about="service", level="ok", sentence="The key is accepted.")
    return [accepted, *balance(subscription)]


def explain_refusal(error: NovelAIError, base: str) -> Finding:
    """Explain an error that came in place of the subscription."""
    level, fix = "fail", ""
    if isinstance(error, AuthenticationError):
        sentence = "The key is not accepted (401): it was revoked, replaced by a newer one or cut."
        fix = MAKE_ONE
    elif isinstance(error, ConfigurationError):
        sentence = f"{base} says that accounts have moved ({error.status}): it is the wrong host."
        fix = f"{OTHER_ADDRESS} Accounts are at https://image.novelai.net."
    elif isinstance(error, (NotFoundError, InvalidResponseError)):
        return stranger(base)
    elif isinstance(error, PermissionDeniedError):
        sentence = "The way is barred (403): by the service, or by a guard in front of it."
        fix = "Try again later and from another network; a proxy or VPN may be the reason."
    elif isinstance(error, RateLimitError):
        level, sentence = "warn", "Too many requests just now (429)."
        fix = "Wait a moment and run this again."
    elif isinstance(error, NetworkError):
        sentence = "The answer did not arrive complete."
        fix = "Check the network connection and run this again."
    else:
        status = f" ({error.status})" if error.status else ""
        sentence = f"The service failed{status}."
        fix = "Try again later."
    return Finding(about="service", level=level, sentence=sentence, fix=fix)


def stranger(base: str) -> Finding:
    """Something answers that does not speak NovelAI's API."""
    return Finding(
        about="service",
        level="fail",
        sentence=f"{base} answers, but not like NovelAI: it is the wrong address.",
        fix=OTHER_ADDRESS,
    )


def balance(subscription: Subscription) -> list[Finding]:
    """Return whether there is something to generate with."""
    anlas = subscription.anlas
    state = f"{tier_name(subscription.tier)}, {anlas} Anlas"
    if not subscription.active and not anlas:
        level, fix = "fail", "Renew the subscription or buy Anlas on novelai.net."
        state += ", not active: nothing can be paid for"
    elif not subscription.active:
        level, fix = "warn", "Renew the subscription on novelai.net."
        state += ", not active"
    elif anlas < LOW:
        level, fix = "warn", "Buy Anlas on novelai.net, or wait for the renewal."
        state += ": low" + (", free pictures still work" if subscription.is_opus else "")
    else:
        level, fix = "ok", ""
    found = [Finding(about="account", level=level, sentence=f"{state}.", fix=fix)]
    if subscription.usage is not None and subscription.usage.is_negative:
        found.append(
            Finding(
                about="account",
                level="warn",
                sentence="The allowance of free V5 pictures is used up; they cost Anlas now.",
                fix="Use a V4.5 model, or wait until the allowance has refilled.",
            )
        )
    return found
