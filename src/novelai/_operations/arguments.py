"""Parameters given as an object or as keywords."""

from collections.abc import Mapping
from typing import Any, TypeVar

from novelai.types.base import Params, construct, ensure_checked, problems_of

__all__ = ["params_from", "problems_of"]

P = TypeVar("P", bound=Params)


def params_from(cls: type[P], params: P | None, fields: Mapping[str, Any]) -> P:
    """Return the object that was given, or one made from keywords.

    Raises:
        InvalidParamsError: a keyword has a wrong value, or an object that nobody checked has.
        TypeError: both or neither were given, or something else.
    """
    if params is not None:
        if fields:
            raise TypeError(f"give a {cls.__name__} or keywords, not both")
        if not isinstance(params, cls):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"give a {cls.__name__}, not a {type(params).__name__}")
        return ensure_checked(params)
    if not fields:
        raise TypeError(f"give a {cls.__name__} or its fields as keywords")
    return construct(cls, fields)
