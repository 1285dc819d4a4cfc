"""An account as a value."""

from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import Row

from novelai.server.model.rows import columns_of
from novelai.server.model.tier import Tier
from novelai.types.subscription import Usage

__all__ = ["Account", "Health", "account_from"]

Health = Literal["ok", "refused", "unreachable"]
OPUS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A NovelAI account whose token an owner left here.

    Attributes:
        token: encrypted.
        enabled: whether jobs run on it.
        health: ``refused`` when NovelAI did not take its token.
        job_id: the job that holds it.
        lease_until: when that job's worker must have renewed its lease, unix seconds.
        free_at: it cools down until then.
        anlas: its balance when it was last asked for; ``None`` before that, as below.
        tier: 0 none to 3 Opus; 0 when the subscription is not active.
        usage_percent: what is left of the V5 allowance.
        usage_negative: the V5 allowance is used up.
        usage_seconds: in which the V5 allowance gains one percent; 0 while it gains nothing.
        usage_purchased: percent bought on top of it.
        balance_at: when it was asked for.
    """

    id: str
    owner_id: str
    label: str
    token: bytes = field(repr=False)
    proxy: str | None = field(repr=False)
    enabled: bool
    health: Health
    job_id: str | None
    lease_until: float | None
    free_at: float
    last_used_at: float
    anlas: int | None
    tier: int | None
    usage_percent: float | None
    usage_negative: bool
    usage_seconds: float | None
    usage_purchased: float | None
    balance_at: float | None
    created_at: float

    @property
    def pricing_tier(self) -> Tier:
        """Return the tier whose pictures are free; none while it is unknown."""
        return Tier(is_opus=self.tier == OPUS, allowance_exhausted=self.usage_negative)

    @property
    def allowance(self) -> Usage | None:
        """Return the V5 allowance as it was when it was asked for; ``None`` without one."""
        if self.usage_percent is None:
            return None
        return Usage(
            percent=self.usage_percent,
            is_negative=self.usage_negative,
            time_until_next_percent=self.usage_seconds or 0,
            purchased_percent=self.usage_purchased or 0,
        )


def account_from(row: Row[Any]) -> Account:
    """Read a row of the accounts table."""
    columns = columns_of(row)
    del columns["token_hash"]
    return Account(**columns)
