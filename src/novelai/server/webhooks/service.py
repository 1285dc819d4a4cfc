"""The secrets that sign messages, and delivering what is due."""

import logging
from collections.abc import AsyncGenerator, Callable
from random import Random, SystemRandom

import anyio
from sqlalchemy.exc import SQLAlchemyError

from novelai.server.events.bus import Bus
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.server.storage.secrets import SecretKeyError, Vault
from novelai.server.webhooks import repository
from novelai.server.webhooks.delivery import Delivery
from novelai.server.webhooks.post import Post, Refusal, Undelivered
from novelai.server.webhooks.signature import new_secret, sign_message, standard_secret

__all__ = ["WebhookService", "keep_delivering", "next_try"]

log = logging.getLogger(__name__)

AT_ONCE = 8
CLAIMED = 60.0
"""Seconds after which a delivery is taken up again whose process died."""
LONGEST_ERROR = 200


class WebhookService:
    """Webhooks.

    Args:
        database: where deliveries are.
        clock: what time it is.
        vault: seals secrets.
        draw: makes them.
        rng: jitter.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        vault: Vault,
        *,
        draw: Callable[[], str] = new_secret,
        rng: Random | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._vault = vault
        self._draw = draw
        self._rng = rng or SystemRandom()

    async def secret(self, key_id: str) -> str:
        """Return the secret that signs the webhooks of a key, as libraries of receivers take it.

        It is made when it is first asked for.

        Raises:
            LookupError: there is no such key.
            SecretKeyError: the vault has not the key that sealed it.
        """
        return standard_secret(await self._secret(key_id))

    async def _secret(self, key_id: str) -> str:
        """Return a secret as it was drawn: headers of before are signed with its text."""
        name = f"webhook {key_id}"
        async with self._database.read() as connection:
            sealed = await repository.secret(connection, key_id)
        if sealed is None:
            async with self._database.write() as connection:
                sealed = await repository.secret(connection, key_id, lock=True)
                if sealed is None:
                    sealed = self._vault.seal(self._draw(), name)
                    await repository.set_secret(connection, key_id, sealed)
        return self._vault.open(sealed, name)

    async def rotate(self) -> int:
        """Seal all secrets with the vault's first key; gives how many were changed."""
        changed = 0
        async with self._database.write() as connection:
            for key_id, sealed in (await repository.secrets(connection)).items():
                if not self._vault.is_current(sealed):
                    name = f"webhook {key_id}"
                    fresh = self._vault.seal(self._vault.open(sealed, name), name)
                    await repository.set_secret(connection, key_id, fresh)
                    changed += 1
        return changed

    async def deliver(self, post: Post) -> int:
        """Try what is due, several at once; gives how many there were."""
        claimed = [one async for one in self._claim()]
        async with anyio.create_task_group() as tasks:
            for delivery in claimed:
                tasks.start_soon(self._try, post, delivery)
        return len(claimed)

    async def _claim(self) -> AsyncGenerator[Delivery]:
        for _ in range(AT_ONCE):
            async with self._database.read() as connection:
                now = await self._clock.now(connection)
                if not await repository.anything_due(connection, now):
                    return
            async with self._database.write() as connection:
                now = await self._clock.now(connection)
                delivery = await repository.claim(connection, now, now + CLAIMED)
            if delivery is None:
                return
            yield delivery

    async def _try(self, post: Post, delivery: Delivery) -> None:
        error: str | None = None
        final = False
        try:
            async with self._database.read() as connection:
                timestamp = int(await self._clock.now(connection))
            headers = {
                "Content-Type": "application/json",
                "User-Agent": "novelai-fastapi",
                **sign_message(
                    await self._secret(delivery.key_id), delivery.id, timestamp, delivery.body
                ),
            }
            await post.send(delivery.url, delivery.body.encode(), headers)
        except Undelivered as problem:
            error, final = str(problem), isinstance(problem, Refusal)
        except SecretKeyError as problem:
            error = str(problem)
        await self._note(delivery, error, final=final)

    async def _note(self, delivery: Delivery, error: str | None, *, final: bool) -> None:
        pause = next_try(delivery.attempts, chance=self._rng.random())
        if final or error is None:
            pause = None
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            values = {
                "due_at": None if pause is None else now + pause,
                "delivered_at": now if error is None else None,
                "error": error and error[:LONGEST_ERROR],
            }
            await repository.change(connection, delivery, values)
        told = "delivered" if error is None else error
        log.info("%s, try %s: %s", delivery.id, delivery.attempts, told)


PAUSES = (10.0, 60.0, 300.0, 1500.0, 5400.0)
"""Six tries within about two hours."""


def next_try(attempts: int, *, chance: float) -> float | None:
    """Seconds until the next try; ``None``: given up.

    Args:
        attempts: how often it was tried.
        chance: a random number from 0 to 1, so that messages do not march in step.
    """
    if attempts > len(PAUSES):
        return None
    return PAUSES[attempts - 1] * (1.0 - chance / 5)


EVERY = 2.0


async def keep_delivering(
    webhooks: WebhookService, post: Post, bus: Bus, *, every: float = EVERY
) -> None:
    """Deliver what is due until cancelled.

    Args:
        webhooks: what is to be told.
        post: sends it.
        bus: tells that a job has ended.
        every: seconds after which is looked for what is to be tried again.
    """
    while True:
        subscription = bus.subscribe()
        found = 0
        try:
            found = await webhooks.deliver(post)
        except* (SQLAlchemyError, OSError) as group:
            log.error("deliveries wait after %s", type(group.exceptions[0]).__name__)  # noqa: TRY400
        if not found:
            with anyio.move_on_after(every):
                await subscription.deliveries()
