"""Pictures that keep the bytes they came in."""

import json
import os
import tempfile
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from tests.sdk.making import SETTINGS, TEXTS, jpeg, ours, png, webp

from novelai import InvalidResponseError, NovelAI, NovelAIError
from novelai._metadata.reading import open_texts
from novelai.emulator import Emulator
from novelai.metadata import extract_metadata, params_from_image, write_metadata
from novelai.pictures import GeneratedImage

PNG, WEBP, JPEG = png(), webp(), jpeg()
MAKERS = {"PNG": PNG, "WEBP": WEBP, "JPEG": JPEG}


def decoded(picture):
    return picture._source is None


class Named:
    """A path that is no string."""

    def __init__(self, path):
        self.path = path

    def __fspath__(self):
        return self.path


@pytest.fixture(params=MAKERS)
def kind(request):
    return request.param


def suffix(kind):
    return f".{kind.lower()}"


def test_what_a_picture_knows_without_decoding(kind):
    """Size, mode, format and kind come from the first bytes."""
    picture = GeneratedImage(MAKERS[kind], seed=7)
    assert picture.data is MAKERS[kind]
    assert (picture.format, picture.media_type) == (kind, f"image/{kind.lower()}")
    assert (picture.size, picture.width, picture.seed) == ((16, 24), 16, 7)
    assert picture.mode == ("RGB" if kind == "JPEG" else "RGBA")
    assert isinstance(picture, Image.Image)
    assert not decoded(picture)


@pytest.mark.parametrize("format", [True, False])
@pytest.mark.parametrize(
    "target", ["path", "text", "bytes", "named", "file", "temporary", "memory"]
)
def test_saved_untouched_it_is_the_same_file(kind, target, format, tmp_path):
    """Wherever it goes, with or without a format named, the bytes are those received."""
    data = MAKERS[kind]
    path = tmp_path / f"picture{suffix(kind)}"
    chosen = {"format": kind.lower()} if format else {}
    picture = GeneratedImage(data)
    if target == "memory":
        buffer = BytesIO()
        picture.save(buffer, format=kind)
        assert buffer.getvalue() == data
    elif target == "file":
        with path.open("wb") as file:
            picture.save(file, **chosen)
    elif target == "temporary":
        with tempfile.TemporaryFile() as file:
            picture.save(file, kind)
            file.seek(0)
            assert file.read() == data
    else:
        kinds = {"path": path, "text": str(path), "bytes": os.fsencode(path)}
        picture.save(kinds.get(target, Named(str(path))), **chosen)
    if path.exists():
        assert path.read_bytes() == data
    assert not decoded(picture)


def test_looking_at_pixels_changes_nothing(kind):
    """A picture that was only looked at is still written as received."""
    picture = GeneratedImage(MAKERS[kind])
    picture.getpixel((0, 0))
    picture.convert("L")
    picture.resize((4, 4))
    picture.copy().putpixel((0, 0), (0, 0, 0))
    assert (decoded(picture), picture.touched) == (True, False)
    buffer = BytesIO()
    picture.save(buffer, kind)
    assert buffer.getvalue() == MAKERS[kind]


def test_an_unknown_name_is_pillow_s_own_error(tmp_path):
    """A suffix that names no format is refused as Pillow does."""
    with pytest.raises(ValueError, match="unknown file extension"):
        GeneratedImage(PNG).save(tmp_path / "picture.nonsense")
    with pytest.raises(ValueError, match="unknown file extension"):
        GeneratedImage(PNG).save(BytesIO())


def test_another_format_is_encoded(tmp_path):
    """A picture can be saved as anything Pillow writes."""
    path = tmp_path / "picture.bmp"
    GeneratedImage(PNG).save(path)
    with Image.open(path) as saved:
        assert saved.format == "BMP"
    path = tmp_path / "named.png"
    GeneratedImage(PNG).save(path, "WEBP", lossless=True)
    with Image.open(path) as saved:
        assert saved.format == "WEBP"


def test_options_ask_for_encoding():
    """With an encoder's options the picture is encoded, not copied."""
    buffer = BytesIO()
    GeneratedImage(PNG).save(buffer, "PNG", compress_level=0)
    assert buffer.getvalue() != PNG
    assert Image.open(buffer).tobytes() == Image.open(BytesIO(PNG)).tobytes()


