"""Whose NovelAI account writes text."""

from novelai.async_client import AsyncNovelAI
from novelai.server.http.context import RequestContext
from novelai.server.model.account import Account
from novelai.server.model.problems import ProblemError

__all__ = ["account_of", "writer_of"]


async def account_of(context: RequestContext) -> Account | None:
    """Return the first account of the key's owner that may be used."""
    found = await context.services.accounts.list(context.key.owner_id)
    return next((account for account in found if account.enabled), None)


async def writer_of(context: RequestContext, model: str) -> AsyncNovelAI:
    """Get a client for text, which is free on every subscription. It keeps its turn among pictures.

    Raises:
        ProblemError: 403 or 503; the key may not, or there is no account.
    """
    if "generate" not in context.key.limits.scopes:
        raise ProblemError(403, "scope", "This key may not generate.")
    allowed = context.key.limits.models
    if allowed is not None and model not in allowed:
        raise ProblemError(403, "model", "This key may not use this model.")
    account = await account_of(context)
    if account is None:
        raise ProblemError(503, "no_account", "There is no NovelAI account to run it on.")
    return context.services.accounts.client(account)
