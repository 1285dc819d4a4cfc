"""Pictures handed in: opened from anywhere, fitted, or refused by name."""

import gc
from base64 import b64encode
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from tests.sdk.making import jpeg, png, webp

from novelai import InvalidParamsError
from novelai._images import (
    GRID,
    fit_base,
    fit_mask,
    fit_original,
    fit_reference,
    fit_vibe,
    opaque,
    open_image,
    png_bytes,
)
from novelai._resampling import STRIP
from novelai.pictures import GeneratedImage

SIZE = (16, 24)


@pytest.mark.parametrize("form", ["path", "text", "bytes", "bytearray", "data", "file", "image"])
def test_a_picture_may_come_in_any_form(form, tmp_path):
    """Paths, bytes, data URLs, open files and Pillow images all open to the same picture."""
    data = png(SIZE)
    path = tmp_path / "picture.png"
    path.write_bytes(data)
    source = {
        "path": path,
        "text": str(path),
        "bytes": data,
        "bytearray": bytes(bytearray(data)),
        "data": f"data:image/png;base64,{b64encode(data).decode()}",
        "file": BytesIO(data),
        "image": Image.open(BytesIO(data)),
    }[form]
    opened = open_image(source, "i2i.image")
    assert (opened.size, opened.getpixel((0, 0))) == (SIZE, (200, 100, 50, 255))


@pytest.mark.parametrize("make", [png, webp, jpeg])
def test_the_common_formats_open(make):
    """PNG, WebP and JPEG are read."""
    assert open_image(make(SIZE), "image").size == SIZE


def test_a_file_may_be_read_twice():
    """An open file is read from its start each time."""
    file = BytesIO(png(SIZE))
    file.seek(5)
    assert open_image(file, "image").size == open_image(file, "image").size == SIZE


def test_a_generated_picture_may_be_a_source():
    """What was generated can be worked on further."""
    assert open_image(GeneratedImage(png(SIZE)), "image").size == SIZE


