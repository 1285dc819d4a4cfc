"""A series on the command line: plan it, price it, draw it, go on with it."""

import shlex
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from novelai.batch.files import read_file
from novelai.batch.items import BatchItem
from novelai.batch.journal import Reading, check_reading, header_of, trace_calls
from novelai.batch.order import Order as Calls
from novelai.batch.order import digest_order, order_in, read_order, series_in
from novelai.budget import Budget
from novelai.cli.exits import ExitCode, exit_code
from novelai.cli.failures import Watch, describe, failures
from novelai.cli.order import Order
from novelai.cli.output import Output
from novelai.cli.plan_report import plan_record, plan_sentences, price_sentence
from novelai.cli.quote import refuse_what_cannot_be_paid, total
from novelai.cli.series_options import SeriesOptions
from novelai.cli.session import connect
from novelai.cli.sweep import read_axes, read_lines
from novelai.cli.talk import Talk
from novelai.cli.wildcards import draw_roll_seed, read_library
from novelai.cost import share_of
from novelai.errors import InvalidParamsError, NovelAIError, PromptCutWarning
from novelai.series import Cell, Line, Series, SeriesPlan, prices
from novelai.types.base import fields_of
from novelai.types.generation import GenerateImageParams
from novelai.types.rules import cut_texts
from novelai.types.subscription import Subscription

if TYPE_CHECKING:
    from novelai.client import NovelAI

__all__ = ["work_on_series"]

JOURNAL = "series.jsonl"
AGAIN = ('again="all"', "--again-uncertain")
"""What the sentences of a batch call an option, and what it is called here."""


def work_on_series(
    order: Order | None,
    options: SeriesOptions,
    talk: Talk,
    place: Output,
    *,
    max_wait: float,
    pause: float,
    ask_account: bool,
) -> None:
    """Carry out a series.

    Args:
        order: what stays the same; without it, all is in the file to resume from.
        options: what varies.
        talk: where to report.
        place: where to save.
        max_wait: seconds to wait while the account is busy.
        pause: seconds between two calls.
        ask_account: price a plan for this account.
    """
    with failures(talk) as watch:
        reading = _read_journal(options, is_needed=order is None)
        calls, planned = _plan(order, options, reading, talk)
        if options.plan and not ask_account:
            _show(planned, options, None, talk)
            return
        with connect(talk, max_wait=max_wait) as client:
            account = client.user.get_subscription()
            if options.plan:
                _show(planned, options, account, talk)
                return
            if reading is None and options.max_anlas is not None:
                planned = planned.within(options.max_anlas, account)
                calls = read_order(planned, {})
            journal = _journal(options, place)
            accepted = _agree(_left(planned, reading, account), options, account, talk)
        place.prepare()
        draw = _Draw(calls, journal, reading, talk, watch)
        # What was free may end to be so on the way: no call goes beyond what was accepted.
        budget = None if accepted is None else Budget(accepted)
        with connect(talk, max_wait=max_wait, budget=budget) as client:
            draw.run(client, place, pause=pause, again=options.again_uncertain)


def _read_journal(options: SeriesOptions, *, is_needed: bool) -> Reading | None:
    if options.resume is None or not (is_needed or options.resume.exists()):
        return None
    reading = read_file(options.resume)
    return reading if is_needed or reading.header is not None else None


def _plan(
    order: Order | None, options: SeriesOptions, reading: Reading | None, talk: Talk
) -> tuple[Calls, SeriesPlan]:
    """Return the calls of a series, and its plan."""
    if order is None:
        calls = order_in(reading.header if reading else None)
    else:
        calls = read_order(_order_series(order, options, reading, talk), {})
        header = header_of(digest_order(calls.entries), len(calls.entries))  # reads all pictures
        if reading is not None:
            check_reading(reading, header)
    planned = calls.planned
    assert planned is not None
    cuts = [cut for entry in calls.entries for cut in cut_texts(entry.params)]
    for cut in dict.fromkeys(cuts):
        talk.note(f"note: {cut}")
    return calls, planned


