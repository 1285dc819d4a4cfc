"""The client, the server's inspection and A1111's png-info read a picture alike."""

import json
from io import BytesIO

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from novelai.metadata import extract_metadata
from novelai.server.compat.a1111.pnginfo import png_info
from novelai.server.inspection.reading import inspect

SETTINGS = json.dumps(
    {"prompt": "1girl, 猫耳", "seed": 77, "steps": 23, "width": 512, "height": 768, "uc": "bad"}
)
SOURCE = "NovelAI Diffusion V4.5 4BDE2A90"
OTHER = "a cat\nNegative prompt: dog\nSteps: 20, Sampler: Euler a, Seed: 99"


def saved(form, *, comment=None, chunks=()):
    exif, info = Image.Exif(), PngInfo()
    if comment is not None:
        exif[0x0131] = SOURCE
        exif.get_ifd(0x8769)[0x9286] = comment
    for name, text in chunks:
        info.add_itxt(name, text)
    options = {"exif": exif.tobytes()} if comment is not None else {}
    file = BytesIO()
    Image.new("RGB", (64, 96), "teal").save(file, form, pnginfo=info, **options)
    return file.getvalue()


NOVELAI = [("Source", SOURCE), ("Comment", SETTINGS)]
OURS = {
    "png": saved("PNG", chunks=NOVELAI),
    "png, a foreign Comment first": saved("PNG", chunks=[("Comment", "GIMP"), *NOVELAI]),
    "png, with A1111's text": saved("PNG", chunks=[("parameters", OTHER), *NOVELAI]),
    "png, in EXIF": saved("PNG", comment=b"UNICODE\0" + SETTINGS.encode("utf-16-le")),
    "webp": saved("WEBP", comment=b"ASCII\0\0\0" + SETTINGS.encode()),
    "webp, big end first": saved("WEBP", comment=b"UNICODE\0" + SETTINGS.encode("utf-16-be")),
    "jpeg": saved("JPEG", comment=b"UNICODE\0" + SETTINGS.encode()),
}
THEIRS = {
    "png": saved("PNG", chunks=[("parameters", OTHER)]),
    "png, in EXIF": saved("PNG", comment=b"UNICODE\0" + OTHER.encode("utf-16-be")),
    "webp": saved("WEBP", comment=b"UNICODE\0" + OTHER.encode("utf-16-be")),
    "jpeg": saved("JPEG", comment=b"UNICODE\0" + OTHER.encode("utf-16-le")),
    "jpeg, plain": saved("JPEG", comment=b"ASCII\0\0\0" + OTHER.encode()),
}


@pytest.mark.parametrize("name", OURS)
def test_novelais_settings_are_read_alike(name):
    """Seed and prompt are the same for all three, wherever they stand in the file."""
    data = OURS[name]
    told, shown = inspect(data, pixel_limit=10_000), png_info(data)
    assert extract_metadata(data).settings.seed == 77
    assert (told.settings["seed"], told.settings["prompt"]) == (77, "1girl, 猫耳")
    assert told.reproducible is True
    assert (shown["parameters"]["Seed"], shown["parameters"]["Prompt"]) == (77, "1girl, 猫耳")
    assert "Seed: 77" in shown["info"]
    assert (told.other is not None) is ("A1111" in name)


@pytest.mark.parametrize("name", THEIRS)
def test_another_programs_settings_are_read_alike(name):
    """A1111's text is nobody's settings, and is told by all three."""
    data = THEIRS[name]
    told, shown = inspect(data, pixel_limit=10_000), png_info(data)
    other = extract_metadata(data).other
    assert (other.fields["Seed"], other.prompt) == ("99", "a cat")
    assert (told.settings, told.other["fields"]["Seed"]) == (None, "99")
    assert (shown["info"], shown["parameters"]) == (OTHER, {})
