"""``/api/accounts``: the NovelAI accounts of the caller's owner. An administrator manages them."""

import time

from fastapi import APIRouter

from novelai.errors import NovelAIError
from novelai.server.accounts.schemas import (
    AccountChangeIn,
    AccountIn,
    AccountList,
    AccountView,
    account_view,
)
from novelai.server.accounts.service import AccountBusyError, TokenRefusedError
from novelai.server.fields import PathName
from novelai.server.http.account_proxies import check_proxy
from novelai.server.http.context import AdminContext, ReaderContext, RequestContext
from novelai.server.http.dependencies import ServicesDep
from novelai.server.model.account import Account
from novelai.server.model.problems import PROBLEMS, ProblemError, not_found
from novelai.server.webhooks.post import resolve

__all__ = ["router"]

FRESH = 60.0
"""Seconds for which a balance is shown without asking again."""

router: APIRouter = APIRouter(prefix="/api", tags=["accounts"], responses=PROBLEMS)


@router.get("/account")
async def account(context: ReaderContext) -> AccountView | None:
    """Read the caller's first account. An old balance is refreshed in the background."""
    found = await context.services.accounts.list(context.key.owner_id)
    first = next((one for one in found if one.enabled), None) or next(iter(found), None)
    if first is None:
        return None
    now = time.time()
    if first.balance_at is None and first.enabled and first.job_id is None:
        first = await _refresh(context.services, first)
    elif first.enabled and (first.balance_at or 0) < now - FRESH:
        context.services.keeper.request(first)
    return account_view(first, now)


@router.get("/accounts")
async def list_accounts(context: AdminContext) -> AccountList:
    """List the owner's accounts, oldest first."""
    now = time.time()
    found = await context.services.accounts.list(context.key.owner_id)
    return AccountList(accounts=[account_view(one, now) for one in found])


@router.post("/accounts", status_code=201)
async def add(body: AccountIn, context: AdminContext) -> AccountView:
    """Leave an account here. Its balance is asked for once; a wrong token is not kept.

    When NovelAI cannot be reached the account is kept, and its ``health`` is ``unreachable``.
    """
    proxy = None if body.proxy is None else body.proxy.get_secret_value()
    await _check_proxy(context, proxy)
    try:
        added = await context.services.accounts.register(
            context.key.owner_id, body.token.get_secret_value(), label=body.label, proxy=proxy
        )
    except TokenRefusedError:
        raise ProblemError(
            422,
            "invalid_params",
            "NovelAI does not take this token: copy it again. It was not kept.",
            errors=[("token", "is not taken by NovelAI")],
        ) from None
    except ValueError:
        raise ProblemError(
            409, "conflict", "This account belongs to somebody else here. It was not added."
        ) from None
    return account_view(added, time.time())


@router.patch("/accounts/{account_id}")
async def change(account_id: PathName, body: AccountChangeIn, context: AdminContext) -> AccountView:
    """Change an account's label or proxy, or whether jobs run on it."""
    await _check_proxy(context, None if body.proxy is None else body.proxy.get_secret_value())
    found = await context.services.accounts.change(context.key.owner_id, account_id, body.values)
    if found is None:
        raise not_found("account")
    return account_view(found, time.time())


@router.delete("/accounts/{account_id}", status_code=204)
async def remove(account_id: PathName, context: AdminContext) -> None:
    """Forget an account and its token."""
    try:
        removed = await context.services.accounts.remove(context.key.owner_id, account_id)
    except AccountBusyError:
        raise ProblemError(
            409, "conflict", "A job runs on this account. Disable it, and remove it afterwards."
        ) from None
    if not removed:
        raise not_found("account")


@router.post("/accounts/{account_id}/refresh")
async def refresh(account_id: PathName, context: AdminContext) -> AccountView:
    """Ask NovelAI for the balance. ``health`` says when it cannot be asked; costs nothing."""
    found = await context.services.accounts.read(context.key.owner_id, account_id)
    if found is None:
        raise not_found("account")
    return account_view(await _refresh(context.services, found), time.time())


async def _check_proxy(context: RequestContext, proxy: str | None) -> None:
    """Let the person at this machine have any proxy; where others are, a public one."""
    if context.settings.needs_keys and not context.settings.proxy_private:
        await check_proxy(proxy, resolve)


async def _refresh(services: ServicesDep, account: Account) -> Account:
    try:
        return await services.accounts.refresh(account)
    except NovelAIError:
        return await services.accounts.read(account.owner_id, account.id) or account
