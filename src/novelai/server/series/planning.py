"""From an order to its jobs: which cells are drawn, what for, and what each costs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, TypeAlias

import anyio
import anyio.lowlevel
import anyio.to_thread

from novelai.cost import ENCODE_VIBE_ANLAS
from novelai.errors import InvalidParamsError, SeriesError
from novelai.series import Cell, Series, axis_labels, cells_within, plan
from novelai.server.jobs.request_params import ParamsService, check_params
from novelai.server.jobs.rolls import roll_document
from novelai.server.library.service import LibraryService
from novelai.server.model.account import Account
from novelai.server.model.budget import Price
from novelai.server.model.job import body_hash
from novelai.server.model.key import Key
from novelai.server.model.params import EncodeVibeParams, JobParams, pack, pack_value
from novelai.server.model.series import Layout
from novelai.server.series.schemas import SeriesIn
from novelai.server.series.together import Together, make_digest, price_together
from novelai.server.storage.engine import Database
from novelai.templates import Library
from novelai.types.generation import GenerateImageParams

__all__ = ["Drawing", "Encoding", "Planner", "SeriesPlan"]

SeriesCell: TypeAlias = Cell[dict[str, Any]]

MOST_PICTURES = 1_000
LARGEST = 2**20
ENCODED = Price(anlas=ENCODE_VIBE_ANLAS)
BREATH = 50
"""Cells that are packed before others have their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A cell that is drawn.

    Attributes:
        packed: its parameters, as they are kept.
        price: what it costs at most, its vibes encoded.
        roll: what was picked.
        needs: which of the plan's encodings it needs.
    """

    cell: int
    params: GenerateImageParams = field(repr=False)
    packed: Mapping[str, Any] = field(repr=False)
    price: Price
    roll: Mapping[str, Any] = field(repr=False)
    needs: Sequence[int] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """A vibe that is encoded before the cells that need it."""

    params: EncodeVibeParams = field(repr=False)
    packed: Mapping[str, Any] = field(repr=False)
    price: Price


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesPlan:
    """All that an order becomes.

    Attributes:
        document: as it is kept: the order, its roll seed, and the entries of the library.
        cells: all of them, also those that are not drawn.
        drawings: one for each job.
        encodings: vibes that are encoded first.
        handed_in: bytes of its pictures by their sha256.
        accounts: to run it on.
    """

    roll_seed: int
    document: Mapping[str, Any] = field(repr=False)
    layout: Layout
    cells: Sequence[SeriesCell] = field(repr=False)
    drawings: Sequence[Drawing] = field(repr=False)
    encodings: Sequence[Encoding] = field(repr=False)
    handed_in: Mapping[str, bytes] = field(repr=False)
    accounts: Sequence[Account]

    @property
    def price(self) -> Price:
        """What all of it costs at most."""
        prices = [one.price for one in (*self.encodings, *self.drawings)]
        known = [price.anlas for price in prices]
        return Price(
            anlas=None if None in known else sum(one or 0 for one in known),
            allowance=sum(price.allowance for price in prices),
        )

    @property
    def pictures(self) -> int:
        """How many pictures are drawn."""
        return sum(one.params.n_samples for one in self.drawings)


class Planner:
    """Plans series for keys.

    Args:
        database: where accounts and vibes are.
        params: reads pictures and vibes that are named.
        library: what templates call.
    """

    def __init__(self, database: Database, params: ParamsService, library: LibraryService) -> None:
        self._database = database
        self._params = params
        self._library = library

    async def plan(self, key: Key, order: SeriesIn, roll_seed: int) -> SeriesPlan:
        """Plan a series. Nothing is sent or kept.

        Raises:
            SeriesError: an axis cannot vary so, or there is too much of something.
            TemplateError: a text cannot be expanded.
            InvalidParamsError: no cell can be drawn; this is what is wrong with the first.
            ProblemError: 422; a picture cannot be read.
        """
        base = await self._params.with_bytes(key, order.base)
        library = await self._library.library_of(key)
        series = order.series(base, roll_seed)
        read = await anyio.to_thread.run_sync(_read_cells, key, series, library)
        packing = _Packing()
        drawings, same = await _distinct(read, packing)
        priced, together = await self._price(key, drawings)
        cells = read.cells
        if order.limit.anlas is not None:
            cells = _within(order.limit.anlas, cells, priced, together)
            kept = [one for one in priced if one.cell < len(cells)]
            priced, together = await self._price(key, kept)
        document = {
            "order": {
                **order.document(),
                "base": await packing.pack(base),
                "roll_seed": roll_seed,
            },
            "library": await anyio.to_thread.run_sync(_find_entries, order, read.cells, library),
        }
        if len(json.dumps(document["order"])) > LARGEST:
            raise SeriesError("A series is at most 1 MiB without its pictures.", kind="axis")
        layout = Layout(
            cells=len(cells),
            rounds=order.repeat,
            titles=[axis.title for axis in order.axes],
            labels=read.labels,
            skipped={cell: why for cell, why in read.skipped.items() if cell < len(cells)},
            same={cell: other for cell, other in same.items() if cell < len(cells)},
        )
        found = SeriesPlan(
            roll_seed=roll_seed,
            document=document,
            layout=layout,
            cells=cells,
            drawings=priced,
            encodings=[
                Encoding(params=one, packed=await packing.pack_params(one), price=ENCODED)
                for one in together.encodings
            ],
            handed_in=packing.handed_in,
            accounts=together.accounts,
        )
        if found.pictures > MOST_PICTURES:
            raise SeriesError(
                f"A series has at most {MOST_PICTURES:,} pictures; this one has "
                f"{found.pictures:,}.",
                kind="too_many_pictures",
            )
        return found

    async def _price(self, key: Key, drawings: Sequence[Drawing]) -> tuple[list[Drawing], Together]:
        orders = [one.params for one in drawings]
        together = await price_together(self._database, key.owner_id, orders)
        found = zip(drawings, together.prices, together.needs, strict=True)
        return [replace(one, price=price, needs=needs) for one, price, needs in found], together


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Cells as they were planned, and those of their parameters that can be drawn."""

    cells: Sequence[SeriesCell]
    labels: Sequence[Sequence[str]]
    params: Mapping[int, GenerateImageParams]
    skipped: Mapping[int, str]


