"""Whether an order is taken: the limits and the budget of a key, and orders that came before."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.jobs import repository
from novelai.server.jobs.repository import Load
from novelai.server.keys import ledger
from novelai.server.keys.ledger import Usage
from novelai.server.model.budget import Price, refusal
from novelai.server.model.job import IdempotencyConflictError, Job, JobRefusedError
from novelai.server.model.key import Key

__all__ = ["check", "check_order", "check_spending", "earlier", "model_of"]

MINUTE = 60.0


async def earlier(
    connection: AsyncConnection, values: Mapping[str, Any], *, repeatable: bool
) -> Job | None:
    """Return the job that does the same, if there is one.

    Args:
        connection: of the transaction that would add another.
        values: the columns of the new job.
        repeatable: it must give the very same picture.

    Raises:
        IdempotencyConflictError: the dedupe key was used for something else.
    """
    given = values["dedupe_key"]
    if given is not None:
        found = await repository.by_dedupe_key(connection, values["key_id"], given, values["place"])
        if found is not None and found.body_hash != values["body_hash"]:
            raise IdempotencyConflictError(given)
        return found
    if not repeatable:
        return None
    return await repository.by_body(connection, values["key_id"], values["body_hash"])


def model_of(values: Mapping[str, Any]) -> str | None:
    """Return the model that a key must allow, from the columns of a job.

    Nobody chooses the one that enlarges: like a director tool it is no model to draw with.
    """
    return None if values["kind"] == "upscale" else values["model"]


async def check(
    connection: AsyncConnection,
    key: Key,
    model: str | None,
    price: Price,
    now: float,
    *,
    accounts: int,
) -> Load:
    """Go on only if a key, which is locked, may submit such a job now.

    Args:
        connection: of the transaction that adds it.
        key: whose limits count.
        model: what is to be used.
        price: what it costs at most.
        now: unix seconds.
        accounts: how many there are to run it on.

    Returns:
        what the key has in the queue.

    Raises:
        JobRefusedError: it may not.
    """
    load = await check_order(connection, key, now, accounts=accounts)
    await check_spending(connection, key, model, price, now)
    return load


async def check_order(
    connection: AsyncConnection, key: Key, now: float, *, accounts: int, single: bool = True
) -> Load:
    """Go on only if a key, which is locked, may order anything now, whatever it costs.

    Args:
        connection: of the transaction that adds it.
        key: whose limits count.
        now: unix seconds.
        accounts: how many there are to run it on.
        single: it is a single order: few of them may wait.

    Raises:
        JobRefusedError: it may not.
    """
    if "generate" not in key.limits.scopes:
        raise JobRefusedError("scope", "This key may not generate.")
    load = await repository.load(connection, key.id, now - MINUTE)
    if single and load.waiting >= key.limits.max_queued:
        raise JobRefusedError(
            "too_many_queued",
            f"{key.limits.max_queued} jobs of this key are waiting already.",
            retry_after=MINUTE,
        )
    if load.recent >= key.limits.rate_minute:
        raise JobRefusedError(
            "too_fast",
            f"This key takes {key.limits.rate_minute} jobs a minute.",
            retry_after=MINUTE,
        )
    if not accounts:
        raise JobRefusedError("no_account", "There is no NovelAI account to run it on.")
    return load


async def check_spending(
    connection: AsyncConnection,
    key: Key,
    model: str | None,
    price: Price,
    now: float,
    *,
    instead_of: Job | None = None,
) -> None:
    """Go on only if a key, which is locked, may spend so much.

    Args:
        connection: of the transaction that reserves it.
        key: whose budget it is.
        model: what is to be used.
        price: what it costs at most.
        now: unix seconds.
        instead_of: a waiting job whose reservation it replaces.

    Raises:
        JobRefusedError: it may not.
    """
    spent = Usage()
    if key.budget.counts:
        spent = await ledger.spending(connection, key.id, now, without=instead_of)
    refused = refusal(
        key.budget,
        price,
        model=model,
        used=spent.windows,
        allowance_used=spent.allowance,
    )
    if refused is not None:
        raise JobRefusedError(refused.code, refused.sentence, sums=refused.sums)
