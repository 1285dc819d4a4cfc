"""Encoding the picture of a vibe, and remembering what was paid for."""

from collections import OrderedDict
from functools import partial
from hashlib import sha256
from threading import Lock

from novelai._codecs.body import Blob, encode_body
from novelai._operations.arguments import params_from
from novelai._operations.sources import opaque, open_image, png_bytes
from novelai._wire import Flow, Request, send, work
from novelai.catalogue import base_model, model_spec
from novelai.errors import InvalidParamsError, InvalidResponseError
from novelai.types.source import ImageInput
from novelai.types.vibe import Vibe

__all__ = ["VibeCache", "encode_vibe"]

PATH = "/ai/encode-vibe"


class VibeCache:
    """Encodings by picture, model and extraction; the oldest unused one is dropped first."""

    def __init__(self, size: int = 128) -> None:
        self._size = size
        self._encodings: OrderedDict[tuple[str, str, float], bytes] = OrderedDict()
        self._mutex = Lock()

    def get(self, key: tuple[str, str, float]) -> bytes | None:
        """The encoding, if it is known."""
        with self._mutex:
            if key in self._encodings:
                self._encodings.move_to_end(key)
            return self._encodings.get(key)

    def put(self, key: tuple[str, str, float], encoding: bytes) -> None:
        """Remember an encoding."""
        with self._mutex:
            self._encodings[key] = encoding
            self._encodings.move_to_end(key)
            while len(self._encodings) > self._size:
                self._encodings.popitem(last=False)


def encode_vibe(
    image: ImageInput,
    *,
    model: str,
    info_extracted: float,
    cache: VibeCache,
    field: str = "image",
) -> Flow[bytes]:
    """Encode a picture for vibe transfer, or take the encoding that was paid for before.

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
    known = cache.get(key)
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
        )
    )
    if not reply.content or reply.content[:1] in b"{<":
        raise InvalidResponseError(
            "NovelAI's answer is not a vibe encoding. 2 Anlas may have been charged.",
            status=reply.status,
            charged="unknown",
        )
    cache.put(key, reply.content)
    return reply.content


def _picture(image: ImageInput, field: str) -> bytes:
    return png_bytes(opaque(open_image(image, field)))
