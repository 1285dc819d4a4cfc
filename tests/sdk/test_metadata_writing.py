"""Settings are put into pictures, found again, and taken out."""

import json
from io import BytesIO

import pytest
from PIL import Image
from tests.sdk.making import TEXTS, jpeg, png, webp

from novelai import InvalidParamsError
from novelai.metadata import erase_metadata, extract_metadata, write_metadata
from novelai.pictures import GeneratedImage

SIZE = (96, 128)
FORMATS = ["png", "webp"]


def picture(alpha=255):
    return Image.new("RGBA", SIZE, (200, 100, 50, alpha))


def opened(data):
    return Image.open(BytesIO(data))


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("target", ["png_info", "alpha", "both"])
def test_what_was_written_is_read(image_format, target):
    """Settings come back from where they were put, and from nowhere else."""
    meta = extract_metadata(
        write_metadata(picture(), TEXTS, target=target, image_format=image_format)
    )
    assert (meta.png_info is None) == (target == "alpha")
    assert (meta.alpha_info is None) == (target == "png_info")
    assert meta.settings is not None
    assert meta.settings.seed == 7
    assert meta.settings.prompt == "1girl, cat ears"
    assert meta.settings.source == TEXTS["Source"]
    shown = {"png": "png", "webp": "exif"}[image_format]
    assert meta.settings.origin == ("stealth" if target == "alpha" else shown)


@pytest.mark.parametrize("image_format", FORMATS)
def test_texts_of_every_script(image_format):
    """Texts beyond ASCII survive, also those that Latin-1 could hold."""
    texts = {**TEXTS, "Description": "caf\u00e9, \u732b\u8033, \U0001f408"}
    data = write_metadata(picture(), texts, image_format=image_format)
    assert extract_metadata(data).png_info["Description"] == texts["Description"]
    assert extract_metadata(data).alpha_info["Description"] == texts["Description"]


@pytest.mark.parametrize("alpha", [0, 1, 100, 254, 255])
@pytest.mark.parametrize("image_format", FORMATS)
def test_transparency_is_kept(alpha, image_format):
    """Hiding and erasing move transparency by one of 255 levels at most, colours by none."""
    data = write_metadata(picture(alpha), TEXTS, target="alpha", image_format=image_format)
    for shown in (opened(data), erase_metadata(data)):
        low, high = shown.getchannel("A").getextrema()
        assert alpha - 1 <= low <= high <= alpha + 1
        assert shown.convert("RGB").getcolors() == [(SIZE[0] * SIZE[1], (200, 100, 50))]


@pytest.mark.parametrize("image_format", FORMATS)
@pytest.mark.parametrize("target", ["png_info", "alpha", "both"])
def test_what_was_erased_is_gone(image_format, target):
    """Erasing takes out what it is told to, and leaves what was handed in as it is."""
    data = write_metadata(picture(), TEXTS, image_format=image_format)
    given = opened(data)
    meta = extract_metadata(erase_metadata(given, target))
    assert (meta.png_info is None) == (target != "alpha")
    assert (meta.alpha_info is None) == (target != "png_info")
    assert extract_metadata(given).settings is not None
    file = BytesIO()
    erase_metadata(given, target).save(file, "PNG")
    assert extract_metadata(file.getvalue()).png_info is None


def test_nothing_is_left_in_an_erased_file():
    """Erased and saved, a picture holds no word of its settings."""
    file = BytesIO()
    erase_metadata(write_metadata(picture(), TEXTS)).save(file, "PNG")
    assert extract_metadata(file.getvalue()).settings is None
    assert b"NovelAI" not in file.getvalue()


def test_a_small_picture_hides_nothing():
    """A picture with too few pixels is refused, with how much would fit."""
    with pytest.raises(InvalidParamsError, match=r"too small to hide .* 8 fit"):
        write_metadata(Image.new("RGB", (8, 8)), TEXTS)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: png(),
        str,
        lambda path: path,
        lambda path: BytesIO(png()),
        Image.open,
        lambda path: GeneratedImage(png()),
        lambda path: webp(),
        lambda path: Image.open(BytesIO(webp())),
    ],
    ids=["bytes", "str", "path", "file", "pillow", "generated", "webp", "pillow-webp"],
)
def test_pictures_of_every_kind_are_read(make, tmp_path):
    """Settings are found in whatever a picture is handed in as."""
    path = tmp_path / "a.png"
    path.write_bytes(png())
    meta = extract_metadata(make(path))
    assert meta.settings is not None
    assert meta.settings.seed == 7
    assert json.loads(meta.png_info["Comment"])["seed"] == 7


def test_a_picture_without_settings():
    """A picture of somebody else's has none, and that is no error."""
    for image in (png(texts={}), jpeg(), Image.new("L", SIZE)):
        meta = extract_metadata(image)
        assert (meta.png_info, meta.alpha_info, meta.settings) == (None, None, None)


@pytest.mark.parametrize(
    ("image", "sentence"),
    [(b"no picture", "not a picture"), (b"", "not a picture"), ("/nowhere.png", "no such file")],
)
def test_what_is_no_picture_is_refused(image, sentence):
    """What is no picture at all is named as such."""
    with pytest.raises(InvalidParamsError, match=sentence):
        extract_metadata(image)
    with pytest.raises(InvalidParamsError):
        erase_metadata(image)


def test_the_texts_are_not_shown_in_passing():
    """A value printed by accident shows no prompt."""
    assert "cat ears" not in repr(extract_metadata(png()))