def test_webp_saved_as_png_keeps_its_settings():
    """The settings move from EXIF to text chunks, where PNG readers look."""
    buffer = BytesIO()
    GeneratedImage(WEBP).save(buffer, "PNG")
    saved = GeneratedImage(buffer.getvalue())
    assert saved.metadata.comment == SETTINGS
    assert (saved.metadata.source, saved.metadata.software) == (TEXTS["Source"], "NovelAI")
    assert saved.tobytes() == GeneratedImage(WEBP).tobytes()


OPTIONS = {"PNG": {"optimize": True}, "WEBP": {"lossless": True}, "JPEG": {"quality": 90}}


@pytest.fixture(scope="module")
def received():
    """A picture as NovelAI sends it: settings in the open and in the alpha channel, signed."""
    emulator = Emulator(fast=True)
    with emulator.serve() as url, NovelAI(emulator.token, base_url=url) as client:
        (picture,) = client.image.generate(
            "1girl, 青い猫, ünïcode", size="small_square", seed=7, negative_prompt="lowres"
        )
    return picture.data


@pytest.mark.parametrize("options", [True, False], ids=["with options", "plainly"])
@pytest.mark.parametrize("source", ["PNG", "WEBP"])
@pytest.mark.parametrize("saved_as", ["PNG", "WEBP", "JPEG"])
def test_settings_go_along_into_every_format(received, source, saved_as, options, tmp_path):
    """Prompt, seed and all others are read back from whatever it was saved as."""
    data = received
    if source == "WEBP":
        data = write_metadata(received, extract_metadata(received).png_info, image_format="webp")
    path = tmp_path / f"picture.{saved_as.lower()}"
    picture = GeneratedImage(data)
    picture.save(path, **(OPTIONS[saved_as] if options else {}))
    saved, known = GeneratedImage(path.read_bytes()), GeneratedImage(received).metadata
    assert (saved.format, saved.size) == (saved_as, picture.size)
    assert saved.metadata.comment == known.comment
    assert saved.metadata.prompt == known.prompt
    assert "青い猫, ünïcode" in saved.metadata.prompt
    assert saved.metadata.source == known.source
    if saved_as == "PNG" or (saved_as == "WEBP" and options):  # nothing was lost
        assert saved.tobytes() == picture.tobytes()
        assert json.loads(extract_metadata(path).alpha_info["Comment"]) == known.comment
    if saved_as == "JPEG":
        assert params_from_image(path).seed == 7


def test_options_of_one_s_own_go_before(received):
    """Who gives texts or EXIF gets those."""
    for kind, options in {"PNG": {"pnginfo": PngInfo()}, "JPEG": {"exif": b""}}.items():
        buffer = BytesIO()
        GeneratedImage(received).save(buffer, kind, **options)
        assert open_texts(buffer.getvalue()) == {}


def test_hidden_settings_cost_a_jpeg_no_colour():
    """An alpha channel that only hides settings is dropped: nothing is mixed with white."""
    image = Image.new("RGBA", (16, 16), (10, 20, 30, 254))
    buffer, flat = BytesIO(), BytesIO()
    image.save(buffer, "PNG")
    GeneratedImage(buffer.getvalue()).save(flat, "JPEG", quality=100)
    assert Image.open(flat).getpixel((8, 8)) == (10, 20, 30)


@pytest.mark.parametrize(
    ("mode", "colour", "seen"),
    [
        ("RGBA", (0, 0, 0, 0), (255, 255, 255)),
        ("RGBA", (0, 0, 0, 128), (127, 127, 127)),
        ("LA", (0, 0), (255, 255, 255)),
        ("RGB", (9, 9, 9), (9, 9, 9)),
        ("P", 0, (0, 0, 0)),
        ("L", 77, 77),
        ("1", 0, (0, 0, 0)),
    ],
)
def test_a_jpeg_is_on_white(mode, colour, seen, tmp_path):
    """What is transparent becomes white, whatever the kind of pixels."""
    buffer = BytesIO()
    Image.new(mode, (16, 16), colour).save(buffer, "PNG")
    GeneratedImage(buffer.getvalue()).save(tmp_path / "picture.jpg", quality=100)
    with Image.open(tmp_path / "picture.jpg") as saved:
        assert saved.getpixel((8, 8)) == seen


