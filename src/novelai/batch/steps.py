"""How a batch is done: what to do next, written once for both colours.

A procedure yields steps, each a flow for a driver to run, and is sent what came of it, or has the
error raised in it.
"""

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from novelai._metering import guard, price_of, write_costs
from novelai._operations.image import ImageContext, generate
from novelai._wire import Flow, work
from novelai.batch.calls import Accounting, Call, Place
from novelai.batch.counting import Count
from novelai.batch.files import check_free, find_files, save_pictures, unusable
from novelai.batch.items import BatchItem, BatchProgress, Status
from novelai.batch.journal import (
    Action,
    Again,
    Balance,
    Trace,
    decide,
    header_of,
    trace_calls,
    weigh,
)
from novelai.batch.order import Entry, Order, digest_order, file_names
from novelai.errors import (
    AuthenticationError,
    BatchError,
    BudgetExceededError,
    ConfigurationError,
    ConnectionFailedError,
    ConnectionLostError,
    InsufficientAnlasError,
    NovelAIError,
)
from novelai.types.generation import GenerateImageParams

if TYPE_CHECKING:
    from novelai.pictures import GeneratedImage

__all__ = ["Procedure", "Step", "Steps"]

T = TypeVar("T")

STOPPING = (
    AuthenticationError,
    BatchError,
    BudgetExceededError,
    ConfigurationError,
    InsufficientAnlasError,
)
"""What would happen to every further call, too."""

UNLESS = ' It is not sent again unless you say so, with again="all".'
"""The end of a message."""

MOST_UNREACHABLE = 3
"""So many calls in a row that do not reach NovelAI end the batch."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to be done by a driver.

    Attributes:
        flow: what.
        kind: ``"generate"`` needs a turn; ``"keep"`` is not to be interrupted.
    """

    flow: Flow[Any]
    kind: Literal["run", "generate", "keep"] = "run"


Steps: TypeAlias = Generator[Step, Any, T]


