"""``/v1/models``."""

import time
from typing import Any

import anyio

from novelai.errors import NovelAIError
from novelai.server.compat.openai.accounts import account_of
from novelai.server.compat.openai.models import (
    TEXT_MODELS,
    image_ids,
    is_image_model,
    unknown_model,
)
from novelai.server.http.context import AnyContext, RequestContext

__all__ = ["list_models", "read_model"]

PATIENCE = 3.0
"""Seconds for NovelAI's own list: without it the known ones are told."""


async def list_models(context: AnyContext) -> dict[str, Any]:
    """Return the models a key may ask for, pictures first."""
    return {"object": "list", "data": [_render(model) for model in await _ids(context)]}


async def read_model(model: str, context: AnyContext) -> dict[str, Any]:
    """One model."""
    if model not in await _ids(context):
        raise unknown_model(model)
    return _render(model)


async def _ids(context: RequestContext) -> list[str]:
    return [*image_ids(context.key), *await _text_ids(context)]


async def _text_ids(context: RequestContext) -> list[str]:
    names: dict[str, None] = dict.fromkeys(TEXT_MODELS)
    account = await account_of(context)
    if account is not None:
        try:
            with anyio.move_on_after(PATIENCE):
                for model in await context.services.accounts.client(account).text.models():
                    names[model.id] = None
        except NovelAIError:
            pass
    allowed = context.key.limits.models
    return [name for name in names if allowed is None or name in allowed]


def _render(model: str) -> dict[str, Any]:
    return {
        "id": model,
        "object": "model",
        "created": int(STARTED),
        "owned_by": "novelai",
        "capabilities": {"image_generation": is_image_model(model)},
    }


STARTED = time.time()
