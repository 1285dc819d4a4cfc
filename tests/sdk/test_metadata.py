"""Embedded settings, wherever they are."""

import gzip
import json
import struct
import time
import zlib
from io import BytesIO

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image
from tests.sdk.making import SETTINGS, TEXTS, exif, novelai_exif, png, webp

from novelai import NovelAIError
from novelai._metadata.png import SIGNATURE
from novelai._metadata.reading import open_texts
from novelai.metadata import ImageMetadata, read_metadata

COMMENT = TEXTS["Comment"]


def read(data):
    return read_metadata(data, lambda: Image.open(BytesIO(data)))


def never_opened():
    pytest.fail("the picture was decoded")


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(*chunks, after=False):
    """Return a PNG without texts, with chunks added before or after its pixels."""
    bare = png(texts={})
    place = bare.index(b"IEND") - 4 if after else len(SIGNATURE) + 25
    return bare[:place] + b"".join(chunks) + bare[place:]


def test_png_texts():
    """Every text NovelAI writes has its place."""
    found = read_metadata(png(), never_opened)
    assert found == ImageMetadata(
        title=TEXTS["Title"],
        description=TEXTS["Description"],
        software="NovelAI",
        source=TEXTS["Source"],
        generation_time=2.5206,
        comment=SETTINGS,
        origin="png",
    )
    assert (found.prompt, found.negative_prompt, found.seed) == ("1girl, cat ears", "lowres", 7)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize(
    "kind", ["tEXt", "zTXt", "iTXt", "packed iTXt"], ids=lambda kind: kind.replace(" ", "-")
)
def test_every_kind_of_text_chunk(kind, after):
    """Packed or not, Latin-1 or UTF-8, before the pixels or after them."""
    text = json.dumps({"prompt": "café ねこ"}, ensure_ascii=False).encode()
    body = {
        "tEXt": text,
        "zTXt": b"\0" + zlib.compress(text),
        "iTXt": b"\0\0ja\0Kommentar\0" + text,
        "packed iTXt": b"\1\0\0\0" + zlib.compress(text),
    }[kind]
    data = with_chunks(chunk(kind[-4:].encode(), b"Comment\0" + body), after=after)
    assert read_metadata(data, never_opened).prompt == "café ねこ"


def test_latin_1_is_read_where_utf_8_is_not():
    """The standard's own encoding is understood."""
    data = with_chunks(chunk(b"tEXt", b"Description\0caf\xe9"))
    assert open_texts(data) == {"Description": "café"}


