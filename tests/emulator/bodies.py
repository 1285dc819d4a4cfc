"""Requests and pictures the tests send."""

import base64
import json
import struct
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import msgpack
from PIL import Image

CAPTURES = Path(__file__).parent.parent / "data" / "image-requests"
V45, V5, V4, V3 = (
    "nai-diffusion-4-5-full",
    "nai-diffusion-5-full",
    "nai-diffusion-4-full",
    "nai-diffusion-3",
)
MEDIUM = "nai-diffusion-5-full-medium"
MODERN = {
    V45,
    V5,
    V4,
    MEDIUM,
    "nai-diffusion-5-curated",
    "nai-diffusion-4-5-curated",
    "nai-diffusion-4-curated",
    "nai-diffusion-4-curated-preview",
}


def generation(
    prompt: str = "1girl, red dress", model: str = V45, **changes: Any
) -> dict[str, Any]:
    """A small valid body; `changes` go to the top level when it has such a field."""
    caption = {"base_caption": prompt, "char_captions": changes.pop("char_captions", [])}
    parameters: dict[str, Any] = {
        "width": 128,
        "height": 192,
        "steps": 4,
        "seed": 7,
        "negative_prompt": "lowres",
        "v4_prompt": {"caption": caption, "use_coords": False, "use_order": True},
        "v4_negative_prompt": {"caption": {"base_caption": "lowres", "char_captions": []}},
    }
    if model.partition("-inpainting")[0] not in MODERN:
        # Models before V4 fail with structured prompts.
        del parameters["v4_prompt"], parameters["v4_negative_prompt"]
    body: dict[str, Any] = {"input": prompt, "model": model, "parameters": parameters}
    for name, value in changes.items():
        (body if name == "action" else parameters)[name] = value
    return body


def b64(data: bytes) -> str:
    """Base64 as JSON bodies carry it."""
    return base64.b64encode(data).decode()


def png(
    size: tuple[int, int] = (128, 192), colour: Any = (40, 160, 90), mode: str = "RGB"
) -> bytes:
    """A picture of one colour."""
    file = BytesIO()
    Image.new(mode, size, colour).save(file, "PNG")
    return file.getvalue()


def mask(size: tuple[int, int] = (128, 192)) -> bytes:
    """A mask whose left half is to be drawn anew."""
    picture = Image.new("L", size)
    picture.paste(255, (0, 0, size[0] // 2, size[1]))
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def pictures(answer: httpx2.Response) -> list[bytes]:
    """The files in a ZIP answer."""
    with zipfile.ZipFile(BytesIO(answer.content)) as packed:
        return [packed.read(name) for name in packed.namelist()]


def opened(answer: httpx2.Response, index: int = 0) -> Image.Image:
    """One picture of a ZIP answer."""
    return Image.open(BytesIO(pictures(answer)[index]))


def frames(content: bytes) -> list[dict[str, Any]]:
    """The frames of a msgpack stream."""
    found: list[dict[str, Any]] = []
    while content:
        (length,) = struct.unpack_from(">I", content)
        found.append(msgpack.unpackb(content[4 : 4 + length]))
        content = content[4 + length :]
    return found


def capture(name: str) -> dict[str, Any]:
    """One captured request."""
    return json.loads((CAPTURES / f"{name}.json").read_text())


def sent_as_captured(item: dict[str, Any]) -> dict[str, Any]:
    """The arguments that send a captured request the way it was sent: JSON or a form."""
    if not item["multipart_parts"]:
        return {"json": item["body"]}
    files: list[tuple[str, Any]] = []
    for part in item["multipart_parts"]:
        held = part.get("placeholder_base64")
        data = base64.b64decode(held) if held else json.dumps(item["body"]).encode()
        files.append((part["name"], ("blob", data, part.get("type", "image/png"))))
    return {"files": files}
