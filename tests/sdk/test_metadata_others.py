"""Texts that other programs wrote, beside NovelAI's or alone, in every file and byte order."""

import gzip
import json
import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.sdk.making import SETTINGS, TEXTS, exif, jpeg, png, webp

from novelai._metadata.decoding import decode_comment
from novelai._metadata.others import read_other
from novelai._metadata.reading import choose_texts, open_texts
from novelai._metadata.stealth import read_stealth
from novelai.metadata import extract_metadata, read_metadata

SIGNATURE = 8
COMMENT = json.dumps({**SETTINGS, "prompt": "1girl, \u732b\u8033 \U0001f408"}, ensure_ascii=False)
A1111 = "1girl, \u732b\u8033\nNegative prompt: bad\nSteps: 20, Sampler: Euler a, Seed: 99"
GRAPH = {"3": {"class_type": "KSampler", "inputs": {"seed": 5}}}
WRAPPINGS = {
    "utf-16, big end first": lambda text: b"UNICODE\0" + text.encode("utf-16-be"),
    "utf-16, little end first": lambda text: b"UNICODE\0" + text.encode("utf-16-le"),
    "utf-16 with a mark": lambda text: b"UNICODE\0" + text.encode("utf-16"),
    "utf-16, marked, big": lambda text: b"UNICODE\0\xfe\xff" + text.encode("utf-16-be"),
    "utf-8 that says utf-16": lambda text: b"UNICODE\0" + text.encode(),
    "utf-8 with a mark": lambda text: b"UNICODE\0\xef\xbb\xbf" + text.encode(),
    "another case": lambda text: b"Unicode\0" + text.encode("utf-16-be"),
    "utf-16 that says ascii": lambda text: b"ASCII\0\0\0" + text.encode("utf-16-le"),
    "utf-8 that says ascii": lambda text: b"ASCII\0\0\0" + text.encode(),
    "utf-8 that says jis": lambda text: b"JIS\0\0\0\0\0" + text.encode(),
    "nothing said": lambda text: b"\0" * 8 + text.encode(),
    "no name in front": lambda text: text.encode(),
    "zeros behind": lambda text: b"ASCII\0\0\0" + text.encode() + b"\0\0\0",
}


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(*chunks):
    """Return a PNG without texts of its own, with chunks behind its header."""
    bare = png(texts={})
    place = SIGNATURE + 25
    return bare[:place] + b"".join(chunks) + bare[place:]


def text(keyword, value):
    return chunk(b"tEXt", keyword.encode() + b"\0" + value.encode())


def in_jpeg(block):
    """Return a JPEG with an EXIF block behind a segment of another kind."""
    bare = jpeg()
    other = b"\xff\xfe\0\x07hello"
    body = b"Exif\0\0" + block
    return bare[:2] + other + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + bare[2:]


FILES = {
    "webp": lambda block: webp(block=block),
    "jpeg": in_jpeg,
    "png": lambda block: with_chunks(chunk(b"eXIf", block)),
}


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("wrapping", WRAPPINGS)
def test_every_encoding_in_every_file(wrapping, file, order):
    """Whatever a writer says of its encoding, the text itself decides, in WebP, JPEG and PNG."""
    block = exif({0x0131: TEXTS["Source"]}, order, WRAPPINGS[wrapping](COMMENT))
    meta = extract_metadata(FILES[file](block))
    assert (meta.settings.seed, meta.settings.prompt) == (7, "1girl, \u732b\u8033 \U0001f408")
    assert (meta.settings.source, meta.other) == (TEXTS["Source"], None)
    foreign = extract_metadata(FILES[file](exif({}, order, WRAPPINGS[wrapping](A1111))))
    assert (foreign.settings, foreign.other.tool) == (None, "A1111")
    assert foreign.other.prompt == "1girl, \u732b\u8033"
    assert foreign.other.fields["Seed"] == "99"
    assert foreign.png_info == {"parameters": A1111}


@given(st.text(), st.sampled_from("<>"))
def test_any_text_with_a_mark_comes_back(value, order):
    """A mark of the order of bytes is believed."""
    value = value.encode("utf-16", "replace").decode("utf-16").rstrip("\0")
    marked = b"UNICODE\0" + value.encode("utf-16")
    assert decode_comment(marked, order=order) == value


