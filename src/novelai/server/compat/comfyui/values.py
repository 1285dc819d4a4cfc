"""Values of a node's inputs, converted and limited as ComfyUI does it."""

from collections.abc import Callable
from math import isfinite
from typing import Any, TypeVar

from novelai.server.compat.comfyui.classes import NUMBERS, TEXTS
from novelai.server.compat.comfyui.graph import Graph, Node
from novelai.server.compat.comfyui.refusals import refuse_input
from novelai.types.base import SEEDS

__all__ = ["number_of", "seed_of", "text_behind", "whole_of"]

HOLDERS = ("value", *NUMBERS)
"""Inputs of a node that hands on a number."""

CONDITIONINGS = ("conditioning", "conditioning_1", "conditioning_to", "positive", *TEXTS)
NOTHING = "ConditioningZeroOut"
"""Its text counts for nothing."""

MOST_SEED = 2**64 - 1

N = TypeVar("N", int, float)


def whole_of(
    graph: Graph,
    node: Node,
    field: str,
    *,
    limits: tuple[int, int],
    default: int | None = None,
) -> int:
    """Return a whole number.

    Args:
        graph: where a link is followed to.
        node: whose input it is.
        field: the input's name.
        limits: the least and the most that ComfyUI takes.
        default: without the input; if ``None`` it is required.

    Raises:
        WorkflowError: it is missing, no number, or outside of the limits.
    """
    number = _convert(int, "INT", node, field, _value(graph, node, field, default))
    _check(node, field, number, *limits)
    return number


def number_of(graph: Graph, node: Node, field: str, highest: float) -> float:
    """Return a number from 0 to ``highest``.

    Raises:
        WorkflowError: it is missing, no number, or outside of the limits.
    """
    number = _convert(float, "FLOAT", node, field, _value(graph, node, field, None))
    _check(node, field, number, 0, highest)
    return number


def seed_of(graph: Graph, node: Node, field: str) -> int:
    """Return a seed of NovelAI's: ComfyUI's clients draw from more, and they are folded.

    Raises:
        WorkflowError: it is missing, no number, or outside of ComfyUI's limits.
    """
    return whole_of(graph, node, field, limits=(0, MOST_SEED)) % SEEDS


def text_behind(graph: Graph, value: object) -> str | None:
    """Return the text to which a link leads, or that stands there; ``None`` without any."""
    if isinstance(value, str):
        return value
    for node in graph.chain(value, *CONDITIONINGS):
        if node.kind == NOTHING:
            return ""
        for name in TEXTS:
            if isinstance(node.inputs.get(name), str):
                return node.inputs[name]
    return None


def _value(graph: Graph, node: Node, field: str, default: int | None) -> Any:
    if field not in node.inputs and default is None:
        raise refuse_input(node, field, "required_input_missing", "is missing")
    value = node.inputs.get(field, default)
    for holder in graph.chain(value, *HOLDERS):
        value = next((holder.inputs[one] for one in HOLDERS if one in holder.inputs), None)
    return value


def _convert(to: Callable[[Any], N], kind: str, node: Node, field: str, value: object) -> N:
    try:
        number = to(value)
        if isfinite(number):
            return number
    except (TypeError, ValueError, OverflowError):
        pass
    raise refuse_input(node, field, "invalid_input_type", f"is no value of the type {kind}")


def _check(node: Node, field: str, number: float, lowest: float, highest: float) -> None:
    if number < lowest:
        kind, words = "value_smaller_than_min", f"{number} is smaller than min of {lowest}"
    elif number > highest:
        kind, words = "value_bigger_than_max", f"{number} is bigger than max of {highest}"
    else:
        return
    raise refuse_input(node, field, kind, words, {"received_value": number})
