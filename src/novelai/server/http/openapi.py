"""The OpenAPI document: what FastAPI finds out, and what it cannot know."""

from typing import Any, get_args

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from novelai.server.model.params import EncodeVibeParams
from novelai.types.generation import GenerateImageParams
from novelai.types.tools import DirectorToolParams, UpscaleParams

__all__ = ["describe"]

PROBLEM = "application/problem+json"
EVENTS = "text/event-stream"
FAILURES = ("4", "5")
CREDENTIALS: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of this server, nvs_…"},
    "key": {"type": "apiKey", "in": "header", "name": "x-api-key"},
    "session": {"type": "apiKey", "in": "cookie", "name": "novelai_session"},
}


def describe(app: FastAPI) -> None:
    """Let an app's document tell the form of failures, and how callers show who they are."""
    found_out = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = found_out()
            for operations in document["paths"].values():
                for operation in operations.values():
                    _as_problems(operation)
                    _as_events(operation)
                    _in_short(operation)
            components = document.setdefault("components", {})
            components["securitySchemes"] = CREDENTIALS
            components["schemas"] |= _parameters()
            # A server for one person on their own machine asks for nothing: so may any caller.
            document["security"] = [{}, *({name: []} for name in CREDENTIALS)]
        return app.openapi_schema or {}

    app.openapi = openapi


def _parameters() -> dict[str, Any]:
    """Describe the parameters of jobs, which a body of any form is read as."""
    models = [GenerateImageParams, *get_args(DirectorToolParams), UpscaleParams, EncodeVibeParams]
    _, schemas = models_json_schema(
        [(model, "validation") for model in models], ref_template="#/components/schemas/{model}"
    )
    return schemas["$defs"]


def _as_problems(operation: dict[str, Any]) -> None:
    """Failures are problem documents, whatever media type the route's other answers have."""
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        if str(status).startswith(FAILURES) and PROBLEM not in content and content:
            schemas = [media["schema"] for media in content.values() if "$ref" in media["schema"]]
            answer["content"] = {PROBLEM: {"schema": schemas[0]}} if schemas else content


def _as_events(operation: dict[str, Any]) -> None:
    """Describe a stream by its events: FastAPI says beside them that it is a string."""
    for answer in operation["responses"].values():
        schema = answer.get("content", {}).get(EVENTS, {}).get("schema", {})
        if "$ref" in schema:
            schema.pop("type", None)


def _in_short(operation: dict[str, Any]) -> None:
    """Take the first line of the description for the summary.

    It says more than a function's name.
    """
    first, _, rest = operation.get("description", "").partition("\n")
    if first:
        operation["summary"] = first.rstrip(".")
        operation["description"] = rest.strip() or first
