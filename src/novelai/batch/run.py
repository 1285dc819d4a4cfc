"""Batches in both colours: they have a procedure's steps run, and nothing else."""

import logging
import sys
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Generator,
    Iterator,
    Mapping,
    Sequence,
)
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import aclosing
from dataclasses import dataclass, replace
from inspect import isawaitable
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import anyio

from novelai._drivers import AsyncDriver, SyncDriver
from novelai._operations.image import ImageContext
from novelai.batch.calls import Place
from novelai.batch.files import JournalFile, read_file
from novelai.batch.items import BatchItem, BatchProgress
from novelai.batch.journal import Again
from novelai.batch.order import Entry, Order, Prompts, order_in, read_order
from novelai.batch.screen import Screen, find_screen
from novelai.batch.steps import Procedure, Step, Steps
from novelai.batch.window import Window
from novelai.errors import ConfigurationError, InvalidParamsError, NovelAIError
from novelai.templates import Library

__all__ = ["AsyncBatch", "Batch", "OnProgress", "Options"]

T = TypeVar("T")

OnProgress: TypeAlias = Callable[[BatchProgress], Awaitable[None] | None]
"""Is told how far a batch is; on an event loop it may be a coroutine function."""

JOURNAL = "series.jsonl"
"""The file in a folder to resume from, where none is named."""