@given(st.binary(max_size=60), st.sampled_from("<>"))
def test_any_bytes_are_some_text(value, order):
    """Bytes of no encoding at all are read as far as they go."""
    for name in (b"", b"UNICODE\0", b"ASCII\0\0\0"):
        assert isinstance(decode_comment(name + value, order=order), str)


def test_utf_16_without_one_letter_of_ascii():
    """Where no zero gives the order away, the block's own is taken."""
    for order, encoding in (("<", "utf-16-le"), (">", "utf-16-be")):
        text = "\u732b\u8033\u5c11\u5973"
        assert decode_comment(b"UNICODE\0" + text.encode(encoding), order=order) == text


@pytest.mark.parametrize("first", ["ours", "theirs"])
@pytest.mark.parametrize(
    ("name", "foreign"),
    [
        ("Comment", "Created with GIMP"),
        ("Comment", '{"version": 3, "layers": []}'),
        ("Comment", "[1, 2"),
        ("Software", "GIMP 3.0"),
        ("Source", "https://example.org/cat"),
    ],
)
def test_of_two_texts_with_one_name_novelais_is_read(name, foreign, first):
    """A program that a picture went through adds its own, in front or behind."""
    chunks = [text(keyword, value) for keyword, value in TEXTS.items()]
    place = 0 if first == "theirs" else len(chunks)
    chunks.insert(place, text(name, foreign))
    found = read_metadata(with_chunks(*chunks), lambda: pytest.fail("decoded"))
    assert (found.comment, found.software) == (SETTINGS, "NovelAI")
    assert found.source == TEXTS["Source"]


def test_of_two_foreign_texts_the_first_is_read():
    """Without one of NovelAI's the file's own order counts."""
    assert choose_texts([("Comment", "a"), ("Comment", "b"), ("Author", "c")]) == {
        "Comment": "a",
        "Author": "c",
    }


def test_both_programs_in_one_file():
    """A1111's text beside NovelAI's, in one file or in one EXIF block, leaves both readable."""
    chunks = [chunk(b"iTXt", b"parameters\0\0\0\0\0" + A1111.encode())]
    chunks += [text(name, value) for name, value in TEXTS.items()]
    block = exif({}, comment=b"ASCII\0\0\0" + A1111.encode())
    for data in (with_chunks(*chunks), with_chunks(*chunks[1:], chunk(b"eXIf", block))):
        meta = extract_metadata(data)
        assert (meta.settings.seed, meta.other.fields["Seed"]) == (7, "99")


def test_a_document_around_the_settings_names_the_model():
    """Some WebP files hold Comment and Source in one document."""
    wrapped = json.dumps({"Comment": TEXTS["Comment"], "Source": TEXTS["Source"]})
    found = extract_metadata(webp(block=exif({}, comment=b"ASCII\0\0\0" + wrapped.encode())))
    assert (found.settings.source, found.settings.seed) == (TEXTS["Source"], 7)


def test_graphs_of_comfyui():
    """They are text in PNG, and hide in a camera's name in WebP; a camera's name is no graph."""
    graph = json.dumps(GRAPH)
    in_png = png(texts={"prompt": graph, "workflow": graph})
    in_webp = webp(block=exif({0x010F: f"workflow:{graph}", 0x0110: f"prompt:{graph}"}))
    for data in (in_png, in_webp):
        other = extract_metadata(data).other
        assert (other.tool, other.graphs) == ("ComfyUI", {"prompt": GRAPH, "workflow": GRAPH})
    camera = in_jpeg(exif({0x010F: "Nikon", 0x0110: "prompt: 5"}))
    assert (extract_metadata(camera).other, extract_metadata(camera).png_info) == (None, None)


KINDS = {
    "alpha, packed": (b"stealth_pngcomp", "A", True),
    "alpha, plain": (b"stealth_pnginfo", "A", False),
    "colours, packed": (b"stealth_rgbcomp", "RGB", True),
    "colours, plain": (b"stealth_rgbinfo", "RGB", False),
}


