"""Where the tools work, and in whose name."""

from collections.abc import Callable
from typing import Any, TypeAlias

from mcp.server.mcpserver import Context

from novelai.server.http.context import RequestContext

__all__ = ["DOOR", "ContextOf", "ToolContext"]

DOOR = "mcp"

ToolContext: TypeAlias = Context[Any, Any]

ContextOf: TypeAlias = Callable[[ToolContext], RequestContext]
"""Finds out who makes a call."""
