"""What the service would send: pictures, archives, frames and events, made small."""

import json
import struct
import zipfile
from base64 import b64encode
from io import BytesIO
from itertools import pairwise

import msgpack
from PIL import Image
from PIL.PngImagePlugin import PngInfo

SETTINGS = {"prompt": "1girl, cat ears", "seed": 7, "uc": "lowres", "steps": 23}
TEXTS = {
    "Comment": json.dumps(SETTINGS),
    "Title": "AI generated image",
    "Description": "1girl, cat ears",
    "Software": "NovelAI",
    "Source": "NovelAI Diffusion V4.5 4BDE2A90",
    "Generation_time": "2.5206",
}


def png(size=(16, 24), colour=(200, 100, 50, 255), texts=None, mode="RGBA", compress_level=6):
    """Return a PNG file, by default with the texts NovelAI embeds."""
    chunks = PngInfo()
    for keyword, text in (TEXTS if texts is None else texts).items():
        chunks.add_text(keyword, text)
    buffer = BytesIO()
    image = Image.new(mode, size, colour)
    image.save(buffer, "PNG", pnginfo=chunks, compress_level=compress_level)
    return buffer.getvalue()


def exif(entries, order="<", comment=None):
    """Return an EXIF block with ASCII entries by tag, and a UserComment in its own directory."""
    rows, values = [], b""
    count = len(entries) + (comment is not None)
    after = 8 + 2 + 12 * count + 4
    for tag, text in entries.items():
        data = text.encode() + b"\0"
        rows.append((tag, 2, data))
    for tag, kind, data in rows:
        values += struct.pack(f"{order}HHI", tag, kind, len(data))
        values += struct.pack(f"{order}I", after) if len(data) > 4 else data.ljust(4, b"\0")
        after += len(data) if len(data) > 4 else 0
    tail = b"".join(data for _, _, data in rows if len(data) > 4)
    if comment is not None:
        values += struct.pack(f"{order}HHII", 0x8769, 4, 1, after)
        tail += struct.pack(f"{order}HHHII", 1, 0x9286, 7, len(comment), after + 2 + 12 + 4)
        tail += struct.pack(f"{order}I", 0) + comment
    mark = b"II*\0" if order == "<" else b"MM\0*"
    head = mark + struct.pack(f"{order}IH", 8, count)
    return head + values + struct.pack(f"{order}I", 0) + tail


def novelai_exif(order="<"):
    entries = {
        0x010D: TEXTS["Title"],
        0x010E: TEXTS["Description"],
        0x0131: TEXTS["Source"],
    }
    return exif(entries, order, b"ASCII\0\0\0" + TEXTS["Comment"].encode())


def webp(size=(16, 24), colour=(200, 100, 50, 250), block=None):
    """Return a lossless WebP file with NovelAI's EXIF block; opaque ones would lose their alpha."""
    buffer = BytesIO()
    image = Image.new("RGBA", size, colour)
    image.save(buffer, "WEBP", lossless=True, exif=novelai_exif() if block is None else block)
    return buffer.getvalue()


def jpeg(size=(16, 24), colour=(200, 100, 50)):
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, "JPEG")
    return buffer.getvalue()


def archive(*pictures, method=zipfile.ZIP_DEFLATED):
    """Return the ZIP archive that a generation answers; the same at any time of day."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as file:
        for index, data in enumerate(pictures):
            file.writestr(zipfile.ZipInfo(f"image_{index}.png"), data, compress_type=method)
    return buffer.getvalue()


def preview(step, data=b"\xff\xd8\xff jpeg", sample=0):
    return {
        "event_type": "intermediate",
        "samp_ix": sample,
        "step_ix": step,
        "gen_id": 5,
        "sigma": 20000.0 / (step + 1),
        "image": data,
    }


def final(data, sample=0):
    return {"event_type": "final", "samp_ix": sample, "gen_id": 5, "image": data}


def failure(message="Generation failed"):
    return {"event_type": "error", "message": message, "samp_ix": 0}


def frame(event):
    """Return one event as a length and a msgpack map."""
    packed = msgpack.packb(event)
    return struct.pack(">I", len(packed)) + packed


def frames(*events):
    return b"".join(frame(event) for event in events)


def server_sent(event):
    """Return one event as the service writes it in text."""
    image = event.get("image")
    shown = event if image is None else {**event, "image": b64encode(image).decode()}
    return f"event: {event['event_type']}\ndata: {json.dumps(shown)}\n\n".encode()


def event_text(*events):
    return b"".join(server_sent(event) for event in events)


def cut(data, places):
    """Return the pieces between sorted places."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[start:end] for start, end in pairwise(edges)]


def ours(kind, call):
    """Return what a call gives, or its error of our kind; any other fails the test."""
    found = error = None
    try:
        found = call()
    except Exception as caught:  # noqa: BLE001 - judged below
        error = caught
    assert error is None or isinstance(error, kind), repr(error)
    return found if error is None else error