def hide(content, kind, *, size=(60, 50), mode="RGBA", length=None):
    """Return a PNG with a text in its lowest bits, column by column, one value after another."""
    magic, place, packed = KINDS[kind]
    body = content.encode()
    body = gzip.compress(body) if packed else body
    stream = magic + struct.pack(">I", len(body) * 8 if length is None else length) + body
    image = Image.new("RGBA", size, (10, 20, 30, 255))
    pixels = image.load()
    channels = [3] if place == "A" else [0, 1, 2]
    for index in range(len(stream) * 8):
        bit = stream[index // 8] >> (7 - index % 8) & 1
        step, channel = divmod(index, len(channels))
        spot = step // size[1], step % size[1]
        values = list(pixels[spot])
        values[channels[channel]] = values[channels[channel]] & 254 | bit
        pixels[spot] = tuple(values)
    buffer = BytesIO()
    image.convert(mode).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("size", [(60, 50), (2600, 1), (7, 400)])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("picture", ["RGBA", "RGB"])
def test_every_kind_of_hidden_text(picture, kind, size):
    """Packed or plain, in the transparency or in the colours, NovelAI's document or A1111's."""
    document = json.dumps({name: value for name, value in TEXTS.items() if name != "Title"})
    mode = "RGBA" if KINDS[kind][1] == "A" else picture
    meta = extract_metadata(hide(A1111, kind, size=size, mode=mode))
    assert (meta.settings, meta.other.fields["Seed"]) == (None, "99")
    assert meta.alpha_info == {"parameters": A1111}
    own = extract_metadata(hide(document, kind, size=(60, 100), mode=mode))
    assert (own.settings.comment, own.settings.origin) == (SETTINGS, "stealth")
    assert own.other is None


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("content", "length"),
    [("only words", None), ("[1, 2]", None), ("", None), (A1111, 0), (A1111, 2**32 - 1)],
)
def test_hidden_texts_of_nobody(kind, content, length):
    """What is neither a document nor A1111's, or lies about its length, is nothing."""
    assert extract_metadata(hide(content, kind, length=length)).alpha_info is None


@given(
    st.binary(min_size=1, max_size=40), st.sampled_from(sorted(KINDS)), st.integers(0, 2**32 - 1)
)
def test_hostile_hidden_bytes_raise_nothing(noise, kind, length):
    """Whatever follows the name of a kind, there is a document or none."""
    magic, place, _ = KINDS[kind]
    stream = magic + struct.pack(">I", length) + noise
    bits = [byte >> (7 - bit) & 1 for byte in stream for bit in range(8)]
    height = 64
    width = -(-len(bits) // height)
    values = bytes(bits).ljust(width * height * 3, b"\0")
    # One value of a column after another: the transposed picture is written row by row.
    if place == "A":
        alpha = Image.frombytes("L", (height, width), values[: width * height])
        image = Image.new("RGBA", (width, height))
        image.putalpha(alpha.transpose(Image.Transpose.TRANSPOSE))
    else:
        colours = Image.frombytes("RGB", (height, width), values)
        image = colours.transpose(Image.Transpose.TRANSPOSE)
    assert isinstance(read_stealth(image), dict)


def test_the_pixels_are_left_alone_where_the_file_tells_enough():
    """With NovelAI's settings in the open nothing is decoded for anybody else's."""
    broken = png((64, 64), texts=TEXTS, compress_level=0)[:-5000]
    meta = extract_metadata(broken)
    assert (meta.settings.seed, meta.other) == (7, None)
    assert "alpha_info" not in vars(meta)


json_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
names = st.sampled_from(["parameters", "prompt", "workflow", "Comment"])


@given(st.dictionaries(names, json_values | st.text(), max_size=3))
def test_hostile_texts_are_read_or_not(texts):
    """Whatever stands where other programs write, there is a value of theirs or none."""
    other = read_other(texts)
    assert other is None or other.tool in ("A1111", "ComfyUI")


@given(st.binary(max_size=60))
def test_hostile_segments_raise_nothing(segments):
    """Any bytes behind a JPEG's beginning give texts or nothing."""
    assert isinstance(open_texts(b"\xff\xd8\xff" + segments), dict)
    assert open_texts(b"\xff\xd8" + b"\xff\xe1\0\0" * 9) == {}
