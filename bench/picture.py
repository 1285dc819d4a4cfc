"""The picture that the stub answers, and the replies it is packed in: built once, sent as they are.

It looks like NovelAI's as far as costs are concerned: 832x1216, RGBA, about 1.5 MB, settings in
text chunks, one deflated entry in a ZIP, or 30 JPEG previews of about 12 kB before it in a stream.
"""

import json
from base64 import b64encode
from dataclasses import dataclass
from io import BytesIO
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile

import msgpack
from PIL import Image, ImageChops
from PIL.PngImagePlugin import PngInfo

__all__ = ["PREVIEWS", "Replies", "build"]

SIZE = (832, 1216)
PREVIEWS = 30
NOISE_LEVELS = 6
"""How strong the noise in each colour is: at 6 the file is as large as a drawn picture's."""

PREVIEW_QUALITY = 86
COMMENT = {"prompt": "1girl, cat ears", "steps": 23, "width": 832, "height": 1216, "seed": 1}


@dataclass(frozen=True, slots=True)
class Replies:
    """The bodies of every answer.

    Attributes:
        png: the bare picture.
        archive: the picture in a ZIP.
        msgpack: a stream of length-prefixed frames, one item each.
        sse: the same as server-sent events.
    """

    png: bytes
    archive: bytes
    msgpack: tuple[bytes, ...]
    sse: tuple[bytes, ...]


def build() -> Replies:
    """Draw the picture and pack it; the same bytes each time."""
    colours = _colours(Random(7))
    png = _png(colours)
    preview = _jpeg(colours)
    events = [
        {
            "event_type": "intermediate",
            "samp_ix": 0,
            "step_ix": step,
            "gen_id": 1,
            "sigma": 100.0 / (step + 1),
            "image": preview,
        }
        for step in range(PREVIEWS)
    ]
    events.append({"event_type": "final", "samp_ix": 0, "gen_id": 1, "image": png})
    return Replies(
        png=png,
        archive=_archive(png),
        msgpack=tuple(_frame(event) for event in events),
        sse=tuple(_event(event) for event in events),
    )


def _colours(rng: Random) -> Image.Image:
    gradient = Image.linear_gradient("L").resize(SIZE)
    bands: list[Image.Image] = []
    for turn in (0, 90, 180):
        noise = Image.frombytes("L", SIZE, rng.randbytes(SIZE[0] * SIZE[1]))
        noise = noise.point([value * NOISE_LEVELS >> 8 for value in range(256)])
        bands.append(ImageChops.add(gradient.rotate(turn), noise, scale=1.1))
    return Image.merge("RGB", bands)


def _png(colours: Image.Image) -> bytes:
    texts = PngInfo()
    texts.add_text("Comment", json.dumps(COMMENT))
    texts.add_text("Software", "NovelAI")
    picture = colours.copy()
    picture.putalpha(255)
    buffer = BytesIO()
    picture.save(buffer, "PNG", pnginfo=texts)
    return buffer.getvalue()


def _jpeg(colours: Image.Image) -> bytes:
    buffer = BytesIO()
    colours.resize((SIZE[0] // 2, SIZE[1] // 2)).save(buffer, "JPEG", quality=PREVIEW_QUALITY)
    return buffer.getvalue()


def _archive(png: bytes) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr("image_0.png", png)
    return buffer.getvalue()


def _frame(event: dict[str, object]) -> bytes:
    body = msgpack.packb(event)
    return len(body).to_bytes(4, "big") + body


def _event(event: dict[str, object]) -> bytes:
    image = event["image"]
    assert isinstance(image, bytes)
    data = json.dumps({**event, "image": b64encode(image).decode("ascii")})
    return f"event: {event['event_type']}\ndata: {data}\n\n".encode()
