"""A workflow in ComfyUI's API format: nodes, and the links between them. None is run."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter
from typing import Any, cast

__all__ = ["Graph", "Node"]

SHOWN = 60
"""Characters of a class's name that are repeated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One node.

    Attributes:
        name: its id in the workflow.
        kind: its class; empty where none is said.
        inputs: values, and links as lists of a node's id and one of its outputs.
    """

    name: str
    kind: str
    inputs: Mapping[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.shown_kind} (node {self.name[:SHOWN]})"

    @property
    def shown_kind(self) -> str:
        """Its class as a sentence shows it."""
        return self.kind[:SHOWN]

    @property
    def links(self) -> Iterator[tuple[str, str]]:
        """Inputs that lead to another node, with that node's id."""
        for name, value in self.inputs.items():
            if isinstance(value, list):
                yield name, str(cast("list[Any]", value)[0]) if value else ""


class Graph:
    """The nodes of a workflow.

    Args:
        nodes: by id.
    """

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self.nodes = nodes

    @classmethod
    def read(cls, workflow: Mapping[str, Any]) -> "Graph":
        """Read a workflow; what is no node is one without a class."""
        return cls({str(name): _node(str(name), value) for name, value in workflow.items()})

    def behind(self, value: object) -> Node | None:
        """Return the node to which a link leads; ``None`` for any other value."""
        if not isinstance(value, list) or not value:
            return None
        return self.nodes.get(str(cast("list[Any]", value)[0]))

    def chain(self, value: object, *onward: str) -> Iterator[Node]:
        """Yield the nodes behind a link, each through one of these inputs of the one before.

        It ends, as nothing here leads back; see `loop`.
        """
        while (node := self.behind(value)) is not None:
            yield node
            inputs = node.inputs
            value = next((inputs[one] for one in onward if isinstance(inputs.get(one), list)), None)

    def reached(self, *starts: Node) -> list[Node]:
        """List these nodes and all that they are made from, in the workflow's order."""
        found = {node.name for node in starts}
        waiting = list(starts)
        while waiting:
            for _, name in waiting.pop().links:
                if name not in found and name in self.nodes:
                    found.add(name)
                    waiting.append(self.nodes[name])
        return [node for name, node in self.nodes.items() if name in found]

    def loop(self) -> list[Node]:
        """Return nodes that lead back to themselves, the first again at the end; usually none."""
        leads = {
            node.name: [name for _, name in node.links if name in self.nodes]
            for node in self.nodes.values()
        }
        try:
            TopologicalSorter(leads).prepare()
        except CycleError as error:
            return [self.nodes[name] for name in reversed(error.args[1])]
        return []


def _node(name: str, value: object) -> Node:
    members: Mapping[str, Any] = {}
    if isinstance(value, Mapping):
        members = cast("Mapping[str, Any]", value)
    kind, inputs = members.get("class_type"), members.get("inputs")
    return Node(
        name=name,
        kind=kind if isinstance(kind, str) else "",
        inputs=cast("Mapping[str, Any]", inputs) if isinstance(inputs, Mapping) else {},
    )