class Procedure:
    """The steps of a batch.

    Args:
        order: what is asked for.
        context: of the client's image operations.
        place: where its files are kept.
        again: what is sent again although it may have been charged.
        alone: one call is under way at a time.
        clock: unix seconds.
        stopwatch: seconds.
    """

    def __init__(
        self,
        order: Order,
        context: ImageContext,
        place: Place,
        *,
        again: Again = "free",
        alone: bool = True,
        clock: Callable[[], float] = time.time,
        stopwatch: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._accounting = Accounting(place, alone=alone, clock=clock)
        self._order = order
        self._entries = order.entries
        self._context = context
        self._again: Again = again
        self._traces: dict[int, Trace] = {}
        self._unreachable = 0
        self._unsaved: BatchError | None = None
        self._count = Count(len(order.entries), stopwatch)

    def begin(self) -> Steps[None]:
        """Open the files, and ask about the account.

        Raises:
            BatchError: the files cannot be used.
            AuthenticationError: the token is not accepted.
        """
        yield Step(work(self._open))
        try:
            yield Step(self._accounting.book.read())
        except AuthenticationError:
            raise
        except NovelAIError:
            return  # prices are unknown then, and nothing that may have been charged is repeated
        self._accounting.knows_account = True

    def order(self) -> list[Entry]:
        """Return the calls in the order in which they are done.

        Those that may have been charged come last: when others have been made, the balance tells.
        """
        doubtful = {
            entry.index for entry in self._entries if self._action(entry, free=False) == "weigh"
        }
        return sorted(self._entries, key=lambda entry: entry.index in doubtful)

    def do(self, entry: Entry) -> Steps[BatchItem]:
        """Do one call.

        Raises:
            NovelAIError: it would happen to every further call, too.
        """
        if self._unsaved is not None:
            raise self._unsaved
        try:
            return (yield from self._do(entry))
        except OSError as error:
            raise unusable(error) from error

    def count(self, item: BatchItem) -> BatchProgress:
        """Count a call that was done; return how far the batch is."""
        return self._count.add(item)

    def close(self) -> None:
        """Close the files."""
        if self._place.journal is not None:
            self._place.journal.close()

    def note_stop(self, error: NovelAIError) -> NovelAIError:
        """Return an error that ends the batch, with a note on how far it came."""
        if isinstance(error, BatchError) and error is not self._unsaved:
            return error  # it says by itself what to do
        advice = (
            "Call it again with the same file to resume from, and it goes on."
            if self._place.journal is not None
            else "The rest was not sent."
        )
        error.add_note(f"The batch ended after {self._count.ended} of its calls. {advice}")
        return error

    def _open(self) -> None:
        folder, journal = self._place.folder, self._place.journal
        total = len(self._entries)
        names = [name for entry in self._entries for name in file_names(entry, total)]
        if journal is None:
            if folder is not None:
                check_free(folder, names)
            return
        header = header_of(digest_order(self._entries), total, self._order.described())
        try:
            if journal.open(header).header is None:
                assert folder is not None
                check_free(folder, names)
                journal.begin(header)
        except OSError as error:
            raise unusable(error) from error
        self._traces = trace_calls(journal.records)

    def _do(self, entry: Entry) -> Steps[BatchItem]:
        trace = self._traces.get(entry.index, Trace())
        found: BatchItem | None = yield Step(work(partial(self._find, entry, trace)))
        if found is not None:
            return found
        free = trace.state != "new" and (yield from self._is_free(entry))
        action = self._action(entry, free=free)
        if action == "weigh":
            action = yield from self._weigh(trace)
        if action == "send":
            return (yield from self._send(entry, trace))
        return self._lost(entry, trace)

    def _action(self, entry: Entry, *, free: bool) -> Action:
        trace = self._traces.get(entry.index, Trace())
        return decide(trace, free=free, again=self._again, alone=self._accounting.alone)

    def _is_free(self, entry: Entry) -> Steps[bool]:
        """Ask whether a call costs nothing on this account now."""
        if not self._accounting.knows_account:
            return False

        def tariff(opus: bool, exhausted: bool) -> int | None:  # noqa: FBT001 - a `Tariff`
            price = entry.params.calculate_anlas(is_opus=opus, allowance_exhausted=exhausted)
            return price.total_anlas

        return (yield Step(price_of(tariff, self._accounting.book))) == 0

    def _find(self, entry: Entry, trace: Trace) -> BatchItem | None:
        """Return a call whose pictures are there, whatever the journal came to say of it."""
        folder, journal = self._place.folder, self._place.journal
        if folder is None or journal is None:
            return None
        cost: int | None = trace.sent["price"] if trace.sent else None
        if trace.state == "done":
            digests: dict[str, str | None] = dict(trace.last["files"])
            cost = trace.last["cost"]
        else:
            # Nothing but this batch writes by these names.
            digests = dict.fromkeys(file_names(entry, len(self._entries)))
        found = find_files(folder, digests)
        if found is None:
            return None
        if trace.state != "done":
            journal.append(_done(entry, found, cost))
        params = self._with_seed(entry, trace)
        paths = tuple(path for path, _ in found)
        return self._item(entry, "kept", params=params, paths=paths, cost=cost)

    def _weigh(self, trace: Trace) -> Steps[Literal["send", "lose"]]:
        journal = self._place.journal
        assert journal is not None
        assert trace.sent is not None
        now: Balance | None = None
        with suppress(NovelAIError):
            now = yield Step(self._accounting.balance())
        fate = weigh(journal.records, trace.place, now, self._accounting.clock())
        if fate == "not_charged":
            return "send"
        if fate == "charged":
            record = {"call": trace.sent["call"], "state": "charged"}
            yield Step(work(partial(journal.append, record)), "keep")
            trace.state = "charged"
        return "lose"

    def _send(self, entry: Entry, trace: Trace) -> Steps[BatchItem]:
        params = self._with_seed(entry, trace)
        if params.seed is None:
            params = params.replace(seed=self._context.draw_seed())
        call = Call(self._accounting, entry, params)
        flow = guard(generate(call.params, self._context), call.announce, lambda _: None)
        try:
            images: list[GeneratedImage] = yield Step(flow, "generate")
        except NovelAIError as error:
            return (yield from self._fail(entry, call, error))
        self._unreachable = 0
        if call.cost is not None:
            write_costs(images, call.cost)
        item = self._item(entry, "done", params=call.params, cost=call.cost, images=images)
        if self._place.folder is None:
            return item
        try:
            paths = yield Step(work(partial(self._keep, entry, item, images)), "keep")
        except OSError as error:
            # The pictures are given back all the same, and the batch ends behind them.
            self._unsaved = unusable(error)
            return replace(item, status="failed", error=self._unsaved)
        return replace(item, paths=paths)

    def _keep(
        self, entry: Entry, item: BatchItem, images: "list[GeneratedImage]"
    ) -> tuple[Path, ...]:
        folder, journal = self._place.folder, self._place.journal
        assert folder is not None
        names = file_names(entry, len(self._entries))
        # A service that gives more pictures than were asked for loses none of them.
        names += [f"more-{place}-{names[0]}" for place in range(len(images) - len(names))]
        named = [(name, image.data) for name, image in zip(names, images, strict=False)]
        saved = save_pictures(folder, named)
        if journal is not None:
            journal.append(_done(entry, saved, item.cost))
        return tuple(path for path, _ in saved)

    def _fail(self, entry: Entry, call: Call, error: NovelAIError) -> Steps[BatchItem]:
        journal = self._place.journal
        if journal is not None:
            record = {
                "call": entry.index,
                "state": "failed",
                "charged": error.charged,
                "error": type(error).__name__,
                "message": error.message,
            }
            yield Step(work(partial(journal.append, record)), "keep")
        unreachable = isinstance(error, ConnectionFailedError)
        self._unreachable = self._unreachable + 1 if unreachable else 0
        if isinstance(error, STOPPING) or self._unreachable >= MOST_UNREACHABLE:
            raise error
        return self._item(entry, "failed", params=call.params, error=error)

    def _lost(self, entry: Entry, trace: Trace) -> BatchItem:
        cost: int | None = None
        if trace.state == "done":
            files = ", ".join(name for name, _ in trace.last["files"])
            happened = f"Its pictures ({files}) were made, and are not there as they were."
            error: NovelAIError = BatchError(f"{happened}{UNLESS}", kind="folder")
            error.charged, cost = "unknown", trace.last["cost"]
        elif trace.state == "charged" and trace.sent is not None:
            happened, cost = "It was charged, and its pictures did not arrive.", trace.sent["price"]
            error = ConnectionLostError(f"{happened}{UNLESS}", charged="unknown")
        else:
            happened = "It was interrupted after it was sent, and may have been charged."
            error = ConnectionLostError(f"{happened}{UNLESS}", charged="unknown")
        params = self._with_seed(entry, trace)
        return self._item(entry, "lost", params=params, error=error, cost=cost)

    def _with_seed(self, entry: Entry, trace: Trace) -> GenerateImageParams:
        """Return the parameters, with the seed of the first time they were sent."""
        if entry.params.seed is not None or trace.sent is None:
            return entry.params
        return entry.params.replace(seed=trace.sent["seed"])

    def _item(
        self,
        entry: Entry,
        status: Status,
        *,
        params: GenerateImageParams,
        paths: tuple[Path, ...] = (),
        cost: int | None = None,
        error: NovelAIError | None = None,
        images: "list[GeneratedImage] | None" = None,
    ) -> BatchItem:
        return BatchItem(
            index=entry.index,
            params=params,
            status=status,
            paths=paths,
            cost=cost,
            error=error,
            cell=entry.cell,
            also=entry.also,
            received=None if images is None else tuple(images),
        )


def _done(entry: Entry, files: Iterable[tuple[Path, str]], cost: int | None) -> dict[str, Any]:
    return {
        "call": entry.index,
        "state": "done",
        "files": [[path.name, digest] for path, digest in files],
        "cost": cost,
    }
