"""What text calls are given: prompts, parameters, presets."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

from novelai.errors import InvalidParamsError
from novelai.presets import preset_fields
from novelai.types.base import Params, params_from

__all__ = ["Prompt", "check_text", "check_tokens", "text_params"]

P = TypeVar("P", bound=Params)

Prompt = str | Sequence[int]
"""Text, or tokens as numbers of the model's own vocabulary."""


def text_params(cls: type[P], params: P | None, fields: Mapping[str, Any], model: str) -> P:
    """Return the object that was given, or one made from keywords, a preset's name among them.

    Raises:
        InvalidParamsError: a keyword has a wrong value.
        TypeError: both were given.
    """
    if params is None and not fields:
        return cls()
    chosen = dict(fields)
    preset = chosen.pop("preset", None)
    if preset is not None:
        chosen = {**preset_fields(preset, model), **chosen}
    return params_from(cls, params, chosen)


def check_text(text: object, field: str, *, limit: int) -> str:
    """Return the text, if it can be sent.

    Raises:
        InvalidParamsError: it is empty, longer than ``limit`` characters, or no text.
    """
    if not isinstance(text, str):
        raise _wrong(field, f"must be text, got {type(text).__name__}")
    if not text:
        raise _wrong(field, "must not be empty")
    if len(text) > limit:
        raise _wrong(field, f"must be at most {limit:,} characters, got {len(text):,}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _wrong(field, "holds half of a character (a lone surrogate)") from None
    return text


def check_tokens(tokens: object, field: str) -> list[int]:
    """Return the tokens, if they can be sent.

    Raises:
        InvalidParamsError: there are none, or they are no numbers.
    """
    if isinstance(tokens, bytes) or not isinstance(tokens, Sequence):
        raise _wrong(field, f"must be text or token numbers, got {type(tokens).__name__}")
    found = list(cast("Sequence[int]", tokens))
    if not found:
        raise _wrong(field, "must not be empty")
    for token in found:
        if not isinstance(token, int) or isinstance(token, bool) or token < 0:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise _wrong(field, "must be text, or token numbers of 0 or more")
    return found


def _wrong(field: str, sentence: str) -> InvalidParamsError:
    return InvalidParamsError([(field, sentence)])
