"""The binary fields of a generation request: sent along, or named by a cache key.

A key that is sent with data is remembered; a key that is sent alone must be known already.
"""

from dataclasses import dataclass

from novelai.emulator.body import Body
from novelai.emulator.cache import ImageCache
from novelai.emulator.errors import Refusal
from novelai.emulator.fields import Fields


@dataclass(frozen=True, kw_only=True)
class Binaries:
    """The bytes of every binary field; None or empty when the field is absent."""

    image: bytes | None
    mask: bytes | None
    reference: bytes | None
    references: tuple[bytes, ...]
    director_references: tuple[bytes, ...]


class _Reader:
    def __init__(self, body: Body, parameters: Fields, cache: ImageCache) -> None:
        self._body = body
        self._parameters = parameters
        self._cache = cache
        self.unknown: list[str] = []

    def _find(self, key: str, data: bytes | None) -> bytes | None:
        if data is not None:
            self._cache.store(key, data)
            return data
        known = self._cache.get(key)
        if known is None:
            self.unknown.append(key)
        return known

    def single(self, name: str, key_name: str) -> bytes | None:
        value, key = self._parameters.string(name), self._parameters.string(key_name)
        data = self._body.binary(name, value) if value else None
        return self._find(key, data) if key else data

    def several(self, name: str, cached_name: str) -> tuple[bytes, ...]:
        found = [self._body.binary(name, value) for value in self._parameters.strings(name)]
        for entry in self._parameters.structs(cached_name, "CachedReference"):
            value = entry.string("data")
            data = self._body.binary(cached_name, value) if value else None
            data = self._find(entry.string("cache_secret_key"), data)
            if data is not None:
                found.append(data)
        return tuple(found)


def read_binaries(body: Body, parameters: Fields, cache: ImageCache) -> Binaries:
    """Resolve all binary fields.

    Raises:
        Refusal: 400 for unknown parts, 400 INVALID_CACHE_KEYS for unknown keys, 500 for bad base64.
    """
    reader = _Reader(body, parameters, cache)
    binaries = Binaries(
        image=reader.single("image", "image_cache_secret_key"),
        mask=reader.single("mask", "mask_cache_secret_key"),
        reference=reader.single("reference_image", "reference_image_cache_secret_key"),
        references=reader.several("reference_image_multiple", "reference_image_multiple_cached"),
        director_references=reader.several(
            "director_reference_images", "director_reference_images_cached"
        ),
    )
    if reader.unknown:
        raise Refusal(400, "INVALID_CACHE_KEYS", details={"invalidKeys": reader.unknown})
    return binaries
