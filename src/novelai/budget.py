"""What may be spent: a limit in Anlas that a client keeps to."""

import os
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Literal, TypeAlias

from novelai.errors import BudgetExceededError, ConfigurationError

__all__ = ["Budget", "Hold"]

Period: TypeAlias = Literal["hour", "day", "week", "month"]

PERIODS: Mapping[Period, str] = {
    "hour": "an hour",
    "day": "a day",
    "week": "a week",
    "month": "a month",
}


@dataclass(frozen=True, slots=True)
class Hold:
    """A price that was counted before its call was sent.

    Attributes:
        anlas: what was counted.
        period: when the period began in which it was counted; ``None`` without one.
    """

    anlas: int
    period: datetime | None


class Budget:
    """A limit for what clients spend, and a count of it.

    A call whose price is more than what is left raises `BudgetExceededError` before anything is
    sent. What is free passes, with ``Budget(0)`` too. One budget may be given to several clients
    and used in several threads; a forked process goes on with a count of its own. It is kept in
    memory: a program that is started again begins with a full budget.

    The price follows from the account's subscription, which is read before the first call that may
    be free, and again when it may have changed. It is counted when a call is sent, and taken back
    when the call surely was not charged. What other programs do with the account is not counted.

    Args:
        anlas: the limit, 0 or more; ``None`` only counts.
        per: the limit is there again with each hour, day, week (from Monday) or month, in UTC; by
            default never.
        unknown: what becomes of a call whose price is unknown, of a model that is not in the
            catalogue: ``"refuse"`` it where there is a limit, or ``"allow"`` it and count what is
            missing from the account's balance afterwards.
        clock: unix seconds.

    Raises:
        ConfigurationError: a value that cannot work.
    """

    def __init__(
        self,
        anlas: int | None = None,
        *,
        per: Period | None = None,
        unknown: Literal["refuse", "allow"] = "refuse",
        clock: Callable[[], float] = time.time,
    ) -> None:
        if anlas is not None and (type(anlas) is not int or anlas < 0):
            raise ConfigurationError(f"A budget is a number of Anlas, 0 or more, not {anlas!r}.")
        if per is not None and per not in PERIODS:
            raise ConfigurationError(f"per must be one of {', '.join(PERIODS)}, not {per!r}.")
        if unknown not in ("refuse", "allow"):
            raise ConfigurationError(f"unknown must be refuse or allow, not {unknown!r}.")
        self.limit = anlas
        self.per: Period | None = per
        self.unknown: Literal["refuse", "allow"] = unknown
        self._clock = clock
        self._spent = 0
        self._period = self._period_now()
        self._mutex = os.getpid(), Lock()

    def __repr__(self) -> str:
        return f"Budget({self.limit}, per={self.per!r}, spent={self.spent})"

    @property
    def spent(self) -> int:
        """Anlas spent in this period; calls under way count at their price."""
        with self._guard():
            return self._spent

    @property
    def left(self) -> int | None:
        """Anlas left in this period; ``None`` without a limit."""
        with self._guard():
            return self._left()

    @property
    def renews_at(self) -> float | None:
        """When all of it is there again, in unix seconds; ``None``: never."""
        with self._guard():
            return self._renewal()

    def hold(self, price: int | None, *, follows: int | None = 0) -> Hold:
        """Count a price before its call is sent.

        Args:
            price: in Anlas; ``None`` when it is unknown.
            follows: what the same call will cost besides, afterwards.

        Raises:
            BudgetExceededError: that is more than what is left.
        """
        with self._guard():
            left = self._left()
            if left is not None:
                self._check(price, follows, left)
            self._spent += price or 0
            return Hold(price or 0, self._period)

    def settle(self, hold: Hold, anlas: int) -> None:
        """Count what a call was charged instead of its price.

        Args:
            hold: what was counted for it.
            anlas: the charge. One of a period that is over changes nothing.
        """
        with self._guard():
            if hold.period == self._period:
                self._spent += anlas - hold.anlas

    def _check(self, price: int | None, follows: int | None, left: int) -> None:
        unknown = price is None or follows is None
        if unknown and self.unknown == "allow":
            return
        whole = None if price is None or follows is None else price + follows
        # What is free passes, also when more was spent than foreseen.
        if whole is not None and (whole == 0 or whole <= left):
            return
        error = BudgetExceededError(self._refusal(whole, left))
        error.price, error.limit, error.left = whole, self.limit, left
        error.renews_at = self._renewal()
        raise error

    def _refusal(self, price: int | None, left: int) -> str:
        cost = "an unknown number of Anlas" if price is None else f"{price} Anlas"
        whole = f"{self.limit}{f' {PERIODS[self.per]}' if self.per else ''}"
        sentence = f"This costs {cost}, and {left} of a budget of {whole} are left."
        renewal = self._renewal()
        if renewal is not None:
            sentence += (
                f" It is renewed at {datetime.fromtimestamp(renewal, UTC):%Y-%m-%d %H:%M} UTC."
            )
        if price is None:
            sentence += ' Budget(unknown="allow") lets such calls pass.'
        return f"{sentence} Nothing was sent, nothing was charged."

    def _left(self) -> int | None:
        return None if self.limit is None else max(self.limit - self._spent, 0)

    def _renewal(self) -> float | None:
        if self._period is None or self.per is None:
            return None
        return _next(self._period, self.per).timestamp()

    def _period_now(self) -> datetime | None:
        if self.per is None:
            return None
        return _first(datetime.fromtimestamp(self._clock(), UTC), self.per)

    @contextmanager
    def _guard(self) -> Generator[None]:
        process, mutex = self._mutex
        if process != os.getpid():
            # A lock that another thread held during the fork is never free in the child.
            self._mutex = os.getpid(), (mutex := Lock())
        with mutex:
            now = self._period_now()
            # A clock that is set back begins no new period.
            if now is not None and self._period is not None and now > self._period:
                self._period, self._spent = now, 0
            yield


def _first(moment: datetime, per: Period) -> datetime:
    """Return when the period of a moment began."""
    hour = moment.replace(minute=0, second=0, microsecond=0)
    day = hour.replace(hour=0)
    if per == "hour":
        return hour
    if per == "week":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if per == "month" else day


def _next(first: datetime, per: Period) -> datetime:
    """Return when the period after one begins."""
    if per == "month":
        return _first(first + timedelta(days=32), "month")
    return first + timedelta(**{f"{per}s": 1})
