"""Which pictures a series has: lines first, then rounds, then the axes Z, Y and X."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, product
from typing import Any, Generic, TypeVar, cast

from novelai.errors import SeriesError
from novelai.prompt import SECTION, split_mix
from novelai.series.order import TAGS, Axis, Line, Series
from novelai.templates import (
    Choice,
    Entry,
    Library,
    Options,
    Roll,
    draw,
    expand,
    parse,
    read_texts,
    write_texts,
)
from novelai.types.base import SEEDS

__all__ = ["Cell", "axis_labels", "cells_within", "entries_of", "plan"]

P = TypeVar("P")

MOST_AXES = 3
MOST_VALUES = 100
MOST_OPTIONS = 500
MOST_LINES = 500
MOST_PICTURES = 1_000
NOTHING = "—"

FIELDS = re.compile(
    r"(model|size|steps|scale|sampler|noise_schedule|seed|cfg_rescale|quality|uc_preset"
    r"|variety_boost|prompt|negative_prompt|i2i\.(strength|noise)|inpaint\.strength"
    r"|characters\.[0-9]{1,3}\.(prompt|negative_prompt|enabled|position)"
    r"|vibes\.[0-9]{1,3}\.(strength|info_extracted)"
    r"|character_references\.[0-9]{1,3}\.(strength|fidelity))"
)


@dataclass(frozen=True, slots=True)
class Cell(Generic[P]):
    """One picture of a series.

    Attributes:
        number: its place in the order, from 0.
        line: the number of its prompt.
        round: the repetition.
        place: the number of its value on each axis, X first.
        labels: what these are called.
        params: its parameters, without any template: of `plan` as a mapping, of `fit` as
            `GenerateImageParams`.
        roll: its picks.
        texts: its texts as the templates that they were.
    """

    number: int
    line: int
    round: int
    place: tuple[int, ...]
    labels: tuple[str, ...] = field(repr=False)
    params: P = field(repr=False)
    roll: Roll
    texts: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of an axis: its label, and what it does."""

    label: str
    fields: Mapping[str, Any] = field(default_factory=dict[str, Any])
    forced: Mapping[str, int] = field(default_factory=dict[str, int])
    tags: str = ""


def plan(series: Series, library: Library | None = None) -> list[Cell[dict[str, Any]]]:
    """List the pictures of a series. Costs nothing, sends nothing.

    Args:
        series: what is ordered.
        library: lists and snippets for its templates.

    Raises:
        SeriesError: an axis cannot vary so, or there are too many axes, lines or pictures.
        TemplateError: a text cannot be expanded.
        InvalidParamsError: the roll seed is out of its range.
    """
    library = library or Library()
    if len(series.axes) > MOST_AXES:
        raise SeriesError(f"A series varies at most {MOST_AXES} things.", kind="too_many_axes")
    axes = [_values_of(axis, library) for axis in series.axes]
    _check_count(series, axes)
    return [*islice(_all_cells(series, axes, library), series.pictures)]


def axis_labels(series: Series, library: Library | None = None) -> list[list[str]]:
    """Return what the values of each axis are called, X first.

    Args:
        series: what is ordered.
        library: lists and snippets for its templates.

    Raises:
        SeriesError: an axis cannot vary so.
        TemplateError: a text cannot be expanded.
    """
    known = library or Library()
    return [[value.label for value in _values_of(axis, known)] for axis in series.axes]


def cells_within(cells: Sequence[Cell[P]], prices: Sequence[int], anlas: int) -> list[Cell[P]]:
    """Return the cells, from the first on, that a sum of Anlas pays for.

    Args:
        cells: those of a plan.
        prices: of each, in Anlas.
        anlas: what may be spent.
    """
    kept: list[Cell[P]] = []
    for cell, price in zip(cells, prices, strict=True):
        anlas -= price
        if anlas < 0:
            break
        kept.append(cell)
    return kept


def entries_of(series: Series, library: Library) -> list[Entry]:
    """Return what a series needs of a library: what its texts name, and what that names.

    Args:
        series: a series that can be planned.
        library: where names are looked up.
    """
    texts = [*read_texts(series.base).values()]
    for line in series.prompts:
        texts += read_texts({"prompt": line} if isinstance(line, str) else line).values()
    names: list[str] = []
    for axis in series.axes:
        if axis.kind == "list":
            known = library.find(cast("str", axis.what)) is not None
            (names if known else texts).append(cast("str", axis.what))
        else:
            texts += _texts_in(axis.values or ())
    return library.find_used(texts, names)