@pytest.mark.parametrize("order", ["<", ">"], ids=["little", "big"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"], ids=["bare", "prefixed"])
def test_webp_exif(order, prefix):
    """Both byte orders are read, with and without the prefix some writers add."""
    found = read_metadata(webp(block=prefix + novelai_exif(order)), never_opened)
    assert found.origin == "exif"
    assert (found.title, found.source) == (TEXTS["Title"], TEXTS["Source"])
    assert (found.comment, found.prompt) == (SETTINGS, "1girl, cat ears")


@pytest.mark.parametrize(
    "comment",
    [
        b"ASCII\0\0\0" + COMMENT.encode(),
        b"\0" * 8 + COMMENT.encode(),
        b"UNICODE\0" + COMMENT.encode("utf-16"),
        COMMENT.encode(),
        b"ASCII\0\0\0" + json.dumps({"Comment": COMMENT, "Source": "x"}).encode(),
        b"ASCII\0\0\0" + json.dumps({"Comment": SETTINGS}).encode(),
    ],
    ids=["ascii", "undefined", "unicode", "bare", "nested text", "nested"],
)
def test_comments_in_every_wrapping(comment):
    """The settings are found in whatever encoding, also inside another document."""
    assert read(webp(block=exif({0x010D: "t", 0x010E: "d"}, comment=comment))).seed == 7


def hide(document, size=(40, 50), packed=None, length=None):
    """Return a PNG with a document in its lowest alpha bits, column by column."""
    packed = gzip.compress(json.dumps(document).encode()) if packed is None else packed
    bits = length if length is not None else len(packed) * 8
    stream = b"stealth_pngcomp" + struct.pack(">I", bits) + packed + b"\xff\xff\xff\xff"
    image = Image.new("RGBA", size, (10, 20, 30, 255))
    for index in range(len(stream) * 8):
        bit = stream[index // 8] >> (7 - index % 8) & 1
        image.putpixel((index // size[1], index % size[1]), (10, 20, 30, 254 | bit))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


HIDDEN = {key: text for key, text in TEXTS.items() if key != "Title"}


@pytest.mark.parametrize("size", [(40, 50), (100, 33), (3000, 1), (8, 300)])
def test_hidden_settings_are_found(size):
    """When the open ones were dropped, the ones in the alpha channel are read."""
    found = read(hide({**HIDDEN, "Generation time": 2.5}, size))
    assert (found.origin, found.comment, found.generation_time) == ("stealth", SETTINGS, 2.5206)
    assert found.description == TEXTS["Description"]


@pytest.mark.parametrize(
    "data",
    [
        png(texts={}),
        png(texts={}, mode="RGB", colour=(1, 2, 3)),
        png((1, 1), texts={}),
        hide({"nothing": "of ours"}),
        hide({}, packed=b"no gzip"),
        hide({}, packed=gzip.compress(b"[1, 2]")),
        hide({}, packed=gzip.compress(b"[" * 100_000)),
        hide({}, length=0),
        hide({}, length=2**32 - 1),
        hide(HIDDEN, length=64),
        webp(block=b""),
        webp(block=b"MM\0*"),
        webp(block=b"nonsense"),
    ],
    ids=range(13),
)
def test_pictures_that_say_nothing(data):
    """No settings, or broken ones, are no error."""
    assert read(data) is None


def test_open_texts_without_settings_are_kept():
    """A director tool's picture has a source, and no settings anywhere."""
    found = read(png(texts={"Software": "NovelAI", "Generation time": "4.0818s"}))
    assert (found.software, found.generation_time, found.comment) == ("NovelAI", 4.0818, {})
    assert (found.prompt, found.seed, found.negative_prompt) == (None, None, None)


@pytest.mark.parametrize("text", ["no json", "[]", "5", "null", "[" * 100_000, "9" * 10_000])
def test_a_comment_that_is_no_document(text):
    """The rest is still read."""
    found = read(png(texts={"Comment": text, "Software": "NovelAI"}))
    assert (found.software, found.comment) == ("NovelAI", {})


@pytest.mark.parametrize("seconds", ["soon", "", "1e999", "nan", "9" * 500])
def test_strange_times_raise_nothing(seconds):
    """A generation time is a number or nothing."""
    found = read(png(texts={"Software": "NovelAI", "Generation_time": seconds}))
    assert found.generation_time is None or isinstance(found.generation_time, float)


def test_a_picture_that_cannot_be_decoded_hides_nothing():
    """Its open texts are still given."""
    whole = png((64, 64), texts={"Software": "NovelAI"}, compress_level=0)
    assert read(whole[:-5000]).software == "NovelAI"


def test_packed_bombs_are_read_in_part():
    """A few kilobytes cannot take gigabytes of memory."""
    bomb = b"\0" + zlib.compress(b"x" * 20_000_000)
    chunks = [chunk(b"zTXt", b"key%d\0" % number + bomb) for number in range(50)]
    begun = time.process_time()
    texts = open_texts(with_chunks(*chunks))
    assert sum(map(len, texts.values())) <= 16 * 1024 * 1024
    assert time.process_time() - begun < 5


def test_reprs_show_no_prompt():
    """Settings can be logged without giving the prompt away."""
    assert "1girl" not in repr(read(png()))


pieces = st.binary(max_size=80)


@given(
    st.lists(
        st.tuples(st.sampled_from([b"tEXt", b"zTXt", b"iTXt", b"IDAT", b"abcd"]), pieces),
        max_size=4,
    )
)
def test_hostile_chunks_raise_nothing(chunks):
    """Any text chunks give texts or nothing."""
    data = SIGNATURE + b"".join(chunk(kind, b"Comment\0" + body) for kind, body in chunks)
    assert all(isinstance(text, str) for text in open_texts(data).values())
    assert isinstance(open_texts(SIGNATURE + data[12:]), dict)


@given(
    st.sampled_from(["<", ">"]),
    pieces,
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=5),
)
@example("<", b"II*\0\xff\xff\xff\xff", [])
def test_hostile_exif_raises_nothing(order, block, changes):
    """Any EXIF block gives texts or nothing, also with lengths and places that lie."""
    real = bytearray(novelai_exif(order))
    for place, value in changes:
        real[place % len(real)] = value
    for content in (block, bytes(real), bytes(real[: len(block)])):
        data = b"RIFF\0\0\0\0WEBPEXIF" + struct.pack("<I", len(content)) + content
        assert all(isinstance(text, str) for text in open_texts(data).values())


@pytest.mark.filterwarnings("ignore")  # Pillow warns of strange sizes before refusing them
@given(st.sampled_from([png(), webp(), hide(HIDDEN)]), st.data())
def test_hostile_files_raise_nothing_but_our_error(whole, data):
    """However a file is changed or cut, there are settings, none, or our error, and soon."""
    changes = st.lists(st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255)), max_size=4)
    changed = bytearray(whole)
    for place, value in data.draw(changes):
        changed[place] = value
    hostile = bytes(changed[: data.draw(st.integers(1, len(whole)))])
    try:
        found = read(hostile)
    except NovelAIError:
        return
    assert found is None or isinstance(found, ImageMetadata)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=5,
)
names = st.sampled_from([*TEXTS, "Generation time"])


@given(st.dictionaries(names, values, max_size=4))
def test_hostile_documents_raise_nothing(document):
    """Whatever a hidden document holds, every field has its type."""
    found = ImageMetadata.from_fields(document, "stealth")
    assert found is None or (
        isinstance(found.prompt, str | None)
        and isinstance(found.seed, int | None)
        and isinstance(found.generation_time, float | None)
        and isinstance(found.comment, dict)
    )
