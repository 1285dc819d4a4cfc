"""Accounts as the HTTP API shows and takes them."""

from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from novelai.server.fields import Line
from novelai.server.model.account import OPUS, Account, Health

__all__ = [
    "AccountChangeIn",
    "AccountIn",
    "AccountList",
    "AccountView",
    "AllowanceView",
    "account_view",
]

TIERS = ("Paper", "Tablet", "Scroll", "Opus")


def _proxy(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be an address such as http://user:password@host:8080")
    return value


Proxy = Annotated[SecretStr, Field(max_length=500), AfterValidator(_proxy)]


class AccountIn(BaseModel):
    """An account to leave here.

    Attributes:
        token: a persistent token of NovelAI, ``pst-...``. It is stored encrypted.
        label: for people.
        proxy: address of a proxy for this account's calls.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)

    token: SecretStr = Field(min_length=8, max_length=4000)
    label: Line = Field(default="", max_length=200)
    proxy: Proxy | None = None


class AccountList(BaseModel):
    """An owner's accounts, oldest first."""

    accounts: list["AccountView"]


class AccountChangeIn(BaseModel):
    """What to change of an account; what is left out stays.

    Attributes:
        enabled: whether jobs run on it.
        proxy: ``null`` takes it away.
    """

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)

    label: Line | None = Field(default=None, min_length=1, max_length=200)
    enabled: bool | None = None
    proxy: Proxy | None = None

    @property
    def values(self) -> dict[str, object]:
        """Return the changes by the names of columns."""
        given: dict[str, object] = {"label": self.label, "enabled": self.enabled}
        found = {name: value for name, value in given.items() if value is not None}
        if "proxy" in self.model_fields_set:
            found["proxy"] = None if self.proxy is None else self.proxy.get_secret_value()
        return found


class AllowanceView(BaseModel):
    """The allowance of free V5 pictures, as it was when the balance was asked for.

    It refills by itself all the time until it is full; it does not renew with the subscription.

    Attributes:
        percent: what is left; can pass 100, and be below 0.
        images_left: about how many V5 pictures that are; V5 Full (Medium) drains less.
        refill_per_day: percent it gains in a day; 0 while it is paused.
        full_at: when it is full if nothing is drawn, unix seconds; ``null`` when it is already, or
            when that is not known.
        paused: it gains nothing: it is full, at 100 percent or above.
        low: below 5 percent, or used up.
        purchased_percent: 0 to 300, bought on top.
    """

    percent: float
    images_left: int
    refill_per_day: float
    full_at: float | None
    paused: bool
    low: bool
    purchased_percent: float


class AccountView(BaseModel):
    """An account, without its token.

    Attributes:
        health: ``refused`` when NovelAI did not take its token.
        anlas: the balance when it was last asked for.
        tier: 0 none to 3 Opus.
        allowance_percent: what is left of the V5 allowance.
        allowance_exhausted: it is used up: V5 pictures cost Anlas.
        allowance: more of it; ``null`` below Opus.
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
    allowance: AllowanceView | None
    busy: bool
    cooling_until: float | None
    balance_at: float | None
    proxy: bool
    created_at: float


def account_view(account: Account, now: float) -> AccountView:
    """Return an account as the API shows it."""
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
        allowance=_allowance(account),
        busy=account.job_id is not None,
        cooling_until=account.free_at if account.free_at > now else None,
        balance_at=account.balance_at,
        proxy=account.proxy is not None,
        created_at=account.created_at,
    )


def _allowance(account: Account) -> AllowanceView | None:
    usage = account.allowance
    if usage is None:
        return None
    wait = usage.seconds_until_full
    return AllowanceView(
        percent=usage.percent,
        images_left=usage.images_left,
        refill_per_day=usage.refill_per_day,
        full_at=(account.balance_at or 0.0) + wait if wait else None,
        paused=usage.paused,
        low=usage.low,
        purchased_percent=usage.purchased_percent,
    )
