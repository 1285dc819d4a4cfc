"""Pictures that a client names by a cache key instead of sending them again.

The web client makes such a key from a secret of its own and the picture, and sends the picture
when it is told that the key is not known (400 ``INVALID_CACHE_KEYS``).
"""

from collections import OrderedDict
from typing import Any, cast

from novelai.server.compat.novelai.body import Body, refuse

__all__ = ["Images", "KnownImages", "UnknownKeysError"]

MOST = 64 * 1024 * 1024
"""Bytes kept in all; the oldest go first."""


class UnknownKeysError(Exception):
    """A picture is named by a key and not here.

    Attributes:
        keys: all such keys of a request.
    """

    def __init__(self, keys: list[str]) -> None:
        super().__init__("INVALID_CACHE_KEYS")
        self.keys = keys


class KnownImages:
    """Pictures by caller and cache key; nobody sees what another caller sent."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._size = 0
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def remember(self, caller: str, key: str, data: bytes) -> None:
        """Keep a picture."""
        self._size -= len(self._kept.pop((caller, key), b""))
        self._kept[caller, key] = data
        self._size += len(data)
        while self._size > self._most:
            _, dropped = self._kept.popitem(last=False)
            self._size -= len(dropped)

    def find(self, caller: str, key: str) -> bytes | None:
        """Return a picture, if it is still here."""
        data = self._kept.get((caller, key))
        if data is not None:
            self._kept.move_to_end((caller, key))
        return data


class Images:
    """The pictures of one request.

    Args:
        body: the request's.
        parameters: where the fields are.
        known: what was sent before.
        caller: the id of the caller's key.
    """

    def __init__(
        self, body: Body, parameters: dict[str, Any], known: KnownImages, caller: str
    ) -> None:
        self._body = body
        self._parameters = parameters
        self._known = known
        self._caller = caller
        self._unknown: list[str] = []

    def one(self, name: str) -> bytes | None:
        """Return the picture of a field, or ``None``."""
        value = self._parameters.get(name)
        data = self._body.image(value, name) if value else None
        key = self._parameters.get(f"{name}_cache_secret_key")
        return self._find(key, data) if isinstance(key, str) and key else data

    def read_all(self, name: str, *, encoded: bool = False) -> list[bytes]:
        """Return the pictures of a list, sent and named.

        Args:
            name: of the field.
            encoded: they are vibe encodings, not pictures.
        """
        read = self._body.binary if encoded else self._body.image
        found = [read(value, name) for value in _list(self._parameters, name)]
        for entry in _list(self._parameters, f"{name}_cached"):
            members = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
            key, value = members.get("cache_secret_key"), members.get("data")
            data = read(value, name) if value else None
            if isinstance(key, str) and key:
                data = self._find(key, data)
            if data is not None:
                found.append(data)
        return found

    def check(self) -> None:
        """Go on only when everything was found.

        Raises:
            UnknownKeysError: the client is to send them.
        """
        if self._unknown:
            raise UnknownKeysError(self._unknown)

    def _find(self, key: str, data: bytes | None) -> bytes | None:
        if data is not None:
            self._known.remember(self._caller, key, data)
            return data
        found = self._known.find(self._caller, key)
        if found is None:
            self._unknown.append(key)
        return found


def _list(parameters: dict[str, Any], name: str) -> list[Any]:
    value: object = parameters.get(name) or []
    return cast("list[Any]", value) if isinstance(value, list) else refuse(f"{name} is no list")
