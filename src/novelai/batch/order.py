"""What a batch is asked for: its calls, their files' names, and a digest of the whole."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, TypeAlias, cast

from novelai.errors import InvalidParamsError
from novelai.series import Cell, Series, plan
from novelai.templates import Library
from novelai.types.base import construct, ensure_checked
from novelai.types.generation import GenerateImageParams
from novelai.types.source import picture_file

__all__ = ["Entry", "Prompts", "digest_order", "document_of", "file_names", "read_order"]

One: TypeAlias = str | GenerateImageParams | Cell | Mapping[str, Any]
Prompts: TypeAlias = One | Series | Iterable[One]
"""Prompts, parameters, their fields by name, or cells of a series, one or many; or a series."""

PICTURES = frozenset({"image", "mask", "encoding"})
"""Fields that hold files."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One call of a batch.

    Attributes:
        index: its place, from 0.
        params: what is asked for.
        cell: its place in a series.
    """

    index: int
    params: GenerateImageParams = field(repr=False)
    cell: Cell | None = field(default=None, repr=False)


def read_order(
    prompts: Prompts, fields: Mapping[str, Any], library: Library | None = None
) -> list[Entry]:
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
    entries: list[Entry] = []
    problems: list[tuple[str, str]] = []
    for index, one in enumerate(_listed(prompts, library)):
        try:
            cell = one if isinstance(one, Cell) else None
            entries.append(Entry(index, _params_of(one, fields), cell))
        except InvalidParamsError as error:
            problems += [(f"{index}.{name}", text) for name, text in error.problems]
    if problems:
        raise InvalidParamsError(problems)
    if not entries:
        raise InvalidParamsError([("prompts", "must be at least one")])
    return entries


def _listed(prompts: Prompts, library: Library | None) -> Iterable[One]:
    if isinstance(prompts, Series):
        return plan(prompts, library)
    if isinstance(prompts, (str, GenerateImageParams, Cell, Mapping)):
        return [cast("One", prompts)]
    return prompts


def _params_of(one: One, fields: Mapping[str, Any]) -> GenerateImageParams:
    if isinstance(one, GenerateImageParams):
        return one.replace(**cast("Any", fields)) if fields else ensure_checked(one)
    if isinstance(one, str):
        return construct(GenerateImageParams, {**fields, "prompt": one})
    if isinstance(one, Cell):
        return construct(GenerateImageParams, {**fields, **one.params})
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

    def digest_picture(picture: Any) -> str:
        if id(picture) not in known:
            known[id(picture)] = sha256(picture_file(picture)).hexdigest()
        return known[id(picture)]

    whole = sha256()
    for entry in entries:
        whole.update(json.dumps(document_of(entry.params, digest_picture)).encode())
    return whole.hexdigest()


def document_of(
    params: GenerateImageParams, digest_picture: Callable[[Any], str] | None = None
) -> dict[str, Any]:
    """Return parameters as JSON in which pictures and encodings are named by their digests.

    Fields that have their default are left out, so that new ones change nothing.

    Args:
        params: the parameters.
        digest_picture: gives the digest of a picture; by default pictures are only mentioned.
    """

    def write(value: Any, name: str = "") -> Any:
        if name in PICTURES and value is not None:
            return {"sha256": digest_picture(value)} if digest_picture else "(a picture)"
        if isinstance(value, Mapping):
            named = cast("Mapping[str, Any]", value)
            return {member: write(named[member], member) for member in sorted(named)}
        if isinstance(value, (list, tuple)):
            return [write(member) for member in cast("list[Any]", value)]
        return value

    return cast("dict[str, Any]", write(params.model_dump(exclude_defaults=True)))
