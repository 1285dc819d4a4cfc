"""Encoding the picture of a vibe, and remembering what was paid for."""

from collections import OrderedDict
from contextlib import suppress
from functools import partial
from hashlib import sha256
from typing import Protocol, TypeAlias

from novelai._codecs.body import Blob, encode_body
from novelai._images import opaque, open_image, png_bytes
from novelai._wire import Flow, Request, Tariff, send, work
from novelai.catalogue import base_model, model_spec
from novelai.cost import ENCODE_VIBE_ANLAS
from novelai.errors import InvalidParamsError, InvalidResponseError
from novelai.types.base import params_from
from novelai.types.source import ImageInput
from novelai.types.vibe import Vibe

__all__ = ["VibeCache", "encode_vibe"]

PATH = "/ai/encode-vibe"

VibeKey: TypeAlias = tuple[str, str, float]
"""SHA-256 of the picture as it is sent, model id, and how much is read from the picture. The
strength is no part of it: it is applied when an encoding is used."""


class VibeStore(Protocol):
    """Where encodings are kept beyond the program.

    It may take its time: it is never asked on an event loop.
    """

    def get(self, key: VibeKey) -> bytes | None:
        """Return the encoding, if it is there."""
        ...

    def put(self, key: VibeKey, encoding: bytes) -> None:
        """Keep an encoding."""
        ...


class VibeCache:
    """Encodings by picture, model and extraction; the oldest unused one is dropped first.

    Threads may share it: each step on the dictionary is one operation of the interpreter's. A lock
    could be held while the process forks, and never be free in the child.

    Args:
        size: how many are kept in memory.
        store: where they are kept besides.
    """

    def __init__(self, size: int = 128, store: VibeStore | None = None) -> None:
        self._size = size
        self._store = store
        self._encodings: OrderedDict[VibeKey, bytes] = OrderedDict()

    def get(self, key: VibeKey) -> bytes | None:
        """Return the encoding, if it is known."""
        known = self._encodings.get(key)
        if known is not None:
            self._renew(key)
            return known
        kept = self._store.get(key) if self._store else None
        if kept is not None:
            self._remember(key, kept)
        return kept

    def put(self, key: VibeKey, encoding: bytes) -> None:
        """Remember an encoding."""
        self._remember(key, encoding)
        if self._store:
            self._store.put(key, encoding)

    def _remember(self, key: VibeKey, encoding: bytes) -> None:
        self._encodings[key] = encoding
        self._renew(key)
        while len(self._encodings) > self._size:
            with suppress(KeyError):  # another thread may drop the last one first
                self._encodings.popitem(last=False)

    def _renew(self, key: VibeKey) -> None:
        with suppress(KeyError):  # another thread may have dropped it
            self._encodings.move_to_end(key)


def encode_vibe(
    image: ImageInput,
    *,
    model: str,
    info_extracted: float,
    cache: VibeCache,
    field: str = "image",
    follows: Tariff | None = None,
) -> Flow[bytes]:
    """Encode a picture for vibe transfer, or take the encoding that was paid for before.

    Args:
        image: the picture.
        model: the model the vibe will be used with.
        info_extracted: 0.01 to 1; how much is read from the picture.
        cache: encodings that were paid for.
        field: what errors call the picture.
        follows: what the same call pays after it, if it is on the way to something else.

    Returns:
        about 49 kB of opaque bytes, valid for this model.

    Raises:
        InvalidParamsError: an argument is wrong; nothing was sent.
    """
    params_from(Vibe, None, {"image": image, "info_extracted": info_extracted})
    spec = model_spec(model)
    if spec.vibes != "encoded":
        raise InvalidParamsError([("model", f"{spec.name} does not take encoded vibes")])
    model = base_model(model)
    picture = yield from work(partial(_picture, image, field))
    key = (sha256(picture).hexdigest(), model, info_extracted)
    known = yield from work(partial(cache.get, key))
    if known is not None:
        return known
    body = {
        "image": Blob("image", picture),
        "information_extracted": info_extracted,
        "model": model,
    }
    content, content_type = yield from work(partial(encode_body, body, "json"))
    reply = yield from send(
        Request(
            "POST",
            "image",
            PATH,
            content=content,
            content_type=content_type,
            paid=True,
            generation=True,
            main=follows is None,
            tariff=lambda _opus, _exhausted: ENCODE_VIBE_ANLAS,
            follows=follows,
        )
    )
    said = reply.headers.get("content-type", "").startswith(("text/", "application/json"))
    if said or not reply.content:
        raise InvalidResponseError(
            "NovelAI's answer is not a vibe encoding. 2 Anlas may have been charged.",
            status=reply.status,
            charged="unknown",
        )
    yield from work(partial(cache.put, key, reply.content))
    return reply.content


def _picture(image: ImageInput, field: str) -> bytes:
    return png_bytes(opaque(open_image(image, field)))
