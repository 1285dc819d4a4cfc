"""Keeps balances fresh: at the start, when somebody looks, and now and then."""

import logging
from collections.abc import Sequence

import anyio
from sqlalchemy.exc import SQLAlchemyError

from novelai.errors import NovelAIError
from novelai.server.accounts.service import AccountService
from novelai.server.model.account import Account

__all__ = ["AccountKeeper"]

log = logging.getLogger(__name__)

START_SECONDS = 5.0
EVERY = 300.0
LOOK = 30.0
"""Seconds between two looks for balances that got old."""


class AccountKeeper:
    """Asks NovelAI for balances, which costs nothing; never while a generation runs.

    Args:
        accounts: whose.
        every: seconds after which a balance is asked for again.
        look: seconds between two looks for such.
        patience: seconds that the start of a server waits for all balances.
    """

    def __init__(
        self,
        accounts: AccountService,
        *,
        every: float = EVERY,
        look: float = LOOK,
        patience: float = START_SECONDS,
    ) -> None:
        self._accounts = accounts
        self._patience = patience
        self._every = every
        self._look = look
        self._requested: dict[str, Account] = {}
        self._news = anyio.Event()

    async def start(self) -> None:
        """Learn all balances, so that the first job has its right price; for a while at most."""
        with anyio.move_on_after(self._patience):
            await self._refresh_stale()

    def request(self, account: Account) -> None:
        """Refresh an account soon, if nothing runs on it."""
        if account.job_id is None:
            self._requested[account.id] = account
            self._news.set()

    async def run(self, *, unasked: bool) -> None:
        """Refresh until cancelled.

        Args:
            unasked: also what nobody requested, once its balance is old.
        """
        while True:
            requested, self._requested = list(self._requested.values()), {}
            await self._refresh(requested)
            if unasked:
                await self._refresh_stale()
            with anyio.move_on_after(self._look):
                await self._news.wait()
            self._news = anyio.Event()

    async def _refresh_stale(self) -> None:
        try:
            found = await self._accounts.stale(self._every)
        except (SQLAlchemyError, OSError) as error:
            log.warning("balances are not looked for: %s", type(error).__name__)
            return
        await self._refresh(found)

    async def _refresh(self, accounts: Sequence[Account]) -> None:
        async with anyio.create_task_group() as tasks:
            for account in accounts:
                tasks.start_soon(self._refresh_one, account)

    async def _refresh_one(self, account: Account) -> None:
        try:
            await self._accounts.refresh(account)
        except (NovelAIError, SQLAlchemyError, OSError) as error:
            log.info("the balance of %s is not known: %s", account.id, type(error).__name__)
