"""A call of a batch while it runs: priced, and written down, before each request is sent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from novelai._metering import AccountBook, price_of
from novelai._wire import Flow, Request, work
from novelai.batch.files import JournalFile
from novelai.batch.journal import Balance
from novelai.batch.order import Entry, document_of
from novelai.types.generation import GenerateImageParams

__all__ = ["Accounting", "Call", "Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a batch keeps its files.

    Attributes:
        folder: of its pictures; ``None``: they are only given back.
        journal: what it can be resumed from.
    """

    folder: Path | None = None
    journal: JournalFile | None = None


class Accounting:
    """What calls are priced by, and written down in.

    Args:
        place: where the files are.
        alone: one call is under way at a time.
        clock: unix seconds.

    Attributes:
        book: what is known of the account.
        knows_account: something is.
    """

    def __init__(self, place: Place, *, alone: bool, clock: Callable[[], float]) -> None:
        self.journal = place.journal
        self.alone = alone
        self.clock = clock
        self.book = AccountBook(clock)
        self.knows_account = False

    def balance(self) -> Flow[Balance]:
        """Ask for the balance."""
        account = yield from self.book.read(fresh=True)
        return Balance(account.anlas, account.expires_at)


@dataclass
class Call:
    """One call.

    Attributes:
        accounting: what it is priced by.
        entry: its place in the batch.
        params: what is sent, with its seed.
        prices: of its requests, in Anlas, as far as they are known.
    """

    accounting: Accounting
    entry: Entry
    params: GenerateImageParams
    prices: list[int | None] = field(default_factory=list[int | None])

    @property
    def cost(self) -> int | None:
        """Anlas; ``None`` when it is not known."""
        known = [price for price in self.prices if price is not None]
        return sum(known) if len(known) == len(self.prices) else None

    def announce(self, request: Request) -> Flow[None]:
        """Price a request, and write down that it is about to be sent."""
        accounting = self.accounting
        price: int | None = None
        balance: Balance | None = None
        if accounting.knows_account:
            price = yield from price_of(request.tariff, accounting.book)
        self.prices.append(price)
        if accounting.journal is None:
            return
        if accounting.knows_account and price != 0:
            balance = yield from accounting.balance()
        record = {
            "call": self.entry.index,
            "state": "sending",
            "seed": self.params.seed,
            "price": price,
            "anlas": balance.anlas if balance else None,
            "period": balance.period if balance else None,
            "alone": accounting.alone,
            "time": accounting.clock(),
            "params": document_of(self.params),
        }
        yield from work(partial(accounting.journal.append, record))
