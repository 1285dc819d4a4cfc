"""Sampling presets of NovelAI's web page: one table, read from ``text_presets.json``."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from novelai.errors import InvalidParamsError

__all__ = ["SAMPLERS", "preset_fields", "preset_names"]

SAMPLERS: dict[str, int] = {
    "temperature": 0,
    "top_k": 1,
    "top_p": 2,
    "tail_free_sampling": 3,
    "top_a": 4,
    "typical_p": 5,
    "cfg_scale": 6,
    "top_g": 7,
    "mirostat": 8,
    "unified": 9,
    "min_p": 10,
}
"""Codes of the samplers, by which requests name the order they run in."""

REPETITION = {
    "penalty": "repetition_penalty",
    "range": "repetition_penalty_range",
    "slope": "repetition_penalty_slope",
    "frequency": "repetition_penalty_frequency",
    "presence": "repetition_penalty_presence",
    "phrases": "phrase_rep_pen",
}


def preset_names(model: str) -> tuple[str, ...]:
    """Names of a model's presets; none for a model the table does not know."""
    return tuple(_table()["models"].get(model, ()))


def preset_fields(name: str, model: str) -> dict[str, Any]:
    """Return a preset as fields of `TextParams` (Kayra, Clio) or `ChatParams` (GLM).

    Args:
        name: as the web page shows it; letter case does not matter.
        model: the model it was made for. Erato has none in the table.

    Raises:
        InvalidParamsError: the model has no preset of this name.
    """
    named = {known.casefold(): known for known in preset_names(model)}
    known = named.get(name.casefold())
    if known is None:
        offered = ", ".join(named.values()) or "none are known"
        raise InvalidParamsError([("preset", f"{name[:40]!r} is not one of {model}'s: {offered}")])
    table = _table()
    preset = table["models"][model][known]
    samplers: dict[str, float] = preset["samplers"]
    if "repetition" not in preset:
        return dict(samplers)
    return {
        **samplers,
        "order": tuple(SAMPLERS[sampler] for sampler in samplers),
        **_repetition(preset["repetition"], table["spared"]),
        **_native(table["native"]),
    }


def _repetition(values: Mapping[str, Any], spared: Mapping[str, Any]) -> dict[str, Any]:
    fields = {field: values[name] for name, field in REPETITION.items() if name in values}
    if "spared" in values:
        fields["repetition_penalty_whitelist"] = spared[values["spared"]]
    return fields


def _native(values: Mapping[str, Any]) -> dict[str, Any]:
    biases = [
        {"sequence": mark, "bias": values["scene_break_bias"]} for mark in values["scene_breaks"]
    ]
    kept = ("max_length", "min_length", "generate_until_sentence", "bracket_ban")
    return {**{name: values[name] for name in kept}, "logit_bias_exp": biases}


@cache
def _table() -> dict[str, Any]:
    text = Path(__file__).with_name("text_presets.json").read_text("utf-8")
    table: dict[str, Any] = json.loads(text)
    return table
