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
from novelai.server.http.dependencies import Caller, ServicesDep
from novelai.server.model.key import Key
from novelai.server.services import Services

__all__ = ["list_models", "read_model"]

PATIENCE = 3.0
"""Seconds for NovelAI's own list: without it the known ones are told."""


async def list_models(key: Caller, services: ServicesDep) -> dict[str, Any]:
    """Return the models a key may ask for, pictures first."""
    return {"object": "list", "data": [_render(model) for model in await _ids(services, key)]}


async def read_model(model: str, key: Caller, services: ServicesDep) -> dict[str, Any]:
    """One model."""
    if model not in await _ids(services, key):
        raise unknown_model(model)
    return _render(model)


async def _ids(services: Services, key: Key) -> list[str]:
    return [*image_ids(key), *await _text_ids(services, key)]


async def _text_ids(services: Services, key: Key) -> list[str]:
    names: dict[str, None] = dict.fromkeys(TEXT_MODELS)
    account = await account_of(services, key)
    if account is not None:
        try:
            with anyio.move_on_after(PATIENCE):
                for model in await services.accounts.client(account).text.models():
                    names[model.id] = None
        except NovelAIError:
            pass
    allowed = key.limits.models
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
