"""Accounts: who may call, and what they have left."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

from novelai.emulator.errors import Refusal

DAY = 86_400
# One percent of the V5 allowance is worth about 17.3 pictures (October 2026: 100 % ≈ 1730).
IMAGES_PER_PERCENT = 17.3

Tier = Literal[0, 1, 2, 3]


@dataclass(kw_only=True)
class EmulatedAccount:
    """One account; every attribute may be changed at any time, the next request sees it.

    Attributes:
        token: The bearer token that opens it.
        tier: 0 none, 1 Tablet, 2 Scroll, 3 Opus.
        active: The subscription runs.
        expires_at: When it ends, Unix seconds.
        fixed_anlas: Anlas of the subscription, spent first.
        purchased_anlas: Bought Anlas, spent second.
        usage_percent: V5 allowance left, in percent; Opus only; may pass 100.
        usage_is_negative: The V5 allowance is used up: V5 pictures cost Anlas.
        usage_purchased: Percent of the V5 allowance bought on top.
        revoked: The token is refused with 401.
        generating: One generation runs; a second one is refused with 429.
        locked_out: How often that happened.
        persistent_token: The `pst-` token made for a session, if any.
    """

    token: str
    expires_at: float
    tier: Tier = 3
    active: bool = True
    fixed_anlas: int = 10_000
    purchased_anlas: int = 0
    usage_percent: float = 100.0
    usage_is_negative: bool = False
    usage_purchased: float = 0.0
    revoked: bool = False
    generating: bool = False
    locked_out: int = 0
    persistent_token: str | None = None

    @property
    def anlas(self) -> int:
        """Return the Anlas that can be spent, fixed and purchased together."""
        return self.fixed_anlas + self.purchased_anlas

    @property
    def label(self) -> str:
        """A name for lists and records that does not give the token away."""
        return f"{self.token[:4]}…{self.token[-4:]}"

    def has_subscription(self, now: float) -> bool:
        """Return whether the subscription counts at `now` (Unix seconds)."""
        return self.active and self.tier > 0 and self.expires_at > now

    def opus(self, now: float) -> bool:
        """Return whether the rules of the Opus tier apply at `now` (Unix seconds)."""
        return self.tier == 3 and self.has_subscription(now)

    def afford(self, amount: int) -> None:
        """Check that `amount` Anlas can be spent.

        Raises:
            Refusal: 402, with both sides in its text.
        """
        if self.anlas < amount:
            raise Refusal(402, f"Not enough Anlas. Required: {amount}, Available: {self.anlas}")

    def charge(self, amount: int) -> None:
        """Take `amount` Anlas, fixed ones first."""
        fixed = min(amount, self.fixed_anlas)
        self.fixed_anlas -= fixed
        self.purchased_anlas -= amount - fixed

    def use_allowance(self, images: float) -> None:
        """Count `images` free V5 pictures against the allowance; one of Medium is part of one."""
        self.usage_percent -= images / IMAGES_PER_PERCENT
        if self.usage_percent <= 0:
            self.usage_is_negative = True


class Accounts:
    """All accounts by token.

    Args:
        clock: Unix seconds; used for the day a new subscription ends.
        tokens: The only tokens accepted; None accepts every token of a known shape and gives
            each its own Opus account.
    """

    def __init__(self, clock: Callable[[], float], tokens: Iterable[str] | None) -> None:
        self._clock = clock
        self._open = tokens is None
        self._by_token: dict[str, EmulatedAccount] = {}
        self._void: set[str] = set()
        for token in tokens or ():
            self.add(token)

    def add(self, token: str, **fields: Any) -> EmulatedAccount:
        """Create the account of `token`, or replace it."""
        fields.setdefault("expires_at", self._clock() + 30 * DAY)
        account = EmulatedAccount(token=token, **fields)
        self._by_token[token] = account
        return account

    def get(self, token: str) -> EmulatedAccount:
        """Return the account of `token`, created on first sight.

        Raises:
            KeyError: The token is not accepted.
        """
        if token not in self._by_token:
            known_shape = token.startswith(("pst-", "ey")) and token not in self._void
            if not (self._open and known_shape):
                raise KeyError(token)
            self.add(token)
        return self._by_token[token]

    def get_or_add(self, token: str) -> EmulatedAccount:
        """Get the account of a token this emulator made itself, whatever tokens it accepts else."""
        return self._by_token.get(token) or self.add(token)

    def issue(self, account: EmulatedAccount, token: str) -> None:
        """Let a new persistent token open an account; the one before it is void from now on."""
        if account.persistent_token is not None:
            self._by_token.pop(account.persistent_token, None)
            self._void.add(account.persistent_token)
        account.persistent_token = token
        self._by_token[token] = account

    def authenticate(self, header: str | None) -> EmulatedAccount:
        """Return the account behind an `Authorization` header.

        Raises:
            Refusal: 401 when the header is missing, or its token unknown or revoked.
        """
        scheme, _, token = (header or "").partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise KeyError(scheme)
            account = self.get(token.strip())
        except KeyError:
            raise Refusal(401, "Unauthorized") from None
        if account.revoked:
            raise Refusal(401, "Unauthorized")
        return account

    def __len__(self) -> int:
        return len(self._by_token)
