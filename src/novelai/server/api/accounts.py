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
from novelai.server.http.dependencies import Admin, Reader, ServicesDep
from novelai.server.model.account import Account
from novelai.server.model.problems import PROBLEMS, ProblemError, not_found

__all__ = ["router"]

FRESH = 60.0
"""Seconds for which a balance is shown without asking again."""

router = APIRouter(prefix="/api", tags=["accounts"], responses=PROBLEMS)


@router.get("/account")
async def account(caller: Reader, services: ServicesDep) -> AccountView | None:
    """Read the caller's first account. An old balance is refreshed in the background."""
    found = await services.accounts.list(caller.owner_id)
    first = next((one for one in found if one.enabled), None) or next(iter(found), None)
    if first is None:
        return None
    now = time.time()
    if first.balance_at is None and first.enabled and first.job_id is None:
        first = await _refresh(services, first)
    elif first.enabled and (first.balance_at or 0) < now - FRESH:
        services.keeper.request(first)
    return account_view(first, now)


@router.get("/accounts")
async def list_accounts(caller: Admin, services: ServicesDep) -> AccountList:
    """List the owner's accounts, oldest first."""
    now = time.time()
    found = await services.accounts.list(caller.owner_id)
    return AccountList(accounts=[account_view(one, now) for one in found])


@router.post("/accounts", status_code=201)
async def add(body: AccountIn, caller: Admin, services: ServicesDep) -> AccountView:
    """Leave an account here. Its balance is asked for once; a wrong token is not kept.

    When NovelAI cannot be reached the account is kept, and its ``health`` is ``unreachable``.
    """
    proxy = None if body.proxy is None else body.proxy.get_secret_value()
    try:
        added = await services.accounts.register(
            caller.owner_id, body.token.get_secret_value(), label=body.label, proxy=proxy
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
async def change(
    account_id: PathName, body: AccountChangeIn, caller: Admin, services: ServicesDep
) -> AccountView:
    """Change an account's label or proxy, or whether jobs run on it."""
    found = await services.accounts.change(caller.owner_id, account_id, body.values)
    if found is None:
        raise not_found("account")
    return account_view(found, time.time())


@router.delete("/accounts/{account_id}", status_code=204)
async def remove(account_id: PathName, caller: Admin, services: ServicesDep) -> None:
    """Forget an account and its token."""
    try:
        removed = await services.accounts.remove(caller.owner_id, account_id)
    except AccountBusyError:
        raise ProblemError(
            409, "conflict", "A job runs on this account. Disable it, and remove it afterwards."
        ) from None
    if not removed:
        raise not_found("account")


@router.post("/accounts/{account_id}/refresh")
async def refresh(account_id: PathName, caller: Admin, services: ServicesDep) -> AccountView:
    """Ask NovelAI for the balance. ``health`` says when it cannot be asked; costs nothing."""
    found = await services.accounts.read(caller.owner_id, account_id)
    if found is None:
        raise not_found("account")
    return account_view(await _refresh(services, found), time.time())


async def _refresh(services: ServicesDep, account: Account) -> Account:
    try:
        return await services.accounts.refresh(account)
    except NovelAIError:
        return await services.accounts.read(account.owner_id, account.id) or account