def unreadable(tmp_path: Path) -> dict[str, object]:
    text = tmp_path / "text.png"
    text.write_text("I am a text", "utf-8")
    huge = BytesIO()
    Image.new("1", (9000, 9000)).save(huge, "PNG")
    closed = BytesIO(png())
    closed.close()
    return {
        "missing": tmp_path / "missing.png",
        "folder": tmp_path,
        "text": text,
        "bytes": b"no picture",
        "cut": png((64, 64), compress_level=0)[:-300],
        "not base64": "data:image/png;base64,###",
        "no base64": "data:image/png,plain",
        "huge": huge.getvalue(),
        "closed": closed,
        "zero": "a\0b.png",
        "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n%%EndComments\n",
    }


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("missing", "there is no such file"),
        ("folder", "cannot be read: IsADirectoryError"),
        ("text", "is not a picture that can be read"),
        ("bytes", "is not a picture that can be read"),
        ("cut", "cannot be read: OSError"),
        ("not base64", "is not a picture that can be read"),
        ("no base64", "is not a picture that can be read"),
        ("huge", "must be at most 64000000 pixels, got 9000x9000"),
        ("closed", "cannot be read: ValueError"),
        ("zero", "cannot be read: ValueError"),
        ("postscript", "is not a picture that can be read"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(kind, sentence, tmp_path):
    """The error names the parameter and the reason, never the file's content or place."""
    source = unreadable(tmp_path)[kind]
    with pytest.raises(InvalidParamsError) as caught:
        open_image(source, "inpaint.mask")
    assert caught.value.problems == [("inpaint.mask", sentence)]
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize("kind", ["whole", "cut", "huge", "animated"])
def test_files_that_were_opened_are_closed(kind, tmp_path):
    """No file stays open, also when it is refused; an open one that was handed in does."""
    moving = BytesIO()
    Image.new("L", SIZE, 9).save(moving, "GIF", save_all=True, append_images=[Image.new("L", SIZE)])
    files = {**unreadable(tmp_path), "whole": png(SIZE), "animated": moving.getvalue()}
    path = tmp_path / "picture"
    path.write_bytes(files[kind])
    for opened in (path, path.open("rb")):
        with suppress(InvalidParamsError):
            open_image(opened, "image")
    gc.collect()  # an open file would complain now, which is an error here
    assert not opened.closed
    opened.close()


def sideways() -> bytes:
    """Return a photo 24 wide and 16 high, stored sideways as telephones do."""
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = BytesIO()
    image = Image.new("RGB", SIZE)
    ImageDraw.Draw(image).rectangle((0, 0, 7, 23), fill="white")  # the left half, before turning
    image.save(buffer, "PNG", exif=exif)
    return buffer.getvalue()


def test_photos_are_turned_upright():
    """A picture is used the way people see it."""
    opened = open_image(sideways(), "image")
    assert opened.size == (24, 16)
    assert [opened.getpixel((12, y)) for y in (2, 13)] == [(255, 255, 255), (0, 0, 0)]


@pytest.mark.parametrize(("value", "grey"), [(0, 0), (30_000, 117), (65_535, 255)])
def test_sixteen_bit_grey_keeps_its_shades(value, grey):
    """Deep greys are scaled down instead of turning white."""
    buffer = BytesIO()
    Image.new("I;16", SIZE, value).save(buffer, "PNG")
    pixel = fit_base(open_image(buffer.getvalue(), "image"), SIZE, keep_alpha=False).getpixel(
        (0, 0)
    )
    assert max(abs(channel - grey) for channel in pixel) <= 1


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_mode_can_be_sent(mode):
    """Whatever kind of picture comes in, a PNG that the service takes goes out."""
    image = open_image(Image.new(mode, SIZE), "image")
    for fitted in (
        fit_base(image, (64, 64), keep_alpha=False),
        fit_reference(image),
        opaque(image),
    ):
        assert Image.open(BytesIO(png_bytes(fitted))).mode == "RGB"
    assert fit_base(image, (64, 64), keep_alpha=True).mode == "RGBA"


def test_transparency_is_flattened_on_white_or_kept():
    """Only V5 keeps transparency; elsewhere it turns white, as on the page."""
    clear = Image.new("RGBA", SIZE, (10, 20, 30, 0))
    assert fit_base(clear, SIZE, keep_alpha=False).getpixel((0, 0)) == (255, 255, 255)
    assert fit_base(clear, SIZE, keep_alpha=True).getpixel((0, 0)) == (10, 20, 30, 0)
    assert opaque(clear).getpixel((0, 0)) == (0, 0, 0)


def test_the_picture_handed_in_stays_as_it_was():
    """Nothing is changed in the caller's own image."""
    mine = Image.new("RGB", SIZE, "red")
    mine.info["note"] = "mine"
    png_bytes(fit_base(open_image(mine, "image"), SIZE, keep_alpha=False))
    assert (mine.size, mine.info, mine.getpixel((0, 0))) == (SIZE, {"note": "mine"}, (255, 0, 0))


def test_nothing_embedded_is_sent():
    """Settings and places in the original stay at home."""
    sent = png_bytes(fit_base(open_image(png(SIZE), "image"), SIZE, keep_alpha=True))
    assert Image.open(BytesIO(sent)).info == {}


sizes = st.tuples(st.integers(1, 6), st.integers(1, 6)).map(lambda n: (n[0] * 64, n[1] * 64))


@pytest.mark.parametrize("opaque", [True, False])
@pytest.mark.parametrize("size", [(64, 320), (1100, 64)])
def test_a_large_picture_is_resized_as_a_small_one(opaque, size):
    """A picture that is filtered strip by strip has no seams: each half gives its own pixels."""
    noise = Image.effect_noise((1024, 2560), 90)
    alpha = (
        Image.new("L", noise.size, 255) if opaque else Image.linear_gradient("L").resize(noise.size)
    )
    large = Image.merge("RGBA", (noise, noise.transpose(Image.Transpose.ROTATE_180), noise, alpha))
    assert large.width * large.height > 2 * STRIP
    upper = large.crop((0, 0, 1024, 1280))
    whole, half = (
        fit_original(image, (size[0], round(size[1] * share)))
        for image, share in ((large, 1), (upper, 0.5))
    )
    # Beside the cut itself, where the filter reaches beyond it.
    shown = (0, 0, size[0], size[1] // 2 - 4)
    assert whole.crop(shown).tobytes() == half.crop(shown).tobytes()
    assert (whole.getchannel("A").getextrema() == (255, 255)) is opaque


@pytest.mark.parametrize("size", [(96, 60), (200, 130), (64, 64)])
def test_resizing_keeps_plain_areas(size):
    """One colour stays that colour, and half transparent stays half transparent."""
    for colour in ((200, 10, 77, 255), (255, 255, 255, 128), (0, 0, 0, 255)):
        fitted = fit_original(Image.new("RGBA", (120, 75), colour), size)
        assert fitted.getcolors() == [(size[0] * size[1], colour)]


@given(size=sizes, source=st.tuples(st.integers(1, 300), st.integers(1, 300)), data=st.data())
def test_mask_edges_lie_on_the_grid(size, source, data):
    """Every cell of 8 by 8 pixels is all white or all black, whatever was painted."""
    mask = Image.new("L", source, 0)
    edges = [data.draw(st.integers(0, limit - 1)) for limit in (*source, *source)]
    box = (*map(min, edges[:2], edges[2:]), *map(max, edges[:2], edges[2:]))
    ImageDraw.Draw(mask).rectangle(box, fill=255)
    fitted = fit_mask(mask, source, size)
    assert fitted.getbbox() is not None
    assert fitted.size == size
    cells = fitted.resize((size[0] // GRID, size[1] // GRID), Image.Resampling.NEAREST)
    assert cells.resize(size, Image.Resampling.NEAREST).tobytes() == fitted.tobytes()
    assert set(fitted.tobytes()) <= {0, 255}


def test_a_cell_follows_its_middle():
    """An edge inside a cell moves to the nearest side."""
    mask = Image.new("L", (64, 64), 0)
    ImageDraw.Draw(mask).rectangle((0, 0, 20, 63), fill=255)
    fitted = fit_mask(mask, mask.size, (64, 64))
    row = [fitted.getpixel((x, 0)) for x in (15, 16, 23, 24)]
    assert row == [255, 255, 255, 0]


@pytest.mark.parametrize(("grey", "painted"), [(155, False), (156, True)])
def test_grey_masks_have_a_threshold(grey, painted):
    """Grey counts as white above 155, as on the page."""
    mask = Image.new("L", (64, 64), grey)
    if painted:
        assert fit_mask(mask, mask.size, (64, 64)).getextrema() == (255, 255)
    else:
        with pytest.raises(InvalidParamsError, match="nothing is white"):
            fit_mask(mask, mask.size, (64, 64))


def test_transparent_parts_of_a_mask_are_kept():
    """White paint on a clear sheet works as a mask."""
    mask = Image.new("RGBA", (64, 64), (255, 255, 255, 0))
    ImageDraw.Draw(mask).rectangle((0, 0, 31, 63), fill="white")
    fitted = fit_mask(mask, mask.size, (128, 64))
    assert [fitted.getpixel((x, 5)) for x in (0, 63, 64)] == [255, 255, 0]


def test_a_mask_of_another_size_is_refused():
    """The message names both sizes."""
    with pytest.raises(InvalidParamsError) as caught:
        fit_mask(Image.new("L", (64, 128), 255), (64, 64), (64, 64))
    assert caught.value.problems == [
        ("inpaint.mask", "must be as large as the picture, 64x64, got 64x128")
    ]


@pytest.mark.parametrize(
    ("source", "canvas", "corner", "middle"),
    [
        ((100, 150), (1024, 1536), "white", "white"),
        ((300, 200), (1536, 1024), "white", "white"),
        ((200, 200), (1472, 1472), "white", "white"),
        ((100, 900), (1024, 1536), "black", "white"),
        ((900, 90), (1536, 1024), "black", "white"),
        ((1, 4000), (1024, 1536), "black", "white"),
    ],
)
def test_references_lie_on_the_nearest_canvas(source, canvas, corner, middle):
    """The whole picture is kept, in the middle, on black."""
    fitted = fit_reference(Image.new("RGB", source, "white"))
    colours = {(255, 255, 255): "white", (0, 0, 0): "black"}
    assert (fitted.mode, fitted.size) == ("RGB", canvas)
    assert colours[fitted.getpixel((0, 0))] == corner
    assert colours[fitted.getpixel(((canvas[0] - 1) // 2, canvas[1] // 2))] == middle


def test_v3_vibes_are_square_on_black():
    """V3 takes 448 by 448 pixels, letterboxed."""
    fitted = fit_vibe(Image.new("RGB", (100, 50), "white"))
    pixels = [fitted.getpixel(place) for place in ((224, 0), (224, 224))]
    assert (fitted.size, pixels) == ((448, 448), [(0, 0, 0), (255, 255, 255)])
