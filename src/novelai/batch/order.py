"""What a batch is asked for: its calls, their files' names, and how it is written down."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from typing import Any, TypeAlias, cast

from novelai.errors import BatchError, InvalidParamsError, SeriesError
from novelai.series import Cell, Series, SeriesPlan, entries_of
from novelai.templates import Entry as LibraryEntry
from novelai.templates import Library
from novelai.types.base import construct, ensure_checked, fields_of
from novelai.types.generation import GenerateImageParams
from novelai.types.source import picture_file

__all__ = [
    "Entry",
    "Order",
    "Prompts",
    "digest_order",
    "document_of",
    "file_names",
    "order_in",
    "read_order",
    "series_in",
]

One: TypeAlias = str | GenerateImageParams | Cell[Any] | Mapping[str, Any]
Prompts: TypeAlias = One | Series | SeriesPlan | Iterable[One]
"""Prompts, parameters, their fields by name, or cells of a series, one or many; or a series."""

PICTURES = frozenset({"image", "mask", "encoding"})
"""Fields that hold files."""

MENTION = "(a picture)"
"""What is written for one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One call of a batch.

    Attributes:
        index: its place, from 0; of a series the number of its cell.
        params: what is asked for.
        cell: its place in a series.
        also: further cells of the series that are the same picture.
    """

    index: int
    params: GenerateImageParams = field(repr=False)
    cell: Cell[Any] | None = field(default=None, repr=False)
    also: tuple[Cell[Any], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Order:
    """All that a batch is asked for.

    Attributes:
        entries: its calls.
        planned: the series that they are of.
    """

    entries: list[Entry] = field(repr=False)
    planned: SeriesPlan | None = None

    def described(self) -> dict[str, Any]:
        """Return the series as a journal's first line holds it; nothing of what is none.

        Pictures are only mentioned, and so the order cannot be read back.
        """
        if self.planned is None:
            return {}
        series = self.planned.series
        pictures: list[object] = []

        def mention(picture: object, _: str) -> str:
            pictures.append(picture)
            return MENTION

        base = _replace_pictures(series.base, mention)
        lines = [_replace_pictures(line, mention) for line in series.prompts]
        try:
            document = replace(series, base=base, prompts=lines).to_document()
        except SeriesError:  # something that JSON has no form for
            return {}
        library = [asdict(entry) for entry in entries_of(series, self.planned.library)]
        described = {"series": document, "library": library}
        return described | {"pictures": True} if pictures else described


def read_order(
    prompts: Prompts, fields: Mapping[str, Any], library: Library | None = None
) -> Order:
    """Return the calls of a batch.

    Args:
        prompts: what is asked for.
        fields: what holds for all. Parameters are changed by them; a cell's own go before them.
        library: lists and snippets, for a series.

    Raises:
        InvalidParamsError: a value is wrong, or there is nothing to do; names every call that is
            wrong, by its place.
        SeriesError: the series cannot be planned.
        TemplateError: a text of the series cannot be expanded.
    """
    if isinstance(prompts, (Series, SeriesPlan)):
        return _order_of(_planned(prompts, fields, library))
    entries: list[Entry] = []
    problems: list[tuple[str, str]] = []
    for index, one in enumerate(_listed(prompts)):
        try:
            cell = one if isinstance(one, Cell) else None
            entries.append(Entry(index, _params_of(one, fields), cell))
        except InvalidParamsError as error:
            problems += [(f"{index}.{name}", text) for name, text in error.problems]
    if problems:
        raise InvalidParamsError(problems)
    if not entries:
        raise InvalidParamsError([("prompts", "must be at least one")])
    return Order(entries)


def _planned(
    prompts: Series | SeriesPlan, fields: Mapping[str, Any], library: Library | None
) -> SeriesPlan:
    if isinstance(prompts, Series):
        planned = SeriesPlan.of(prompts, library, fields)
    elif fields or library is not None:
        planned = SeriesPlan.of(prompts.series, library or prompts.library, fields)
    else:
        planned = prompts
    if planned.series.anlas is not None:
        raise SeriesError(
            "A limit in Anlas depends on who pays: give client.image.series(…).within(…).",
            kind="limit",
            field="limit.anlas",
        )
    return planned


def _order_of(planned: SeriesPlan) -> Order:
    cells = {cell.number: cell for cell in planned.cells}
    also = {first: others for first, *others in planned.same}
    entries = [
        Entry(
            cell.number,
            cell.params,
            cell,
            tuple(cells[other] for other in also.get(cell.number, ())),
        )
        for cell in planned.fit.drawn
    ]
    return Order(entries, planned)


def order_in(header: Mapping[str, Any] | None) -> Order:
    """Return the order that a journal's first line holds.

    Args:
        header: the line, if there is one.

    Raises:
        BatchError: it holds none that can be read back.
        SeriesError: it cannot be planned any more.
    """
    series = None if header is None or header.get("pictures") else series_in(header)
    if header is None or series is None:
        raise BatchError(
            "The file to resume from does not hold its order: it is of no series, or pictures were "
            "handed in, which it does not keep. Nothing was sent. Give the same order again with "
            "it, and it goes on.",
            kind="no_order",
        )
    library = Library(LibraryEntry(**entry) for entry in header["library"])
    return _order_of(SeriesPlan.of(series, library))


def series_in(header: Mapping[str, Any]) -> Series | None:
    """Return the series that a journal's first line describes, if it is of one."""
    document = header.get("series")
    return None if document is None else Series.from_document(document)


