"""Accounts as the HTTP API shows and takes them."""

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from novelai.server.accounts.account import OPUS, Account, Health

__all__ = ["AccountChangeIn", "AccountIn", "AccountView", "account_view"]

TIERS = ("Paper", "Tablet", "Scroll", "Opus")


class AccountIn(BaseModel):
    """An account to leave here.

    Attributes:
        token: a persistent token of NovelAI, ``pst-...``. It is stored encrypted.
        label: for people.
        proxy: address of a proxy for this account's calls.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    token: SecretStr = Field(min_length=8, max_length=4000)
    label: str = Field(default="", max_length=200)
    proxy: SecretStr | None = Field(default=None, max_length=500)


class AccountChangeIn(BaseModel):
    """What to change of an account."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    label: str | None = Field(default=None, min_length=1, max_length=200)
    enabled: bool | None = None
    proxy: SecretStr | None = Field(default=None, max_length=500)


class AccountView(BaseModel):
    """An account, without its token.

    Attributes:
        health: ``refused`` when NovelAI did not take its token.
        anlas: the balance when it was last asked for.
        tier: 0 none to 3 Opus.
        allowance_percent: what is left of the V5 allowance.
        busy: a generation runs on it, or its outcome is not known yet.
        cooling_until: it starts nothing before then, unix seconds.
        proxy: it has a proxy of its own.
    """

    id: str
    label: str
    enabled: bool
    health: Health
    anlas: int | None
    tier: int | None
    tier_name: str | None
    opus: bool
    allowance_percent: float | None
    allowance_exhausted: bool
    busy: bool
    cooling_until: float | None
    balance_at: float | None
    proxy: bool
    created_at: float


def account_view(account: Account, now: float) -> AccountView:
    """An account as the API shows it."""
    tier = account.tier
    return AccountView(
        id=account.id,
        label=account.label,
        enabled=account.enabled,
        health=account.health,
        anlas=account.anlas,
        tier=tier,
        tier_name=None if tier is None else TIERS[min(max(tier, 0), OPUS)],
        opus=tier == OPUS,
        allowance_percent=account.usage_percent,
        allowance_exhausted=account.usage_negative,
        busy=account.job_id is not None,
        cooling_until=account.free_at if account.free_at > now else None,
        balance_at=account.balance_at,
        proxy=account.proxy is not None,
        created_at=account.created_at,
    )