def test_a_changed_picture_can_be_a_jpeg(tmp_path):
    """After a change of pixels, too; then it is no picture of these settings any more."""
    picture = GeneratedImage(PNG)
    picture.putpixel((0, 0), (1, 2, 3, 4))
    picture.save(tmp_path / "picture.jpg")
    assert GeneratedImage((tmp_path / "picture.jpg").read_bytes()).metadata is None


@pytest.mark.parametrize(("letters", "kept"), [(30_000, True), (60_000, True), (70_000, False)])
def test_settings_too_long_for_a_jpeg(letters, kept):
    """The prompt is embedded twice: once has to do, and what is longer still is left out."""
    prompt = "a" * letters
    texts = TEXTS | {"Comment": json.dumps(SETTINGS | {"prompt": prompt}), "Description": prompt}
    buffer = BytesIO()
    GeneratedImage(png(texts=texts)).save(buffer, "JPEG")
    saved = GeneratedImage(buffer.getvalue())
    assert (saved.metadata is not None and saved.metadata.prompt == prompt) is kept


def test_webp_without_settings_gets_none():
    """Nothing is made up."""
    buffer = BytesIO()
    GeneratedImage(webp(block=b"")).save(buffer, "PNG")
    assert GeneratedImage(buffer.getvalue()).metadata is None


@pytest.mark.parametrize("data", [PNG, WEBP], ids=["PNG", "WEBP"])
def test_settings_are_read_without_decoding(data):
    """Prompt and seed are there before anybody asked for a pixel."""
    picture = GeneratedImage(data)
    assert picture.metadata.prompt == "1girl, cat ears"
    assert (picture.metadata.seed, picture.metadata.negative_prompt) == (7, "lowres")
    assert picture.metadata is picture.metadata
    assert not decoded(picture)


def test_pillow_s_own_info_is_there():
    """Code that reads `info`, as of an opened file, goes on working."""
    assert GeneratedImage(PNG).info["Title"] == TEXTS["Title"]


@pytest.mark.parametrize("data", [b"", b"text", PNG[:20], PNG[:33], b"RIFF\0\0\0\0WEBP", b"GIF89a"])
def test_what_is_no_picture_is_our_error(data):
    """Bytes that no picture begins with are refused at once."""
    with pytest.raises(InvalidResponseError) as caught:
        GeneratedImage(data)
    assert (caught.value.charged, caught.value.status) == ("unknown", 200)


def test_a_damaged_picture_is_our_error_each_time():
    """It can still be saved as received; asking for pixels fails, also the second time."""
    data = png((64, 64), compress_level=0)[:-5000]
    picture = GeneratedImage(data)
    for _ in range(2):
        with pytest.raises(InvalidResponseError, match="damaged"):
            picture.getpixel((0, 0))
    buffer = BytesIO()
    picture.save(buffer, "PNG")
    assert (buffer.getvalue(), picture.touched) == (data, False)


@pytest.mark.filterwarnings("ignore")  # Pillow warns of strange sizes and chunks before refusing
@given(
    st.sampled_from(list(MAKERS)),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=4),
    st.integers(0, 5000),
)
def test_any_damage_is_our_error(kind, changes, end):
    """However bytes were changed or cut, there is a picture or our error, and nothing else."""
    data = bytearray(MAKERS[kind])
    for place, value in changes:
        data[place % len(data)] = value

    def opened():
        picture = GeneratedImage(bytes(data[: max(end % (2 * len(data)), 1)]))
        _ = picture.metadata
        picture.load()
        return picture

    found = ours(NovelAIError, opened)
    assert isinstance(found, NovelAIError) or min(found.size) > 0


def test_a_folder_that_is_not_there(tmp_path):
    """Saving fails as any saving does."""
    with pytest.raises(FileNotFoundError):
        GeneratedImage(PNG).save(Path(tmp_path) / "missing" / "picture.png")
