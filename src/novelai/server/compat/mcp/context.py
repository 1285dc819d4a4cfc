"""Where the tools work: the services, and in whose name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mcp.server.mcpserver import Context

from novelai.server.model.key import Key
from novelai.server.services import Services

__all__ = ["DOOR", "AnyContext", "Desk", "DeskOf"]

DOOR = "mcp"

AnyContext: TypeAlias = Context[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a call of a tool has at hand.

    Attributes:
        key: whose budget it spends and whose pictures it sees.
    """

    services: Services = field(repr=False)
    key: Key


DeskOf: TypeAlias = Callable[[AnyContext], Desk]
"""Finds the desk of a call."""
