"""The key of who is calling, handed on within a request."""

from typing import cast

from starlette.types import Scope

from novelai.server.model.key import Key

__all__ = ["key_in", "with_key"]

KEY = "novelai_key"


def with_key(scope: Scope, key: Key) -> Scope:
    """Return a request that carries a key."""
    return {**scope, KEY: key}


def key_in(scope: Scope) -> Key:
    """Return the key that a request carries."""
    return cast("Key", scope[KEY])
