"""Tag suggestions."""

from typing import TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from novelai._wire import Flow, Reply, Request, send
from novelai.catalogue import base_model
from novelai.errors import InvalidResponseError
from novelai.types.base import construct, ensure_checked
from novelai.types.tags import JpTagSuggestion, SuggestTagsParams, TagSuggestion

__all__ = ["suggest_params", "suggest_tags", "suggest_tags_jp"]

T = TypeVar("T")

PATH = "/ai/generate-image/suggest-tags"


class Tags(BaseModel):
    """The answer about English names; the one about Japanese names is a bare list."""

    tags: list[TagSuggestion] = []


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
    reply = yield from send(_request(params, "en"))
    return _parse(reply, Tags).tags


def suggest_tags_jp(params: SuggestTagsParams) -> Flow[list[JpTagSuggestion]]:
    """Tags by their Japanese name."""
    reply = yield from send(_request(params, "jp"))
    return _parse(reply, list[JpTagSuggestion])


def _request(params: SuggestTagsParams, language: str) -> Request:
    query = {"model": base_model(params.model), "prompt": params.prompt, "lang": language}
    return Request("GET", "image", PATH, query=query)


def _parse(reply: Reply, kind: type[T]) -> T:
    try:
        return TypeAdapter(kind).validate_json(reply.content)
    except ValidationError as error:
        raise InvalidResponseError(
            "NovelAI's answer about tags cannot be read.", status=reply.status
        ) from error
