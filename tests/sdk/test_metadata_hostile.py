"""Files made to harm: read quickly, and never more than our error."""

import struct
import time
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.sdk.making import TEXTS, exif, ours, png, webp

from novelai import InvalidParamsError
from novelai._metadata.stealth import MAGIC
from novelai.metadata import (
    erase_metadata,
    extract_metadata,
    params_from_image,
    verify_signature,
    write_metadata,
)
from novelai.types import GenerateImageParams

SIGNATURE = b"\x89PNG\r\n\x1a\n"
QUICK = 2.0
"""Seconds; each takes a fraction of one. Without limits they would take minutes."""


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(size):
    """Return zeros that unpack to the size given."""
    return zlib.compress(bytes(size), 9)


def with_chunks(*chunks, base=None):
    """Return a PNG file with chunks behind its header."""
    data = png(texts={}) if base is None else base
    head = len(SIGNATURE) + 25
    return data[:head] + b"".join(chunks) + data[head:]


def text(keyword, body):
    return chunk(b"tEXt", keyword + b"\0" + body)


def packed(keyword, body):
    return chunk(b"zTXt", keyword + b"\0\0" + body)


LONG = 10 * 1024 * 1024
BOMB = bomb(64 * 1024 * 1024)
HALF = bomb(16 * 1024 * 1024)[:-9]
OVERLAPPING = {0x0131: "x" * 1000}
FILES = {
    "a comment of 10 MB": with_chunks(text(b"Comment", b"x" * LONG)),
    "10 MB of open brackets": with_chunks(text(b"Comment", b"[" * LONG)),
    "10 MB of objects": with_chunks(text(b"Comment", b'{"a":' * (LONG // 5))),
    "a bomb": with_chunks(packed(b"Comment", BOMB)),
    "a hundred bombs": with_chunks(*[packed(b"Comment", BOMB) for _ in range(100)]),
    "a thousand broken bombs": with_chunks(*[packed(b"a", HALF) for _ in range(1000)]),
    "an international bomb": with_chunks(chunk(b"iTXt", b"Comment\0\1\0\0\0" + BOMB)),
    "a million chunks": SIGNATURE + chunk(b"abcd", b"") * 1_000_000,
    "a million texts": SIGNATURE + text(b"a", b"") * 500_000,
    "a chunk longer than the file": SIGNATURE
    + struct.pack(">I4s", 2**32 - 1, b"tEXt")
    + b"Comment",
    "a text without a keyword": with_chunks(chunk(b"tEXt", b"")),
    "a number of a million digits": with_chunks(text(b"Comment", b"1" * 1_000_000)),
    "a picture that claims to be huge": SIGNATURE
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0)),
    "a large picture": SIGNATURE
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 7000, 7000, 8, 6, 0, 0, 0))
    + chunk(b"IDAT", bomb(7000 * 28001)),
    "EXIF that points at itself": webp(block=b"II*\0\x08\0\0\0\xff\xff" + b"\x31\x01\x02\0" * 4000),
    "EXIF of one value, many times": webp(
        block=b"II*\0\x08\0\0\0\0\x01"
        + b"".join(struct.pack("<HHII", 0x0131, 2, LONG, 8) for _ in range(256))
        + bytes(LONG)
    ),
    "a million RIFF chunks": b"RIFF\0\0\0\0WEBP" + b"abcd\0\0\0\0" * 1_000_000,
}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_read_quickly(name):
    """Bombs, wrong lengths and endless comments cost little time, and raise nothing foreign."""
    data = FILES[name]
    for read in (reading, params_from_image, verify_signature):
        begin = time.process_time()
        with suppress(InvalidParamsError):
            read(data)
        assert time.process_time() - begin < QUICK


def reading(data):
    """Read all there is."""
    meta = extract_metadata(data)
    return meta.png_info, meta.alpha_info, meta.settings


def test_a_bomb_before_the_settings():
    """A text that cannot be unpacked does not hide the settings behind it."""
    data = with_chunks(packed(b"a", b"broken"), text(b"Comment", TEXTS["Comment"].encode()))
    assert extract_metadata(data).settings.seed == 7


def stealth(payload, length=None, size=(64, 64)):
    """Return a picture whose alpha channel holds a message as it is."""
    length = len(payload) * 8 if length is None else length
    message = MAGIC + struct.pack(">I", length) + payload
    bits = Image.frombytes("1", (len(message) * 8, 1), message).convert("L").tobytes()
    plane = bits.replace(b"\0", b"\xfe").ljust(size[0] * size[1], b"\xff")
    image = Image.new("RGB", size)
    alpha = Image.frombytes("L", (size[1], size[0]), plane[: size[0] * size[1]])
    image.putalpha(alpha.transpose(Image.Transpose.TRANSPOSE))
    file = BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def gzipped(body):
    packer = zlib.compressobj(wbits=31)
    return packer.compress(body) + packer.flush()


HIDDEN = {
    "nothing": stealth(b""),
    "a length beyond the picture": stealth(b"", length=2**32 - 1),
    "no gzip": stealth(b"x" * 100),
    "half of a gzip": stealth(gzipped(b'{"Comment": "{}"}')[:-12]),
    "no JSON": stealth(gzipped(b"x" * 100)),
    "a list": stealth(gzipped(b"[]")),
    "wrong types": stealth(gzipped(b'{"Comment": [1], "Source": {}, "Generation time": []}')),
    "a deep document": stealth(gzipped(b"[" * 100_000)),
    "a bomb": stealth(gzipped(bytes(64 * 1024 * 1024)), size=(1024, 1024)),
    "half of a byte": stealth(gzipped(b"{}"), length=13),
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_hostile_message_in_the_alpha_channel(name):
    """Whatever is hidden, reading it is quick and raises nothing."""
    begin = time.process_time()
    meta = extract_metadata(HIDDEN[name])
    assert meta.settings is None or not meta.settings.comment
    assert time.process_time() - begin < QUICK


SOUND = [
    png(),
    webp(),
    webp(block=exif(OVERLAPPING)),
    write_metadata(Image.new("RGB", (96, 96)), TEXTS, target="alpha"),
    write_metadata(Image.new("RGB", (96, 96)), TEXTS, image_format="webp"),
]


@st.composite
def damaged(draw):
    """Return a sound file with bytes changed, cut out, doubled or cut off."""
    data = bytearray(draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(data)))
        what = draw(st.sampled_from(["change", "remove", "insert", "end"]))
        piece = draw(st.binary(min_size=1, max_size=8))
        if what == "change":
            data[place : place + len(piece)] = piece
        elif what == "remove":
            del data[place : place + draw(st.integers(1, 40))]
        elif what == "insert":
            data[place:place] = piece
        else:
            del data[place:]
    return bytes(data)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, about broken EXIF
@settings(max_examples=600)
@given(st.one_of(damaged(), st.binary(max_size=64), st.binary(max_size=64).map(SIGNATURE.__add__)))
def test_damage_is_our_error_or_none(data):
    """However a file is damaged, reading it raises our error or nothing."""
    for read, kind in (
        (reading, tuple),
        (params_from_image, GenerateImageParams),
        (verify_signature, bool),
        (erase_metadata, Image.Image),
    ):
        found = ours(InvalidParamsError, lambda read=read: read(data))
        assert isinstance(found, kind | InvalidParamsError)