def _order_series(
    order: Order, options: SeriesOptions, reading: Reading | None, talk: Talk
) -> SeriesPlan:
    with talk.note_warnings():
        library = read_library(order.wildcards)
        before = series_in(reading.header) if reading and reading.header else None
        roll_seed = order.roll_seed
        if roll_seed is None:
            roll_seed = before.roll_seed if before else _draw_roll_seed(options, talk)
        lines: list[Line] = [*order.prompts]
        if options.prompts is not None:
            lines += read_lines(options.prompts)
        base = fields_of(order.parameters())
        if len(lines) == 1 and isinstance(lines[0], str):
            base["prompt"] = lines.pop()
        series = Series(
            base=base,
            roll_seed=roll_seed,
            prompts=lines,
            axes=read_axes(options.sweeps),
            modes=options.modes(),
            repeat=options.repeat or 1,
            pictures=before.pictures if before else None,
        )
        try:
            return SeriesPlan.of(series, library)
        except InvalidParamsError as error:
            raise _name_option(error, series) from None


def _draw_roll_seed(options: SeriesOptions, talk: Talk) -> int:
    roll_seed = draw_roll_seed()
    if not options.plan:  # a plan tells it by itself
        talk.note(f"roll seed: {roll_seed}; --roll-seed {roll_seed} gives the same series again.")
    return roll_seed


def _name_option(error: InvalidParamsError, series: Series) -> Exception:
    """Return the error of a value, by the name of the option that gave it."""
    swept = {name for axis in series.axes for name in _fields_of(axis.what)}
    named = [f"{name} {text}" for name, text in error.problems if name in swept]
    if not named:
        return error
    return typer.BadParameter("; ".join(named), param_hint="--sweep")


def _fields_of(what: str | tuple[str, ...]) -> tuple[str, ...]:
    return (what,) if isinstance(what, str) else what


def _show(
    planned: SeriesPlan, options: SeriesOptions, account: Subscription | None, talk: Talk
) -> None:
    if options.max_anlas is not None:
        planned = planned.within(options.max_anlas, account)
    talk.record(plan_record(planned, account))
    for sentence in plan_sentences(planned, account):
        talk.result(sentence)
    if account is None:
        talk.note("Without Opus; --account asks for your tier and balance.")


def _journal(options: SeriesOptions, place: Output) -> Path:
    if options.resume is not None:
        return options.resume
    journal = place.folder / JOURNAL
    if journal.exists():
        raise typer.BadParameter(
            f"{journal} is of an earlier series: --resume {shlex.quote(str(journal))} goes on "
            "with it, another folder begins anew",
            param_hint="--output",
        )
    return journal


def _left(planned: SeriesPlan, reading: Reading | None, account: Subscription) -> list[int | None]:
    """Return the prices of what is not drawn yet."""
    traces = trace_calls(reading.records if reading else ())
    done = {number for number, trace in traces.items() if trace.state == "done"}
    drawn = [cell for cell in planned.fit.drawn if cell.number not in done]
    return prices(drawn, account)


def _agree(
    left: Sequence[int | None], options: SeriesOptions, account: Subscription, talk: Talk
) -> int | None:
    """Have a price accepted before anything is spent.

    Returns:
        Anlas; ``None`` when the price is unknown and accepted all the same.

    Raises:
        InsufficientAnlasError: the account cannot pay it.
        typer.BadParameter: nobody is there to accept it, or it is over the limit.
        typer.Exit: it is not accepted.
    """
    price = total(left)
    refuse_what_cannot_be_paid(price, account)
    sentence = price_sentence(price, len(left))
    if options.max_anlas is not None:
        if price is None or price > options.max_anlas:
            raise typer.BadParameter(f"is too little: {sentence}", param_hint="--max-anlas")
        return options.max_anlas
    if price == 0:
        return price
    if talk.as_json or not (sys.stdin.isatty() and talk.stderr.is_terminal):
        amount = "N" if price is None else price
        raise typer.BadParameter(
            f"{sentence}: --max-anlas {amount} accepts that, --plan shows it. Nothing was sent",
            param_hint="--max-anlas",
        )
    if not typer.confirm(f"{sentence}. Draw them?", err=True):
        talk.note("Nothing was sent.")
        raise typer.Exit(ExitCode.OTHER)
    return price


