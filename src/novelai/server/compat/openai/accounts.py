"""Whose NovelAI account writes text."""

from novelai.async_client import AsyncNovelAI
from novelai.server.model.account import Account
from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError
from novelai.server.services import Services

__all__ = ["account_of", "writer_of"]


async def account_of(services: Services, key: Key) -> Account | None:
    """Return the first account of the key's owner that may be used."""
    found = await services.accounts.list(key.owner_id)
    return next((account for account in found if account.enabled), None)


async def writer_of(services: Services, key: Key, model: str) -> AsyncNovelAI:
    """Get a client for text, which is free on every subscription. It keeps its turn among pictures.

    Raises:
        ProblemError: 403 or 503; the key may not, or there is no account.
    """
    if "generate" not in key.limits.scopes:
        raise ProblemError(403, "scope", "This key may not generate.")
    allowed = key.limits.models
    if allowed is not None and model not in allowed:
        raise ProblemError(403, "model", "This key may not use this model.")
    account = await account_of(services, key)
    if account is None:
        raise ProblemError(503, "no_account", "There is no NovelAI account to run it on.")
    return services.accounts.client(account)
