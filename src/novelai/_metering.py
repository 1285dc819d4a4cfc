"""What calls cost: each paid request is priced, and held against a budget, before it is sent.

Pure flows around flows; the drivers at the end only pass on what comes.
"""

import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from novelai._operations.user import get_subscription
from novelai._wire import Flow, Request, Streaming, Tariff
from novelai.budget import Budget, Hold
from novelai.cost import share_of
from novelai.errors import NovelAIError
from novelai.types.events import FinalEvent
from novelai.types.subscription import Subscription

__all__ = ["AccountBook", "Meter", "guard", "price_of", "write_costs"]

T = TypeVar("T")

LONG = 3_600.0
"""Seconds for which a subscription counts as known."""

SHORT = 60.0
"""Seconds for which the state of the V5 allowance counts as known: few pictures use it up."""


class AccountBook:
    """An account's subscription, read when it is not known or may have changed.

    Args:
        clock: unix seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._known: tuple[Subscription, float] | None = None

    def read(self, *, allowance: bool = False, fresh: bool = False) -> Flow[Subscription]:
        """Return the subscription.

        Args:
            allowance: the state of the V5 allowance matters.
            fresh: read it now, for its balance.
        """
        if self._known is not None and not fresh:
            account, read_at = self._known
            if _is_current(account, read_at, self._clock(), allowance=allowance):
                return account
        account = yield from get_subscription()
        self._known = account, self._clock()
        return account


def _is_current(account: Subscription, read_at: float, now: float, *, allowance: bool) -> bool:
    usage, end = account.usage, account.expires_at
    if allowance and usage is not None and not usage.is_negative and usage.low:
        return False
    # It may lapse, or be renewed.
    ended = end is not None and read_at < end <= now
    return not ended and 0 <= now - read_at < (SHORT if allowance else LONG)


def price_of(tariff: Tariff | None, book: AccountBook) -> Flow[int | None]:
    """Return a price in Anlas on an account, which is read only if it makes a difference."""
    if tariff is None:
        return None
    usual, free, exhausted = tariff(False, False), tariff(True, False), tariff(True, True)
    if usual == free == exhausted:
        return usual
    account = yield from book.read(allowance=free != exhausted)
    if not account.is_opus:
        return usual
    return exhausted if account.usage is not None and account.usage.is_negative else free


def guard(
    flow: Flow[T], before: Callable[[Request], Flow[None]], after: Callable[[Request], None]
) -> Flow[T]:
    """Run a flow with something done around each of its paid requests.

    Args:
        flow: the flow.
        before: done before a request is sent, in the caller's turn. What it raises keeps it back.
        after: done when its answer is there; not for one that is answered by a stream.
    """
    answer: Any = None
    try:
        while True:
            step = flow.send(answer)
            paid = isinstance(step, Request) and step.paid
            if paid:
                yield from before(cast("Request", step))
            answer = yield step
            if paid:
                after(cast("Request", step))
    except StopIteration as done:
        made: Any = done.value
    finally:
        flow.close()
    streaming = cast("Streaming[Any] | None", made if isinstance(made, Streaming) else None)
    if streaming is not None and streaming.request.paid:
        yield from before(streaming.request)
    return cast("T", made)


class Meter:
    """Counts the calls of a client.

    Args:
        budget: what they are counted in.
        book: the account's.
    """

    def __init__(self, budget: Budget, book: AccountBook | None = None) -> None:
        self.budget = budget
        self.book = book or AccountBook()

    def tab(self) -> "Tab":
        """Begin to count a call."""
        return Tab(self)


class Tab:
    """The cost of one call, which may be several requests.

    As a context manager around the call it finds out how the last request ended.

    Attributes:
        cost: Anlas; ``None`` when it is not known, or nothing that costs was sent.
        before: the balance before requests whose price is unknown.
    """

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._open: Hold | None = None
        self._pictures = 1
        self._total = 0
        self._priced = False
        self.before: int | None = None

    @property
    def cost(self) -> int | None:
        """Anlas that the call was charged with."""
        return self._total if self._priced and self.before is None else None

    def watch(self, flow: Flow[T]) -> Flow[T]:
        """Run a flow whose paid requests are counted.

        Raises:
            BudgetExceededError: one would cost more than what is left; it is not sent.
        """
        return guard(flow, self._hold, self._keep)

    def tell_balance(self, anlas: int) -> None:
        """Count what is missing from the balance, where the price was unknown."""
        if self.before is not None:
            missing = max(self.before - anlas, 0)
            budget = self._meter.budget
            budget.settle(budget.hold(0), missing)
            self._total += missing
            self.before = None

    def write(self, made: T) -> T:
        """Return what a call made; its pictures say what they cost."""
        found: Any = made
        if self.cost is not None and isinstance(found, FinalEvent):
            found.picture.cost = share_of(self.cost, found.sample, self._pictures)
        elif self.cost is not None and isinstance(found, list):
            write_costs(cast("list[Any]", found), self.cost)
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._open is not None and isinstance(error, NovelAIError) and error.charged == "no":
            self._meter.budget.settle(self._open, 0)
        self._open = None

    def _hold(self, request: Request) -> Flow[None]:
        meter = self._meter
        price = yield from price_of(request.tariff, meter.book)
        follows = (
            0 if request.follows is None else (yield from price_of(request.follows, meter.book))
        )
        self._open = meter.budget.hold(price, follows=follows)
        self._pictures = request.pictures
        self._priced = True
        self._total += price or 0
        if price is None and self.before is None:
            self.before = (yield from meter.book.read(fresh=True)).anlas

    def _keep(self, _request: Request) -> None:
        self._open = None


def write_costs(pictures: Iterable[Any], anlas: int) -> None:
    """Write on the pictures of a call what each cost."""
    listed = list(pictures)
    for place, picture in enumerate(listed):
        picture.cost = share_of(anlas, place, len(listed))
