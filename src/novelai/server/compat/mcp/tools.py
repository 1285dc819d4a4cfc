"""Tools that take the arguments they name and no others, and say in words what is wrong."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, get_args

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import ValidationError, create_model
from pydantic_core import ErrorDetails, core_schema

__all__ = ["Tools"]

BUILT_IN = frozenset(get_args(core_schema.ErrorType))
"""Kinds of errors whose sentences are pydantic's; any other is worded by a type of ours."""

WORDS: Mapping[str, str] = {
    "missing": "is needed",
    "string_type": "is a text",
    "string_too_short": "is empty",
    "int_type": "is a whole number",
    "int_parsing": "is a whole number",
    "int_from_float": "is a whole number",
    "float_type": "is a number",
    "float_parsing": "is a number",
    "finite_number": "is a number",
    "bool_type": "is true or false",
    "bool_parsing": "is true or false",
    "list_type": "is a list",
    "tuple_type": "is a list",
    "model_type": "is an object",
    "dict_type": "is an object",
    "literal_error": "is one of {expected}",
    "greater_than_equal": "is at least {ge:g}",
    "less_than_equal": "is at most {le:g}",
    "too_long": "has at most {max_length} members",
}
"""What is expected instead, by kind of error."""

OTHERWISE = "is not as the tool describes it"


class ExactTool(Tool):
    """A tool that refuses what it does not take, before anything is done."""

    async def run(
        self,
        arguments: dict[str, Any],
        context: Context[Any, Any],
        convert_result: bool = False,  # noqa: FBT001, FBT002 - the library's own way
    ) -> Any:
        """Run the tool.

        Raises:
            ToolError: an argument is wrong or unknown, or the tool refuses.
        """
        try:
            self.fn_metadata.validate_arguments(arguments)
        except ValidationError as error:
            told = "; ".join(self._words(one) for one in error.errors(include_input=False))
            raise ToolError(f"{told}. Nothing was sent or charged.") from None
        return await super().run(arguments, context, convert_result=convert_result)

    def _words(self, error: ErrorDetails) -> str:
        named = ".".join(str(part) for part in error["loc"])
        if error["type"] == "extra_forbidden":
            return self._unknown(named)
        if error["type"] not in BUILT_IN:
            return f"{named}: {error['msg']}"
        return f"{named}: {WORDS.get(error['type'], OTHERWISE).format(**error.get('ctx', {}))}"

    def _unknown(self, named: str) -> str:
        if "." in named:
            return f"{named}: there is no such field"
        known = list(self.fn_metadata.arg_model.model_fields)
        near = get_close_matches(named, known, n=1)
        hint = f"perhaps {near[0]} is meant" if near else f"it takes {', '.join(known)}"
        return f"{named[:60]}: {self.name} takes no such argument; {hint}"


class Tools:
    """Collects the tools of a server."""

    def __init__(self) -> None:
        self.found: list[Tool] = []

    def add(
        self, title: str, annotations: ToolAnnotations
    ) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        """Return a decorator that makes a function a tool.

        Args:
            title: for people.
            annotations: what it may do.
        """

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            tool = ExactTool.from_function(
                function, title=title, annotations=annotations, structured_output=False
            )
            exact = create_model(
                tool.fn_metadata.arg_model.__name__,
                __base__=tool.fn_metadata.arg_model,
                __cls_kwargs__={"extra": "forbid", "hide_input_in_errors": True},
            )
            tool.fn_metadata.arg_model = exact
            tool.parameters = exact.model_json_schema(by_alias=True)
            self.found.append(tool)
            return function

        return decorate