def _listed(prompts: One | Iterable[One]) -> Iterable[One]:
    if isinstance(prompts, (str, GenerateImageParams, Cell, Mapping)):
        return [cast("One", prompts)]
    return prompts


def _params_of(one: One, fields: Mapping[str, Any]) -> GenerateImageParams:
    if isinstance(one, GenerateImageParams):
        return one.replace(**cast("Any", fields)) if fields else ensure_checked(one)
    if isinstance(one, str):
        return construct(GenerateImageParams, {**fields, "prompt": one})
    if isinstance(one, Cell):
        own = one.params
        if isinstance(own, GenerateImageParams):
            return construct(GenerateImageParams, {**fields, **fields_of(own)}) if fields else own
        return construct(GenerateImageParams, {**fields, **own})
    if isinstance(one, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - says so to others
        return construct(GenerateImageParams, {**fields, **one})
    raise InvalidParamsError(
        [("prompt", f"must be a prompt, parameters or their fields, not {type(one).__name__}")]
    )


def file_names(entry: Entry, total: int) -> list[str]:
    """Name the files of a call's pictures, from its place alone.

    Args:
        entry: the call.
        total: how many there are.
    """
    params = entry.params
    stem = f"{entry.index + 1:0{max(len(str(total)), 4)}d}"
    if params.n_samples == 1:
        return [f"{stem}.{params.image_format}"]
    return [f"{stem}-{place + 1}.{params.image_format}" for place in range(params.n_samples)]


def digest_order(entries: Iterable[Entry]) -> str:
    """Return what only this order has. Reads its pictures, each once.

    Raises:
        InvalidParamsError: a picture cannot be read.
    """
    known: dict[int, str] = {}

    def digest_picture(picture: Any, place: str) -> str:
        if id(picture) not in known:
            known[id(picture)] = sha256(picture_file(picture, place)).hexdigest()
        return known[id(picture)]

    whole = sha256()
    for entry in entries:
        whole.update(json.dumps(document_of(entry.params, digest_picture)).encode())
    return whole.hexdigest()


def document_of(
    params: GenerateImageParams, digest_picture: Callable[[Any, str], str] | None = None
) -> dict[str, Any]:
    """Return parameters as JSON in which pictures and encodings are named by their digests.

    Fields that have their default are left out, so that new ones change nothing.

    Args:
        params: the parameters.
        digest_picture: gives the digest of a picture in a place; by default pictures are only
            mentioned.
    """

    def write(picture: object, place: str) -> Any:
        return {"sha256": digest_picture(picture, place)} if digest_picture else MENTION

    return cast(
        "dict[str, Any]", _replace_pictures(params.model_dump(exclude_defaults=True), write)
    )


def _replace_pictures(value: Any, other: Callable[[Any, str], Any], place: str = "") -> Any:
    """Return a document with something else in the place of its files."""
    if place.rpartition(".")[2] in PICTURES and value is not None:
        return other(value, place)
    if isinstance(value, Mapping):
        named = cast("Mapping[str, Any]", value)
        return {
            name: _replace_pictures(named[name], other, f"{place}.{name}" if place else name)
            for name in sorted(named)
        }
    if isinstance(value, (list, tuple)):
        listed = enumerate(cast("list[Any]", value))
        return [_replace_pictures(one, other, f"{place}.{number}") for number, one in listed]
    return value
