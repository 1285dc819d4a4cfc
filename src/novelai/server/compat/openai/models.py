"""Which models there are: NovelAI's, and the names under which clients ask for OpenAI's."""

import re
from collections.abc import Generator
from contextlib import contextmanager

from novelai.catalogue import base_model, known_model
from novelai.errors import PermissionDeniedError
from novelai.server.model.key import Key, default_model, list_allowed_models
from novelai.server.model.problems import ProblemError
from novelai.types.chat import DEFAULT_CHAT_MODEL

__all__ = [
    "ALIASES",
    "OPENAI_TEXT",
    "TEXT_MODELS",
    "answer_forms",
    "image_ids",
    "image_model",
    "is_image_model",
    "naming",
    "unknown_model",
]

ALIASES = ("gpt-image-1", "gpt-image-2", "dall-e-3", "dall-e-2")
"""Each stands for the key's default model."""

TEXT_MODELS = (DEFAULT_CHAT_MODEL, "xialong-v1")
"""NovelAI's own list is often empty; these are known."""

OPENAI = re.compile(r"(?:chatgpt-image|gpt-image|dall-e)[\w.-]*", re.ASCII)
DALL_E = re.compile(r"dall-e[\w.-]*", re.ASCII)
OPENAI_TEXT = re.compile(r"(?:gpt-|chatgpt|o\d|text-davinci|claude|gemini)", re.ASCII)
"""Models of others, which a client that was not set up asks for."""

NOVELAI = re.compile(r"(?:nai-diffusion|safe-diffusion|custom)[\w.-]*", re.ASCII)


def image_ids(key: Key) -> list[str]:
    """Return the picture models a key may ask for, with the other names."""
    own = list_allowed_models(key)
    return [*own, *ALIASES] if default_model(key) in own else own


def answer_forms(model: str | None) -> tuple[str, ...]:
    """Return the forms in which a picture may be answered.

    The first is OpenAI's own for the model.
    """
    return ("url", "b64_json") if DALL_E.fullmatch((model or "").strip()) else ("b64_json", "url")


def is_image_model(model: str) -> bool:
    """Return whether a chat with this model is answered with a picture."""
    return known_model(model) or any(form.fullmatch(model) for form in (OPENAI, NOVELAI))


def image_model(key: Key, model: str | None) -> str:
    """Return the NovelAI id that a name stands for.

    An id that looks like NovelAI's passes: a model may be newer than this program.

    Raises:
        ProblemError: 404; it is the name of something else.
    """
    name = (model or "").strip()
    if not name or OPENAI.fullmatch(name):
        return default_model(key)
    if known_model(name):
        return base_model(name)
    if NOVELAI.fullmatch(name):
        return name
    raise unknown_model(name)


def unknown_model(name: str) -> ProblemError:
    """There is no such model."""
    sentence = f"There is no model {_shown(name)} here; GET /v1/models lists them. "
    return _not_found(sentence + "Nothing was sent or charged.")


@contextmanager
def naming(model: str) -> Generator[None]:
    """Tell of a text model that NovelAI has not, or not for this account, as of an unknown one."""
    try:
        yield
    except PermissionDeniedError:
        sentence = f"NovelAI has no model {_shown(model)} for this account. Nothing was charged."
        raise _not_found(sentence) from None


def _shown(name: str) -> str:
    return f"“{name[:60]}”" if name.isprintable() else "of this name"


def _not_found(sentence: str) -> ProblemError:
    return ProblemError(404, "model_not_found", sentence, errors=[("model", "is not known")])