def _texts_in(values: Sequence[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | tuple):
            yield from _texts_in(cast("Sequence[Any]", value))


def _all_cells(
    series: Series, axes: Sequence[Sequence[_Value]], library: Library
) -> Iterator[Cell[dict[str, Any]]]:
    lines = [_line_of(series.base, line) for line in series.prompts] or [series.base]
    places = [place[::-1] for place in product(*(range(len(axis)) for axis in reversed(axes)))]
    order = product(enumerate(lines), range(series.repeat), enumerate(places))
    for number, ((line, base), cycle, (inside, place)) in enumerate(order):
        values = [axis[at] for axis, at in zip(axes, place, strict=True)]
        turn = line * series.repeat + cycle
        fields = _with_values(base, values)
        roll, params = _expand(fields, values, series, turn, library)
        if params.get("seed") is None:
            params["seed"] = _seed(series, turn, inside)
        labels = tuple(value.label for value in values)
        texts = _templates(fields, values)
        yield Cell(number, line, cycle, place, labels, params, roll, texts)


def _line_of(base: Mapping[str, Any], line: Line) -> dict[str, Any]:
    return {**base, **({"prompt": line} if isinstance(line, str) else line)}


def _expand(
    fields: Mapping[str, Any], values: Sequence[_Value], series: Series, turn: int, library: Library
) -> tuple[Roll, dict[str, Any]]:
    tags = {f"{TAGS}.{number}": value.tags for number, value in enumerate(values) if value.tags}
    roll = expand(
        {**read_texts(fields), **tags},
        library,
        roll_seed=series.roll_seed,
        round=turn,
        modes=series.modes,
        forced={name: number for value in values for name, number in value.forced.items()},
    )
    params = write_texts(fields, roll.texts)
    for name in tags:
        params["prompt"] = _with_tags(params.get("prompt") or "", roll.texts[name])
    return roll, params


def _templates(fields: Mapping[str, Any], values: Sequence[_Value]) -> dict[str, str]:
    texts = read_texts(fields)
    for value in values:
        if value.tags:
            texts["prompt"] = _with_tags(texts.get("prompt", ""), value.tags)
    return texts


def _seed(series: Series, turn: int, inside: int) -> int:
    shared = series.seeds == "shared" if series.seeds else bool(series.axes)
    key = f"{series.roll_seed}/seed/{turn}"
    return draw(key if shared else f"{key}/{inside}", SEEDS)


def _with_tags(prompt: str, tags: str) -> str:
    """Add tags to the first part of a prompt, before text that is to be written in the picture."""
    first, *others = split_mix(prompt)
    section = SECTION.search(first)
    end = section.start() if section else len(first)
    before = first[:end].rstrip(" ,")
    behind = first[end:] if section else first[len(first.rstrip(" ")) :]
    if section and not behind.startswith(","):
        behind = f",{behind}" if behind[0].isspace() else f", {behind}"
    together = f"{before}, {tags}" if before else tags
    return "|".join([f"{together}{behind}", *others])


def _with_values(base: Mapping[str, Any], values: Sequence[_Value]) -> dict[str, Any]:
    fields = dict(base)
    for value in values:
        for name, content in value.fields.items():
            fields = _put(fields, name.split("."), content, name)
    return fields


def _put(container: Any, path: Sequence[str], value: Any, name: str) -> Any:
    """Return a copy of a document with another value at a place that is there."""
    step, *rest = path
    if isinstance(container, Mapping):
        known = cast("Mapping[str, Any]", container)
        if not rest:
            return {**known, step: value}
        if step in known:
            return {**known, step: _put(known[step], rest, value, name)}
    elif isinstance(container, list | tuple) and rest:
        items = [*cast("Sequence[Any]", container)]
        if int(step) < len(items):
            items[int(step)] = _put(items[int(step)], rest, value, name)
            return items
    raise SeriesError(f'"{name}" cannot vary: the order has no such part.', kind="axis")


def _values_of(axis: Axis, library: Library) -> list[_Value]:
    if axis.kind == "list":
        values = _options_of(cast("str", axis.what), axis.values, library)
    elif axis.kind == "tags":
        values = [_Value(tags or NOTHING, tags=tags or "") for tags in axis.values or ()]
    else:
        values = _fields_of(axis)
    limit = MOST_OPTIONS if axis.kind == "list" else MOST_VALUES
    if not values:
        raise SeriesError("An axis needs at least one value.", kind="axis")
    if len(values) > limit:
        raise SeriesError(f"An axis has at most {limit} values.", kind="axis")
    return values


def _fields_of(axis: Axis) -> list[_Value]:
    names = (axis.what,) if isinstance(axis.what, str) else axis.what
    for name in names:
        if not FIELDS.fullmatch(name):
            raise SeriesError(f'"{name[:60]}" cannot vary.', kind="axis")
    values: list[_Value] = []
    for value in axis.values or ():
        contents: Sequence[Any] = (value,) if isinstance(axis.what, str) else value
        if not isinstance(contents, list | tuple) or len(contents) != len(names):
            raise SeriesError(f"Each value of this axis is {len(names)} values.", kind="axis")
        label = " · ".join(map(_label, contents))
        values.append(_Value(label, dict(zip(names, contents, strict=True))))
    return values


def _label(value: Any) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(value, list | tuple):
        return ", ".join(map(str, cast("Sequence[object]", value)))
    return str(value)


def _options_of(name: str, chosen: Sequence[str] | None, library: Library) -> list[_Value]:
    texts = [option.text for option in _find_options(name, library)]
    if chosen is None:
        chosen = texts
        numbers = range(len(texts))
    else:
        for text in chosen:
            if text not in texts:
                raise SeriesError(f'"{text[:60]}" is no option of "{name[:60]}".', kind="axis")
        numbers = [texts.index(text) for text in chosen]
    return [
        _Value(text or NOTHING, forced={name: number})
        for text, number in zip(chosen, numbers, strict=True)
    ]


def _find_options(name: str, library: Library) -> Options:
    match parse(name):
        case (Choice() as choice,):
            return choice.options
        case _:
            return library.options(name)


def _check_count(series: Series, axes: Sequence[Sequence[_Value]]) -> None:
    lines = len(series.prompts)
    if lines > MOST_LINES:
        raise SeriesError(f"A series has at most {MOST_LINES} prompts.", kind="too_many_pictures")
    if series.repeat < 1:
        raise SeriesError("A series is done once or more often.", kind="axis")
    count = max(lines, 1) * series.repeat * math.prod(len(axis) for axis in axes)
    if count > MOST_PICTURES:
        raise SeriesError(
            f"A series has at most {MOST_PICTURES:,} pictures; this one has {count:,}.",
            kind="too_many_pictures",
        )
