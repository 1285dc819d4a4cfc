"""What is wrong with a workflow, in ComfyUI's kinds of errors and by node.

Sentences name fields and numbers, never a text that was sent: it may be a prompt.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from novelai.server.compat.comfyui.graph import Node
from novelai.server.model.problems import ProblemError

__all__ = ["WorkflowError", "refuse_input", "refuse_loop", "refuse_node", "refuse_values"]

REFUSED = 400
FAILED = "prompt_outputs_failed_validation"
MESSAGES: Mapping[str, str] = {
    "bad_linked_input": "Bad linked input, must be a length-2 list of [node_id, slot_index]",
    "custom_validation_failed": "Custom validation failed for node",
    "dependency_cycle": "Dependency cycle detected",
    "invalid_input_type": "Failed to convert an input value",
    "required_input_missing": "Required input is missing",
    "value_bigger_than_max": "Value is bigger than the max",
    "value_not_in_list": "Value not in list",
    "value_smaller_than_min": "Value is smaller than the min",
}
"""ComfyUI's own words by kind."""


class WorkflowError(ProblemError):
    """A workflow that is not taken; nothing was sent.

    Args:
        kind: of the error, as ComfyUI names it.
        sentence: for people.
        details: as ComfyUI has them beside its message.
        extra: for programs.
        nodes: what is wrong with which node, as ComfyUI tells it.
    """

    def __init__(
        self,
        kind: str,
        sentence: str,
        *,
        details: str = "",
        extra: Mapping[str, Any] | None = None,
        nodes: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(REFUSED, kind, f"{sentence} Nothing was sent or charged.")
        self.details = details
        self.extra = dict(extra or {})
        self.nodes = dict(nodes or {})


def refuse_node(node: Node) -> WorkflowError:
    """Refuse a node of a class that is not here."""
    return WorkflowError(
        "missing_node_type",
        f"Node '{node.shown_kind}' not found. Of a graph only what /object_info lists is read.",
        details=f"Node ID '#{node.name}'",
        extra={"node_id": node.name, "class_type": node.kind, "node_title": node.kind},
    )


def refuse_input(
    node: Node, field: str, kind: str, words: str, extra: Mapping[str, Any] | None = None
) -> WorkflowError:
    """Refuse the value of an input.

    Args:
        node: whose input it is.
        field: the input's name.
        kind: one of `MESSAGES`.
        words: what is wrong with it, or what there is to choose from.
        extra: for programs.
    """
    return _refuse(node, [_fault(field, kind, words, extra)])


def refuse_values(node: Node, found: Sequence[tuple[str, str]]) -> WorkflowError:
    """Refuse what NovelAI's parameters do not take.

    Args:
        node: where it was said.
        found: inputs, each with what is wrong with it.
    """
    kind = "custom_validation_failed"
    return _refuse(node, [_fault(field, kind, words) for field, words in found])


def refuse_loop(nodes: Sequence[Node]) -> WorkflowError:
    """Refuse nodes that lead back to themselves, the first named once more at the end."""
    path = " -> ".join(str(node) for node in nodes)
    fault = {"type": "dependency_cycle", "message": MESSAGES["dependency_cycle"], "details": path}
    names = list(dict.fromkeys(node.name for node in nodes))
    extra = {"cycle_nodes": names}
    return WorkflowError(
        FAILED,
        f"Prompt outputs failed validation: the nodes form a loop: {path}.",
        details=f"{MESSAGES['dependency_cycle']}: {path}",
        nodes={
            node.name: _entry(node, [fault | {"extra_info": {"node_id": node.name, **extra}}])
            for node in nodes
        },
    )


def _refuse(node: Node, faults: Sequence[dict[str, Any]]) -> WorkflowError:
    told = "; ".join(str(fault["details"]) for fault in faults)
    return WorkflowError(
        FAILED,
        f"Prompt outputs failed validation: {node}: {told}.",
        details="\n".join(f"{fault['message']}: {fault['details']}" for fault in faults),
        nodes={node.name: _entry(node, faults)},
    )


def _fault(
    field: str, kind: str, words: str, extra: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    return {
        "type": kind,
        "message": MESSAGES[kind],
        "details": f"{field}: {words}",
        "extra_info": {"input_name": field, **(extra or {})},
    }


def _entry(node: Node, faults: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"errors": list(faults), "dependent_outputs": [], "class_type": node.kind}
