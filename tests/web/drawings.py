"""Pictures and files for the browser's hands, and how they are dropped on the page."""

import base64
import zlib
from io import BytesIO
from struct import pack
from typing import Any

from PIL import Image
from playwright.sync_api import Locator

DROP = """(target, {files, large}) => {
    const data = new DataTransfer();
    for (const {name, type, text} of files) {
        const bytes = large
            ? new Uint8Array(large)
            : Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
        data.items.add(new File([bytes], name, {type}));
    }
    for (const name of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(name, {dataTransfer: data, bubbles: true, cancelable: true});
        target.dispatchEvent(event);
    }
}"""

PASTE = """(target, {name, text}) => {
    const data = new DataTransfer();
    const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
    data.items.add(new File([bytes], name, {type: "image/png"}));
    const options = {clipboardData: data, bubbles: true, cancelable: true};
    target.dispatchEvent(new ClipboardEvent("paste", options));
}"""


def drawing(width: int = 128, height: int = 192) -> bytes:
    """A PNG where every pixel differs from its neighbours."""
    image = Image.new("RGB", (width, height))
    image.putdata([(x % 256, y % 256, (x * y) % 256) for y in range(height) for x in range(width)])
    return encoded(image)


def encoded(image: Image.Image) -> bytes:
    """The PNG of a picture."""
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def with_text(data: bytes, **texts: str) -> bytes:
    """A PNG with text chunks in front of its pixels; names and texts are Latin-1."""
    chunks = b"".join(_chunk(b"tEXt", f"{k}\0{v}".encode("latin-1")) for k, v in texts.items())
    after_header = 8 + 25
    return data[:after_header] + chunks + data[after_header:]


def _chunk(kind: bytes, body: bytes) -> bytes:
    return pack(">I", len(body)) + kind + body + pack(">I", zlib.crc32(kind + body))


def a_file(data: bytes, name: str = "drawing.png", kind: str = "image/png") -> Any:
    """A file as a file chooser takes it."""
    return {"name": name, "mimeType": kind, "buffer": data}


def drop(target: Locator, data: bytes, name: str = "drawing.png", kind: str = "image/png") -> None:
    """Drop a file on something."""
    file = {"name": name, "type": kind, "text": base64.b64encode(data).decode()}
    target.evaluate(DROP, {"files": [file], "large": 0})


def drop_large(target: Locator, size: int, name: str) -> None:
    """Drop a file of so many bytes, all zero."""
    file = {"name": name, "type": "image/png", "text": ""}
    target.evaluate(DROP, {"files": [file], "large": size})


def paste(target: Locator, data: bytes) -> None:
    """Paste a picture into something."""
    target.evaluate(PASTE, {"name": "pasted.png", "text": base64.b64encode(data).decode()})
