"""``/api/cost``: what a job would cost the caller, and what speaks against it. Nothing is sent."""

from dataclasses import asdict
from typing import Any

import anyio.to_thread
from pydantic import BaseModel

from novelai.catalogue import kindred_model, known_model
from novelai.cost import ENCODE_VIBE_ANLAS
from novelai.server.accounts.service import AccountService
from novelai.server.jobs.pricing import estimate_on
from novelai.server.jobs.service import JobService
from novelai.server.keys import ledger
from novelai.server.keys.ledger import Usage
from novelai.server.model.account import Account
from novelai.server.model.budget import Price, Window, anlas_left, refusal
from novelai.server.model.key import Key
from novelai.server.model.params import JobParams
from novelai.server.model.tier import Tier
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.types.generation import GenerateImageParams
from novelai.types.rules import cut_texts
from novelai.types.tools import ToolParams

__all__ = ["CostService", "CostView"]


class SpendingRefusal(BaseModel):
    """Why the caller's key may not order it.

    Attributes:
        code: as of the refusal of ``POST /api/jobs``.
        detail: for people.
        price: Anlas that it may cost; ``null`` where that is not the reason.
        limit: what the key allows: Anlas, or free V5 pictures for the code ``allowance``.
        left: of that limit.
        window: the time that the limit is for: ``day``, ``week`` or ``month``.
    """

    code: str
    detail: str
    price: int | None
    limit: int | None
    left: int | None
    window: Window | None


class CostView(BaseModel):
    """What a job would cost.

    Attributes:
        anlas: at most, on the dearest of the caller's accounts; ``null`` when it is unknown.
        allowance: free V5 pictures it uses.
        free: it costs nothing.
        balance: Anlas of the caller's first account, when it was last asked for.
        estimate: how the price comes about, on the first account.
        left: Anlas that the caller's key may still spend; ``null`` if nothing limits it.
        refused: why the key may not order it now; ``null`` if it may.
        warnings: sentences: what speaks against it.
    """

    anlas: int | None
    allowance: int
    free: bool
    balance: int | None
    estimate: dict[str, Any]
    left: int | None
    refused: SpendingRefusal | None
    warnings: list[str]


class CostService:
    """Prices jobs.

    Args:
        database: where the ledger is.
        clock: what time it is.
        jobs: prices orders.
        accounts: whose tiers decide.
    """

    def __init__(
        self, database: Database, clock: Clock, jobs: JobService, accounts: AccountService
    ) -> None:
        self._database = database
        self._clock = clock
        self._jobs = jobs
        self._accounts = accounts

    async def cost(self, key: Key, params: JobParams) -> CostView:
        """Price a job for a key.

        Raises:
            InvalidParamsError: a picture in it cannot be read.
        """
        quote = await self._jobs.quote_with_reasons(key, params)
        price, encoded = quote.price, quote.encoded
        found = [one for one in await self._accounts.list(key.owner_id) if one.enabled]
        account = found[0] if found else None
        tier = Tier() if account is None else account.pricing_tier
        estimate = await anyio.to_thread.run_sync(_estimate, params, tier, price, encoded)
        spent = await self._spent(key)
        refused = _refusal(key, params, price, spent)
        warnings = await anyio.to_thread.run_sync(_warnings, params, price, account, encoded)
        return CostView(
            anlas=price.anlas,
            allowance=price.allowance,
            free=price.anlas == 0,
            balance=None if account is None else account.anlas,
            estimate=estimate,
            left=anlas_left(key.budget, spent.windows),
            refused=refused,
            warnings=[refused.detail, *warnings] if refused else warnings,
        )

    async def _spent(self, key: Key) -> Usage:
        async with self._database.read() as connection:
            now = await self._clock.now(connection)
            return await ledger.spending(connection, key.id, now)


def _refusal(key: Key, params: JobParams, price: Price, spent: Usage) -> SpendingRefusal | None:
    refused = refusal(
        key.budget,
        price,
        model=getattr(params, "model", None),
        used=spent.windows,
        allowance_used=spent.allowance,
    )
    if refused is None:
        return None
    return SpendingRefusal(
        code=refused.code,
        detail=refused.sentence,
        price=refused.price,
        limit=refused.limit,
        left=refused.left,
        window=refused.window,
    )


def _estimate(params: JobParams, tier: Tier, price: Price, encoded: int) -> dict[str, Any]:
    if isinstance(params, GenerateImageParams):
        return asdict(estimate_on(params, tier, encoded=encoded))
    if isinstance(params, ToolParams):
        return asdict(params.calculate_anlas(is_opus=tier.is_opus))
    return {"total_anlas": price.anlas}


def _warnings(params: JobParams, price: Price, account: Account | None, encoded: int) -> list[str]:
    found: list[str] = []
    if account is None:
        found.append("There is no NovelAI account to run it on.")
    elif account.anlas is not None and (price.anlas or 0) > account.anlas:
        found.append(f"It costs up to {price.anlas} Anlas, and the account has {account.anlas}.")
    if not isinstance(params, GenerateImageParams):
        return found
    if not known_model(params.model):
        kin = kindred_model(params.model)
        known = f"it is priced as {kin}" if kin else "its limits and price are unknown"
        found.append(f"This model is not in the catalogue: {known}.")
    found += cut_texts(params)
    bare = sum(one.encoding_for(params.model) is None for one in params.effective_vibes)
    encoding = bare - encoded
    if encoding and params.spec.vibes == "encoded":
        anlas = ENCODE_VIBE_ANLAS * encoding
        found.append(f"{encoding} vibes are encoded first, for {anlas} Anlas; that is kept.")
    return found
