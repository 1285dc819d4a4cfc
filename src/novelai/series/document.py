"""Series as JSON documents: what one may hold, and what is wrong with it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast, get_args

from novelai.errors import SeriesError
from novelai.templates import Mode

__all__ = ["as_json", "read_axis", "read_series"]

KINDS = {"field": "field", "fields": "field", "list": "list", "tags": "tags"}
"""Names by which an axis says what it varies, and the kinds of `Axis`."""

ANYTHING = ("field", "fields", "list", "tags")


def read_series(document: object) -> dict[str, Any]:
    """Return the arguments of a `Series`; its axes are documents still.

    Raises:
        SeriesError: it is none; names the field.
    """
    fields = _mapping(document, "")
    for name in fields.keys() - READERS.keys():
        raise _wrong(str(name)[:60], "is nothing that a series has")
    for name in ("base", "roll_seed"):
        if fields.get(name) is None:
            raise _wrong(name, "is missing")
    found: dict[str, Any] = {}
    for name, value in fields.items():
        if value is not None:
            found |= READERS[name](value, name)
    return found


def read_axis(document: object, place: str) -> dict[str, Any]:
    """Return the arguments of an `Axis`.

    Args:
        document: as it stands in a series.
        place: what to call it in an error.

    Raises:
        SeriesError: it is none; names the field.
    """
    axis = _mapping(document, place)
    named = [name for name in ANYTHING if name in axis]
    if len(named) != 1:
        raise _wrong(place, f"names one of {', '.join(ANYTHING)}")
    name = named[0]
    allowed = {name} if name == "tags" else {name, "values"}
    for other in axis.keys() - allowed:
        raise _wrong(f"{place}.{str(other)[:60]}", "is nothing that an axis has")
    what: Any = axis[name]
    if name == "tags":
        return {"what": name, "values": _texts(what, f"{place}.tags", empty=True), "kind": name}
    if name == "fields":
        what = tuple(_texts(what, f"{place}.fields"))
    elif not isinstance(what, str):
        raise _wrong(f"{place}.{name}", "must be text")
    return {"what": what, "values": _values(axis, name, place), "kind": KINDS[name]}


def as_json(value: object, place: str) -> Any:
    """Return a value as JSON has it: lists for tuples.

    Raises:
        SeriesError: it has no such form, as a picture has none; names its place.
    """
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    if isinstance(value, Mapping):
        named = cast("Mapping[str, object]", value)
        return {name: as_json(one, f"{place}.{name}") for name, one in named.items()}
    if isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray, memoryview)):
        listed = cast("Sequence[object]", value)
        return [as_json(one, f"{place}.{number}") for number, one in enumerate(listed)]
    kind: str = type(cast("Any", value)).__name__
    raise _wrong(place, f"is a {kind}, which a document does not hold")


def _wrong(place: str, sentence: str) -> SeriesError:
    message = f"{place}: {sentence}." if place else f"A series {sentence}."
    return SeriesError(message, kind="document", field=place)


def _mapping(value: object, place: str) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(place, "must be an object with named fields")
    named = cast("Mapping[object, Any]", value)
    if not all(isinstance(name, str) for name in named):
        raise _wrong(place, "must be an object with named fields")
    return dict(cast("Mapping[str, Any]", named))


def _sequence(value: object, place: str) -> Sequence[Any]:
    if not isinstance(value, Sequence) or isinstance(value, (str, bytes)):
        raise _wrong(place, "must be a list")
    return cast("Sequence[Any]", value)


def _texts(value: object, place: str, *, empty: bool = False) -> list[Any]:
    texts = list(_sequence(value, place))
    for number, text in enumerate(texts):
        if not isinstance(text, str) and not (empty and text is None):
            raise _wrong(f"{place}.{number}", "must be text")
    return texts


def _values(axis: Mapping[str, Any], name: str, place: str) -> list[Any] | None:
    values = axis.get("values")
    if name == "list":
        return None if values is None else _texts(values, f"{place}.values")
    listed = list(_sequence(values, f"{place}.values"))
    if name == "fields":
        for number, one in enumerate(listed):
            listed[number] = tuple(_sequence(one, f"{place}.values.{number}"))
    return listed


def _number(value: object, name: str, least: int | None = None) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(name, "must be a whole number")
    if least is not None and value < least:
        raise _wrong(name, f"must be {least} or more")
    return value


def _read_base(value: object, name: str) -> dict[str, Any]:
    return {name: _mapping(value, name)}


def _read_prompts(value: object, name: str) -> dict[str, Any]:
    lines = _sequence(value, name)
    places = [f"{name}.{number}" for number in range(len(lines))]
    return {
        name: [
            line if isinstance(line, str) else _mapping(line, place)
            for line, place in zip(lines, places, strict=True)
        ]
    }


def _read_axes(value: object, name: str) -> dict[str, Any]:
    return {name: list(_sequence(value, name))}


def _read_picks(value: object, name: str) -> dict[str, Any]:
    modes = _mapping(value, name)
    for key, mode in modes.items():
        if mode not in get_args(Mode):
            raise _wrong(f"{name}.{key[:60]}", f"must be one of {', '.join(get_args(Mode))}")
    return {"modes": modes}


def _read_seeds(value: object, name: str) -> dict[str, Any]:
    if value not in ("shared", "each"):
        raise _wrong(name, "must be shared or each")
    return {name: value}


def _read_limit(value: object, name: str) -> dict[str, Any]:
    limit = _mapping(value, name)
    for other in limit.keys() - {"pictures", "anlas"}:
        raise _wrong(f"{name}.{str(other)[:60]}", "is nothing that a limit has")
    least = {"pictures": 1, "anlas": 0}
    return {
        key: _number(limit[key], f"{name}.{key}", least[key])
        for key in least
        if limit.get(key) is not None
    }


def _read_whole(value: object, name: str) -> dict[str, Any]:
    return {name: _number(value, name)}


READERS: Mapping[str, Callable[[object, str], dict[str, Any]]] = {
    "base": _read_base,
    "prompts": _read_prompts,
    "axes": _read_axes,
    "picks": _read_picks,
    "repeat": _read_whole,
    "seeds": _read_seeds,
    "limit": _read_limit,
    "roll_seed": _read_whole,
}
