"""``--sweep`` and ``--prompts``: what varies in a series, as it is typed."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import typer

from novelai.cli.reading import read_file
from novelai.series import Axis, Line

__all__ = ["read_axes", "read_lines"]

TEXTS = frozenset({"tags", "prompt", "negative_prompt"})
"""Fields whose values hold commas: one is given with each option, or a line in a file."""

NUMBERS = frozenset(
    {
        *("steps", "scale", "seed", "cfg_rescale", "strength", "noise"),
        *("info_extracted", "fidelity"),
    }
)
SWITCHES = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}
SWITCHED = frozenset({"variety_boost", "enabled", "quality"})


def read_axes(sweeps: Iterable[str]) -> list[Axis]:
    """Return the axes that ``FIELD=VALUES`` options ask for: X, Y and Z in their order.

    The same field again gives further values of one axis.

    Raises:
        typer.BadParameter: there is no ``=``, or a value cannot be read.
    """
    values: dict[str, list[Any]] = {}
    axes: dict[str, Axis] = {}
    for sweep in sweeps:
        field, sign, text = sweep.partition("=")
        field = field.strip()
        if not (field and sign):
            raise _wrong("is FIELD=VALUES, such as steps=20,28")
        if field == "list":
            axes[f"list={text}"] = Axis.list(text)
            continue
        known = values.setdefault(field, [])
        known += _values(field, text)
        axes[field] = Axis.tags(known) if field == "tags" else Axis(field, known)
    return [*axes.values()]


def read_lines(file: Path) -> list[Line]:
    r"""Return the prompts of a file: one a line; of a ``.jsonl`` file the fields of each.

    Blank lines and lines that begin with ``#`` do not count; ``\#`` does.

    Raises:
        ConfigurationError: it is no text in an encoding that is known.
        typer.BadParameter: it cannot be read, or holds no prompt.
    """
    lines = _lines(file, "--prompts")
    if file.suffix.lower() != ".jsonl":
        found: list[Line] = [line for _, line in lines]
    else:
        found = [_fields(line, number) for number, line in lines]
    if not found:
        raise typer.BadParameter(f"{file} holds no prompt", param_hint="--prompts")
    return found


def _lines(file: Path, option: str) -> list[tuple[int, str]]:
    lines = enumerate(read_file(file, option).split("\n"), 1)
    kept = [(number, line.strip()) for number, line in lines]
    return [
        (number, line.removeprefix("\\") if line.startswith("\\#") else line)
        for number, line in kept
        if line and not line.startswith("#")
    ]


def _fields(line: str, number: int) -> dict[str, Any]:
    try:
        fields: object = json.loads(line)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise typer.BadParameter(f"line {number} is no JSON object", param_hint="--prompts")
    return cast("dict[str, Any]", fields)


def _values(field: str, text: str) -> list[Any]:
    kind = field.rpartition(".")[2]
    if kind in TEXTS:
        if text.startswith("@"):
            return [line for _, line in _lines(Path(text[1:]), "--sweep")]
        text = text.removeprefix("\\") if text.startswith("\\@") else text
        return [text or None] if field == "tags" else [text]
    return [_value(field, kind, one.strip()) for one in text.split(",")]


def _value(field: str, kind: str, text: str) -> Any:
    if kind in NUMBERS:
        try:
            return float(text) if not text.lstrip("+-").isdecimal() else int(text)
        except ValueError:
            raise _wrong(f'{field}: "{text[:40]}" is no number') from None
    if kind in SWITCHED:
        if text.lower() in SWITCHES:
            return SWITCHES[text.lower()]
        if kind != "quality":
            raise _wrong(f'{field}: "{text[:40]}" is neither true nor false')
    return text


def _wrong(sentence: str) -> typer.BadParameter:
    return typer.BadParameter(sentence, param_hint="--sweep")
