"""Tag suggestions."""

from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from novelai._wire import Flow, Reply, Request, send
from novelai.catalogue import base_model
from novelai.errors import InvalidResponseError
from novelai.types.api.tags import TagSuggestionResponse
from novelai.types.base import construct, ensure_checked
from novelai.types.tags import JpTagSuggestion, SuggestTagsParams, TagSuggestion

__all__ = ["suggest_params", "suggest_tags", "suggest_tags_jp"]

T = TypeVar("T")

PATH = "/ai/generate-image/suggest-tags"


def suggest_params(prompt: str | SuggestTagsParams, model: str) -> SuggestTagsParams:
    """Parameters that were given, or made for what was typed.

    Raises:
        InvalidParamsError: a value is wrong.
    """
    if isinstance(prompt, SuggestTagsParams):
        return ensure_checked(prompt)
    return construct(SuggestTagsParams, {"prompt": prompt, "model": model})


def suggest_tags(params: SuggestTagsParams) -> Flow[list[TagSuggestion]]:
    """Tags by their English name."""
    reply = yield from send(_request(params))
    return _parse(reply, TagSuggestionResponse).tags


def suggest_tags_jp(params: SuggestTagsParams) -> Flow[list[JpTagSuggestion]]:
    """Tags by their Japanese name."""
    reply = yield from send(_request(params, lang="jp"))
    return _parse(reply, list[JpTagSuggestion])


def _request(params: SuggestTagsParams, **more: str) -> Request:
    query = {"model": base_model(params.model), "prompt": params.prompt, **more}
    return Request("GET", "image", PATH, query=query)


def _parse(reply: Reply, kind: type[T]) -> T:
    try:
        return TypeAdapter(kind).validate_json(reply.content)
    except ValidationError as error:
        raise InvalidResponseError(
            "NovelAI's answer about tags cannot be read.", status=reply.status
        ) from error
