"""Which picture models a key may use, and which one draws when the caller names none."""

from typing import Any

from novelai.catalogue import base_model, image_models
from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError
from novelai.types.base import construct
from novelai.types.generation import DEFAULT_MODEL, GenerateImageParams

__all__ = ["check_model", "default_model", "list_allowed_models", "with_model"]

NEWER = "nai-diffusion"
"""How ids begin that the catalogue may not know yet."""


def list_allowed_models(key: Key) -> list[str]:
    """Return the picture models that a key may use, newest first."""
    return [model for model in image_models() if _is_allowed(key, model)]


def default_model(key: Key) -> str:
    """Return the model of who names none: NovelAI's default, or the first that the key allows."""
    if _is_allowed(key, DEFAULT_MODEL):
        return DEFAULT_MODEL
    named = key.limits.models or ()
    pictures = (one for one in named if one in image_models() or _is_newer(one))
    return next(pictures, DEFAULT_MODEL)


def check_model(key: Key, model: str) -> None:
    """Go on only if a key may use a model.

    Raises:
        ProblemError: 403; it may not.
    """
    if not _is_allowed(key, model):
        raise ProblemError(
            403,
            "model",
            f"This key may not use {model}. It may use: {', '.join(key.limits.models or ())}.",
        )


def with_model(params: GenerateImageParams, model: str) -> GenerateImageParams:
    """Return the same picture from a model, whose defaults stand for what was not stated.

    Raises:
        InvalidParamsError: the model does not take a value.
    """
    if params.model == model:
        return params
    stated: dict[str, Any] = {name: getattr(params, name) for name in params.model_fields_set}
    return construct(GenerateImageParams, stated | {"model": model})


def _is_allowed(key: Key, model: str) -> bool:
    return key.limits.models is None or model in key.limits.models


def _is_newer(name: str) -> bool:
    return name.startswith(NEWER) and base_model(name) == name
