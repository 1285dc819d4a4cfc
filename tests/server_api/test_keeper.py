"""Balances stay fresh without being asked for, and never beside a generation."""

import anyio
import pytest
from tests.server_api.people import TINY, Somebody, running

from novelai.server.accounts.keeper import AccountKeeper


@pytest.fixture(scope="module")
def mine(tmp_path_factory):
    """A server of one person with one account."""
    with running(tmp_path_factory.mktemp("mine")) as site:
        yield site


async def come_true(condition):
    with anyio.fail_after(20):
        while not await condition():  # noqa: ASYNC110 - a row in a table has no event
            await anyio.sleep(0.02)


def test_old_balances_are_asked_for_again(mine):
    """What NovelAI says of an account arrives without anybody asking."""
    from tests.server_api.people import TOKEN

    mine.emulator.account(TOKEN).fixed_anlas = 4321

    async def kept():
        async def arrived():
            (account,) = await mine.services.accounts.list("local")
            return account.anlas == mine.emulator.account(TOKEN).anlas

        keeper = AccountKeeper(mine.services.accounts, every=0, look=0.05)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: keeper.run(unasked=True))
            await come_true(arrived)
            tasks.cancel_scope.cancel()

    mine.portal.call(kept)


def test_a_wish_is_fulfilled(mine):
    """An account that somebody looks at is refreshed soon, although nothing is old."""

    async def wished():
        (account,) = await mine.services.accounts.list("local")

        async def newer():
            (found,) = await mine.services.accounts.list("local")
            return found.balance_at > account.balance_at

        keeper = AccountKeeper(mine.services.accounts)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: keeper.run(unasked=False))
            keeper.request(account)
            await come_true(newer)
            tasks.cancel_scope.cancel()

    mine.portal.call(wished)


def test_a_running_generation_is_left_alone(mine):
    """While a job runs its account's balance is not asked for."""
    mine.emulator._world.step_seconds = 0.3
    somebody = Somebody(mine)
    job = somebody("POST", "/api/jobs", json={"params": {**TINY, "steps": 8}}).json()["id"]

    async def looked():
        async def busy():
            return (await mine.services.accounts.list("local"))[0].job_id is not None

        await come_true(busy)
        return await mine.services.accounts.stale(0)

    assert mine.portal.call(looked) == []
    mine.emulator._world.step_seconds = 0.0

    async def idle():
        async def ended():
            return (await mine.services.accounts.list("local"))[0].job_id is None

        await come_true(ended)

    mine.portal.call(idle)
    assert somebody.get(f"/api/jobs/{job}").json()["state"] == "succeeded"


class Silent:
    """Accounts of which NovelAI says nothing at all."""

    async def stale(self, _older_than):
        return [self]

    async def refresh(self, _account):
        await anyio.sleep_forever()


def test_a_start_does_not_wait_for_ever():
    """A server starts although NovelAI does not answer."""

    async def started():
        with anyio.fail_after(20):
            await AccountKeeper(Silent(), patience=0.05).start()

    anyio.run(started)