class _Draw:
    """The drawing of a series, and what is said of it.

    Args:
        calls: what is drawn.
        journal: the file in which steps are written down.
        reading: what it says of earlier runs.
        talk: where to report.
        watch: what is under way.
    """

    def __init__(
        self, calls: Calls, journal: Path, reading: Reading | None, talk: Talk, watch: Watch
    ) -> None:
        self._calls = calls
        self._journal = journal
        self._talk = talk
        self._watch = watch
        self._cut = _cut_off(reading)
        self._failed: NovelAIError | None = None

    def run(self, client: "NovelAI", place: Output, *, pause: float, again: bool) -> None:
        """Draw what is not drawn yet.

        Raises:
            NovelAIError: what ends it.
            typer.Exit: a cell has no picture.
        """
        planned = self._calls.planned
        assert planned is not None
        for number in self._cut:
            self._talk.note(f"{self._name(number)} was cut off the last time, after it was sent.")
        warnings.simplefilter("ignore", PromptCutWarning)  # the notes have said it already
        batch = client.image.batch(
            planned,
            folder=self._journal.parent if place.is_default else place.folder,
            resume=self._journal,
            again="all" if again else "free",
            progress=self._talk.lively,
        )
        try:
            with batch:
                while True:
                    with self._watch.paying():
                        item = next(batch, None)
                    if item is None:
                        break
                    self._report(item, planned.series)
                    if item.status in ("done", "failed") and not self._is_last(item):
                        time.sleep(pause)
        except (KeyboardInterrupt, NovelAIError):
            self._watch.advice = self._advice()
            raise
        if self._failed is not None:
            raise typer.Exit(exit_code(self._failed))

    def _is_last(self, item: BatchItem) -> bool:
        return item.index == self._calls.entries[-1].index

    def _advice(self) -> list[str]:
        cut = [f"{self._name(number)} was under way." for number in _cut_off(self._read())]
        return [*cut, f"`novelai generate --resume {shlex.quote(str(self._journal))}` goes on."]

    def _read(self) -> Reading | None:
        return read_file(self._journal) if self._journal.exists() else None

    def _report(self, item: BatchItem, series: Series) -> None:
        if item.error is not None:
            self._failed = self._failed or item.error
            sentence = describe(item.error).replace(*AGAIN)
            facts = {"charged": item.error.charged, "cell": item.index}
            self._talk.complain(
                f"{self._name(item.index)}: {sentence}", code=item.error.code, **facts
            )
            return
        if item.status == "done":
            self._watch.saved += len(item.paths)
        for sample, path in enumerate(item.paths):
            self._talk.result(str(path))
            self._talk.record(_record(item, sample, path, series))

    def _name(self, number: int) -> str:
        cells = (entry.cell for entry in self._calls.entries if entry.index == number)
        cell: Cell[Any] | None = next(cells, None)
        labels = " · ".join(cell.labels) if cell is not None else ""
        return f"Cell {number + 1} ({labels})" if labels else f"Cell {number + 1}"


def _cut_off(reading: Reading | None) -> list[int]:
    """Return the cells that were sent, and of which nothing more is known."""
    traces = trace_calls(reading.records if reading else ())
    return [number for number, trace in traces.items() if trace.state == "sending"]


def _record(item: BatchItem, sample: int, path: Path, series: Series) -> Mapping[str, Any]:
    params: GenerateImageParams = item.params
    width, height = params.dimensions
    seed = params.seed
    return {
        "file": str(path),
        "seed": None if seed is None else seed + sample,
        "size": f"{width}x{height}",
        "model": params.model,
        "anlas": None if item.cost is None else share_of(item.cost, sample, params.n_samples),
        "cell": item.index,
        "labels": [*item.cell.labels] if item.cell else [],
        "also": [cell.number for cell in item.also],
        "status": item.status,
        "prompt": params.prompt,
        "roll_seed": series.roll_seed,
    }
