"""Whose an account is, and what is known of it."""

import pytest
from tests.server_core.helpers import OPUS, owner

from novelai.server.services import Services

pytestmark = pytest.mark.anyio

TOKEN = f"pst-{'z' * 64}"


async def test_a_token_is_one_account(still: Services) -> None:
    """Left here again it gives the account that is there; another owner's is refused."""
    a, b = await owner(still, "a"), await owner(still, "b")
    first = await still.accounts.add(a.owner_id, TOKEN)
    assert await still.accounts.add(a.owner_id, f" {TOKEN}\n") == first
    with pytest.raises(ValueError, match="somebody else"):
        await still.accounts.add(b.owner_id, TOKEN)
    assert await still.accounts.read(b.owner_id, first.id) is None
    assert await still.accounts.list(b.owner_id) == []


async def test_an_account_gets_another_token(still: Services) -> None:
    """What was known of the old one is forgotten, and its owner is the only one who may do so."""
    a, b = await owner(still, "a", OPUS), await owner(still, "b")
    await still.accounts.enable(a.owner_id, "a 0", enabled=False)
    (before,) = await still.accounts.list(a.owner_id)
    with pytest.raises(ValueError, match="somebody else"):
        await still.accounts.keep("a 0", b.owner_id, TOKEN)
    assert await still.accounts.list(a.owner_id) == [before]
    after = await still.accounts.keep("a 0", a.owner_id, TOKEN)
    assert (after.id, after.owner_id, after.enabled, after.health) == (
        "a 0",
        a.owner_id,
        True,
        "ok",
    )
    assert (after.anlas, after.tier, after.balance_at) == (None, None, None)
    assert not after.pricing_tier.is_opus
    assert after.token != before.token


async def test_only_its_owner_changes_or_forgets_an_account(still: Services) -> None:
    """Others are told that there is none."""
    a, b = await owner(still, "a", OPUS), await owner(still, "b")
    assert await still.accounts.enable(b.owner_id, "a 0", enabled=False) is None
    assert not await still.accounts.remove(b.owner_id, "a 0")
    (account,) = await still.accounts.list(a.owner_id)
    assert account.enabled
    assert await still.accounts.remove(a.owner_id, "a 0")
    assert await still.accounts.list(a.owner_id) == []