class _Packing:
    """Packs parameters whose pictures are stored later, if at all.

    Attributes:
        handed_in: the bytes of these pictures by their sha256.
    """

    def __init__(self) -> None:
        self.handed_in: dict[str, bytes] = {}
        self._name = make_digest()

    async def pack_params(self, params: JobParams) -> dict[str, Any]:
        return await pack(params, self._keep)

    async def pack(self, value: Any) -> Any:
        return await pack_value(value, self._keep)

    async def _keep(self, data: bytes) -> str:
        name = await anyio.to_thread.run_sync(self._name, data)
        self.handed_in[name] = data
        return name


def _read_cells(key: Key, series: Series, library: Library) -> _Read:
    cells = plan(series, library)
    params: dict[int, GenerateImageParams] = {}
    refused: dict[int, InvalidParamsError] = {}
    for cell in cells:
        try:
            one = check_params(key, "generate", cell.params)
        except InvalidParamsError as error:
            refused[cell.number] = error
        else:
            assert isinstance(one, GenerateImageParams)
            params[cell.number] = one
    if not params:
        raise refused[0]
    skipped = {
        cell: "; ".join(f"{field}: {message}" if field else message for field, message in problems)
        for cell, problems in ((cell, error.problems) for cell, error in refused.items())
    }
    return _Read(cells=cells, labels=axis_labels(series, library), params=params, skipped=skipped)


async def _distinct(read: _Read, packing: _Packing) -> tuple[list[Drawing], dict[int, int]]:
    """Pack what is drawn; a cell whose request is that of an earlier one shows its picture."""
    found: list[Drawing] = []
    first: dict[str, int] = {}
    same: dict[int, int] = {}
    for cell in read.cells:
        one = read.params.get(cell.number)
        if one is None:
            continue
        packed = await packing.pack_params(one)
        earlier = first.setdefault(body_hash("generate", packed | _as_sent(one)), cell.number)
        if earlier != cell.number:
            same[cell.number] = earlier
            continue
        roll = roll_document(cell.texts, cell.roll) | {"axes": [*cell.labels]}
        found.append(
            Drawing(cell=cell.number, params=one, packed=packed, price=Price(anlas=0), roll=roll)
        )
        if len(found) % BREATH == 0:
            await anyio.lowlevel.checkpoint()
    return found, same


def _as_sent(params: GenerateImageParams) -> dict[str, Any]:
    """Return values that may be written in several ways."""
    scale = params.request_spec.scale if params.scale is None else params.scale
    return {"size": [*params.dimensions], "scale": scale}


def _within(
    anlas: int, cells: Sequence[SeriesCell], drawings: Sequence[Drawing], together: Together
) -> list[SeriesCell]:
    prices = {one.cell: one.price.anlas or 0 for one in drawings}
    left = anlas - ENCODE_VIBE_ANLAS * len(together.encodings)
    return cells_within(cells, [prices.get(one.number, 0) for one in cells], left)


def _find_entries(
    order: SeriesIn, cells: Sequence[SeriesCell], library: Library
) -> list[dict[str, Any]]:
    texts = {text for cell in cells for text in cell.texts.values()}
    lists = [axis.list for axis in order.axes if axis.list is not None]
    return [asdict(entry) for entry in library.find_used(texts, lists)]