log = logging.getLogger("novelai")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a batch is done; see `novelai.NovelAI.image.batch`."""

    concurrency: int | None = None
    folder: str | PathLike[str] | None = None
    resume: str | PathLike[str] | bool | None = None
    on_progress: OnProgress | None = None
    progress: bool | None = None
    again: Again = "free"

    def __post_init__(self) -> None:
        if self.concurrency is not None and self.concurrency < 1:
            raise ConfigurationError(f"concurrency must be at least 1, got {self.concurrency}.")
        if self.again not in ("free", "all"):
            raise ConfigurationError(f"again must be free or all, got {self.again!r}.")
        if self.resume is True and self.folder is None:
            raise ConfigurationError("resume=True needs a folder.")

    def order(
        self, prompts: Prompts | None, fields: Mapping[str, Any], library: Library | None
    ) -> Order:
        """Return what is asked for: the calls that are given, or those of the file.

        Raises:
            BatchError: none are given, and the file holds no series to go on with.
            NovelAIError: as for `read_order`.
        """
        if prompts is not None:
            return read_order(prompts, fields, library)
        journal = self.journal
        if journal is None:
            raise InvalidParamsError([("prompts", "must be given, or a file to resume from")])
        if fields or library is not None:
            raise ConfigurationError("What a file holds is gone on with as it is: give no fields.")
        return order_in(read_file(journal).header)

    @property
    def journal(self) -> Path | None:
        """The file in which steps are written down."""
        if self.resume is True:
            return Path(self.folder or "", JOURNAL)
        return Path(self.resume) if self.resume else None

    @property
    def place(self) -> Place:
        """Where the files are kept."""
        journal = self.journal
        if journal is None:
            return Place(None if self.folder is None else Path(self.folder))
        folder = journal.parent if self.folder is None else Path(self.folder)
        return Place(folder, JournalFile(journal))


class _Work:
    """What both colours hold. It knows nothing of its own items, so that leaving them ends it."""

    def __init__(self, order: Order, context: ImageContext, options: Options) -> None:
        self.width = options.concurrency or context.concurrency
        self.procedure = Procedure(
            order, context, options.place, again=options.again, alone=self.width == 1
        )
        self.on_progress = options.on_progress
        self.screen: Screen = find_screen(options.progress, sys.stderr, sys.modules)

    def count(self, item: BatchItem) -> BatchProgress:
        progress = self.procedure.count(item)
        self.screen.show(progress)
        return progress

    def end(self) -> None:
        self.procedure.close()
        self.screen.close()


class Batch:
    """A batch that is done as it is iterated; each `BatchItem` comes when its pictures are there.

    Leaving the loop ends it behind the call that is under way. `run` does all of it.
    """

    def __init__(
        self, driver: SyncDriver, context: ImageContext, order: Order, options: Options
    ) -> None:
        self._items = _SyncWork(driver, order, context, options).items()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> BatchItem:
        return next(self._items)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def run(self) -> list[BatchItem]:
        """Do all of it, and return the items in their order.

        Pictures that are in files are not held in memory; ``images`` reads them.

        Raises:
            NovelAIError: what would happen to every further call, too.
        """
        return _in_order(_without_pictures(item) for item in self)

    def close(self) -> None:
        """End it, and close its files."""
        self._items.close()


class _SyncWork(_Work):
    def __init__(self, driver: SyncDriver, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._driver = driver

    def items(self) -> Generator[BatchItem]:
        try:
            self._perform(self.procedure.begin())
            for item in self._each(self.procedure.order()):
                self._tell(self.count(item))
                yield item
        except NovelAIError as error:
            raise self.procedure.note_stop(error)  # noqa: B904 - the same error
        finally:
            self.end()

    def _tell(self, progress: BatchProgress) -> None:
        if self.on_progress is None:
            return
        try:
            self.on_progress(progress)
        except Exception:
            log.exception("on_progress failed; it is told no more")
            self.on_progress = None

    def _each(self, entries: Sequence[Entry]) -> Iterator[BatchItem]:
        if self.width == 1:
            for entry in entries:
                yield self._perform(self.procedure.do(entry))
        else:
            yield from self._side_by_side(iter(entries))

    def _side_by_side(self, entries: Iterator[Entry]) -> Iterator[BatchItem]:
        stop: NovelAIError | None = None
        under_way: set[Future[BatchItem]] = set()
        # However this is left, what is under way comes to its end, and into its file.
        with ThreadPoolExecutor(self.width) as pool:
            while True:
                while stop is None and len(under_way) < self.width:
                    entry = next(entries, None)
                    if entry is None:
                        break
                    under_way.add(pool.submit(self._perform, self.procedure.do(entry)))
                if not under_way:
                    break
                ended, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for future in ended:
                    try:
                        item = future.result()
                    except NovelAIError as error:
                        stop = stop or error
                    else:
                        yield item
        if stop is not None:
            raise stop

    def _perform(self, steps: Steps[T]) -> T:
        answer: Any = None
        failure: Exception | None = None
        try:
            while True:
                step = steps.send(answer) if failure is None else steps.throw(failure)
                answer, failure = None, None
                try:
                    answer = self._take(step)
                except Exception as error:  # noqa: BLE001 - it is for the steps to judge
                    failure = error
        except StopIteration as done:
            return done.value
        finally:
            steps.close()

    def _take(self, step: Step) -> Any:
        run = self._driver.run_generation if step.kind == "generate" else self._driver.run
        return run(step.flow)


class AsyncBatch:
    """A batch that is done as it is iterated; each `BatchItem` comes when its pictures are there.

    Leaving the loop ends it behind the calls that are under way. ``await`` does all of it, as `run`
    does.
    """

    def __init__(
        self, driver: AsyncDriver, context: ImageContext, order: Order, options: Options
    ) -> None:
        self._items = _AsyncWork(driver, order, context, options).items()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> BatchItem:
        return await anext(self._items)

    def __await__(self) -> Generator[Any, Any, list[BatchItem]]:
        return self.run().__await__()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def run(self) -> list[BatchItem]:
        """Do all of it, and return the items in their order.

        Pictures that are in files are not held in memory; ``images`` reads them.

        Raises:
            NovelAIError: what would happen to every further call, too.
        """
        return _in_order([_without_pictures(item) async for item in self])

    async def close(self) -> None:
        """End it, and close its files."""
        await self._items.aclose()


class _AsyncWork(_Work):
    def __init__(self, driver: AsyncDriver, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._driver = driver

    async def items(self) -> AsyncGenerator[BatchItem]:
        try:
            await self._perform(self.procedure.begin())
            async with aclosing(self._each(self.procedure.order())) as items:
                async for item in items:
                    await self._tell(self.count(item))
                    yield item
        except NovelAIError as error:
            raise self.procedure.note_stop(error)  # noqa: B904 - the same error
        finally:
            self.end()

    async def _tell(self, progress: BatchProgress) -> None:
        tell = self.on_progress
        if tell is None:
            return
        try:
            waited_for: Awaitable[None] | None = tell(progress)
            if isawaitable(waited_for):
                await waited_for
        except Exception:
            log.exception("on_progress failed; it is told no more")
            self.on_progress = None

    async def _each(self, entries: Sequence[Entry]) -> AsyncGenerator[BatchItem]:
        if self.width == 1:
            for entry in entries:
                yield await self._do(entry)
            return
        window = Window(self._do, self.width)
        async with aclosing(window.each(iter(entries))) as items:
            async for item in items:
                yield item

    async def _do(self, entry: Entry) -> BatchItem:
        return await self._perform(self.procedure.do(entry))

    async def _perform(self, steps: Steps[T]) -> T:
        answer: Any = None
        failure: Exception | None = None
        try:
            while True:
                step = steps.send(answer) if failure is None else steps.throw(failure)
                answer, failure = None, None
                try:
                    answer = await self._take(step)
                except Exception as error:  # noqa: BLE001 - it is for the steps to judge
                    failure = error
        except StopIteration as done:
            return done.value
        finally:
            steps.close()

    async def _take(self, step: Step) -> Any:
        if step.kind == "generate":
            return await self._driver.run_generation(step.flow)
        # A picture that is paid for comes into its file, whoever gives up meanwhile.
        with anyio.CancelScope(shield=step.kind == "keep"):
            return await self._driver.run(step.flow)


def _without_pictures(item: BatchItem) -> BatchItem:
    return replace(item, received=None) if item.paths else item


def _in_order(items: Any) -> list[BatchItem]:
    return sorted(items, key=lambda item: item.index)
