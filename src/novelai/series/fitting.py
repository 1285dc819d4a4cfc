"""Which cells are drawn: those that their model takes, each picture once; and what they cost."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from novelai._codecs.body import Blob
from novelai._operations.payload import Pictures, generation_body
from novelai.errors import InvalidParamsError
from novelai.series.planning import Cell
from novelai.types.base import Params, construct
from novelai.types.findings import is_refusal
from novelai.types.generation import GenerateImageParams
from novelai.types.subscription import Subscription

__all__ = ["Fit", "Skipped", "fit", "prices"]


@dataclass(frozen=True, slots=True)
class Skipped:
    """A cell that is not drawn.

    Attributes:
        cell: its place; its parameters are the ones that are refused.
        reason: a sentence.
    """

    cell: Cell[dict[str, Any]] = field(repr=False)
    reason: str


@dataclass(frozen=True, slots=True)
class Fit:
    """What of a series is drawn.

    Attributes:
        cells: all that have a picture, in their order.
        drawn: the first of each picture.
        skipped: what its model refuses; not charged.
        same: the numbers of cells that are one picture, where there are several; the first of them
            is drawn, and shown in each place.
    """

    cells: tuple[Cell[GenerateImageParams], ...] = field(repr=False)
    drawn: tuple[Cell[GenerateImageParams], ...] = field(repr=False)
    skipped: tuple[Skipped, ...]
    same: tuple[tuple[int, ...], ...]


def fit(cells: Iterable[Cell[dict[str, Any]]]) -> Fit:
    """Find out which cells of a plan are drawn. Costs nothing, sends nothing.

    What a cell's model refuses is skipped. A value that is wrong whatever the model is an error.

    Args:
        cells: those of a plan.

    Raises:
        InvalidParamsError: a value is wrong, or all cells are refused; as it is of the first one.
    """
    drawn: dict[str, list[Cell[GenerateImageParams]]] = {}
    fitting: list[Cell[GenerateImageParams]] = []
    skipped: list[Skipped] = []
    refused: InvalidParamsError | None = None
    for cell in cells:
        try:
            params = construct(GenerateImageParams, cell.params)
        except InvalidParamsError as error:
            if not is_refusal(error):
                raise
            refused = refused or error
            skipped.append(Skipped(cell, f"{error.message}."))
            continue
        one = _with_params(cell, params)
        fitting.append(one)
        drawn.setdefault(_request_key(params), []).append(one)
    if refused is not None and not fitting:
        raise refused
    groups = drawn.values()
    return Fit(
        tuple(fitting),
        tuple(group[0] for group in groups),
        tuple(skipped),
        tuple(tuple(cell.number for cell in group) for group in groups if len(group) > 1),
    )


def prices(
    cells: Sequence[Cell[GenerateImageParams]], account: Subscription | None = None
) -> list[int | None]:
    """Return what each of these cells costs, drawn in this order.

    The first that needs an encoding of a vibe pays for it, the others find it there. On Opus, what
    is free is taken to stay free: the V5 allowance may end before all are drawn.

    Args:
        cells: those that are drawn.
        account: who pays; by default somebody without Opus.

    Returns:
        Anlas; ``None`` where the model's price is unknown.
    """
    opus = account is not None and account.is_opus
    usage = account.usage if account is not None else None
    exhausted = usage is not None and usage.is_negative
    paid: set[tuple[object, ...]] = set()
    found: list[int | None] = []
    for cell in cells:
        params = cell.params
        keys = [*_encodings(params)]
        ready = len(params.effective_vibes) - len({key for key in keys if key not in paid})
        paid.update(keys)
        price = params.calculate_anlas(
            is_opus=opus, allowance_exhausted=exhausted, vibes_encoded=ready
        )
        found.append(price.total_anlas)
    return found


def _with_params(
    cell: Cell[dict[str, Any]], params: GenerateImageParams
) -> Cell[GenerateImageParams]:
    return replace(cast("Cell[GenerateImageParams]", cell), params=params)


def _encodings(params: GenerateImageParams) -> Iterator[tuple[object, ...]]:
    """Yield what each encoding belongs to that is still to be paid for."""
    for vibe in params.effective_vibes:
        if not vibe.is_encoded_for(params.model):
            yield _identity(vibe.image), params.model, vibe.info_extracted


def _request_key(params: GenerateImageParams) -> str:
    """Return what two cells have in common whose requests are the same."""
    references = params.character_references or ()
    stand_ins = Pictures(
        base=None if params.action == "generate" else b"",
        mask=None if params.inpaint is None else b"",
        vibes=(b"",) * len(params.effective_vibes),
        references=(b"",) * len(references),
    )
    body = params.adapt(generation_body(params, stand_ins, seed=0))
    handed_in = (params.i2i, params.inpaint, params.effective_vibes, references)
    return json.dumps(_written([body, handed_in]), sort_keys=True)


def _written(value: object) -> object:
    """Write down what pictures are made of; one that is not text is known by what holds it."""
    if isinstance(value, Params):
        return {name: _written(member) for name, member in vars(value).items()}
    if isinstance(value, (list, tuple)):
        return [_written(member) for member in cast("Sequence[object]", value)]
    if isinstance(value, Mapping):
        named = cast("Mapping[str, object]", value)
        return {name: _written(member) for name, member in named.items()}
    return _identity(value)


def _identity(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)  # 5 and 5.0 are one number
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, Blob):
        return value.part
    if isinstance(value, bytes):
        return f"{len(value)} bytes {hash(value)}"
    return f"{type(value).__name__} {id(value)}"
