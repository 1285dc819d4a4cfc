"""Pictures that are worked on: Pillow's tools work, and changes are kept."""

import copy
import pickle
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageEnhance, ImageFilter, ImageOps
from tests.sdk.making import jpeg, png, webp

from novelai.pictures import GeneratedImage

PNG = png()
PLAIN = Image.open(BytesIO(PNG)).convert("RGBA")


def picture():
    return GeneratedImage(PNG, seed=3)


READING = {
    "convert": lambda image: image.convert("L"),
    "resize": lambda image: image.resize((8, 8)),
    "crop": lambda image: image.crop((0, 0, 4, 4)),
    "rotate": lambda image: image.rotate(90, expand=True),
    "transpose": lambda image: image.transpose(Image.Transpose.ROTATE_180),
    "copy": lambda image: image.copy(),
    "copy module": copy.copy,
    "filter": lambda image: image.filter(ImageFilter.BLUR),
    "invert": lambda image: ImageOps.invert(image.convert("RGB")),
    "enhance": lambda image: ImageEnhance.Brightness(image).enhance(0.5),
    "difference": lambda image: ImageChops.difference(image, PLAIN),
    "composite": lambda image: Image.alpha_composite(image, PLAIN),
    "blend": lambda image: Image.blend(image, PLAIN, 0.5),
    "merge": lambda image: Image.merge("RGBA", image.split()),
    "channel": lambda image: image.getchannel("A"),
    "point": lambda image: image.point(lambda value: value // 2),
    "quantize": lambda image: image.convert("RGB").quantize(4),
    "reduce": lambda image: image.reduce(2),
    "pasted": lambda image: Image.new("RGBA", (32, 32)).paste(image, (1, 1)),
    "bytes": lambda image: image.tobytes(),
    "extrema": lambda image: image.getextrema(),
    "histogram": lambda image: image.histogram(),
    "colours": lambda image: image.getcolors(),
    "box": lambda image: image.getbbox(),
    "array": lambda image: image.__array_interface__["shape"],
    "bands": lambda image: image.getbands(),
    "alpha": lambda image: image.has_transparency_data,
}


@pytest.mark.parametrize("use", READING)
def test_pillow_s_tools_give_what_they_give_for_any_picture(use):
    """The result is that of a plain image, the picture itself stays untouched."""
    mine = picture()
    result, expected = READING[use](mine), READING[use](PLAIN)
    if isinstance(expected, Image.Image):
        assert type(result) is Image.Image
        result, expected = (result.mode, result.tobytes()), (expected.mode, expected.tobytes())
    assert result == expected
    assert not mine.touched


def draw(image):
    ImageDraw.Draw(image).line((0, 0, 9, 9), fill="blue", width=2)


def access(image):
    image.load()[3, 3] = (1, 2, 3, 4)


WRITING = {
    "putpixel": lambda image: image.putpixel((0, 0), (1, 2, 3, 4)),
    "pixel access": access,
    "paste colour": lambda image: image.paste("red", (0, 0, 3, 3)),
    "paste picture": lambda image: image.paste(Image.new("RGBA", (4, 4)), (2, 2)),
    "draw": draw,
    "putalpha": lambda image: image.putalpha(100),
    "composite in place": lambda image: image.alpha_composite(Image.new("RGBA", (4, 4), "red")),
    "thumbnail": lambda image: image.thumbnail((8, 8)),
    "putdata": lambda image: image.putdata([(9, 9, 9, 9)] * (16 * 24)),
}


@pytest.mark.parametrize("use", WRITING)
@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_changes_are_saved(use, format):
    """A picture that was changed is encoded anew, as a plain image would be."""
    data = PNG if format == "PNG" else webp()
    mine, plain = GeneratedImage(data), Image.open(BytesIO(data)).copy()
    WRITING[use](mine)
    WRITING[use](plain)
    assert mine.touched
    assert (mine.size, mine.tobytes()) == (plain.size, plain.tobytes())
    buffer = BytesIO()
    mine.save(buffer, format, **({"lossless": True, "exact": True} if format == "WEBP" else {}))
    assert Image.open(buffer).convert("RGBA").tobytes() == plain.tobytes()


def test_a_change_that_changes_nothing_is_none():
    """Painting a pixel in its own colour leaves the bytes as received."""
    mine = picture()
    mine.putpixel((0, 0), mine.getpixel((0, 0)))
    assert not mine.touched


@pytest.mark.parametrize("twin", [lambda p: pickle.loads(pickle.dumps(p)), copy.deepcopy])
def test_untouched_pictures_travel_as_received(twin):
    """Between processes the bytes, the seed and the settings are kept."""
    other = twin(picture())
    assert isinstance(other, GeneratedImage)
    assert (other.data, other.seed, other.metadata) == (PNG, 3, picture().metadata)


@pytest.mark.parametrize("twin", [lambda p: pickle.loads(pickle.dumps(p)), copy.deepcopy])
@pytest.mark.parametrize("use", WRITING)
def test_changes_are_not_lost_on_the_way(twin, use):
    """A changed picture arrives as a plain image with its changes."""
    mine = picture()
    WRITING[use](mine)
    other = twin(mine)
    assert (other.mode, other.size, other.tobytes()) == (mine.mode, mine.size, mine.tobytes())


def test_a_palette_survives():
    """Pictures with few colours decode, change and travel like any other."""
    buffer = BytesIO()
    PLAIN.convert("RGB").quantize(4).save(buffer, "PNG")
    mine = GeneratedImage(buffer.getvalue())
    colour = mine.convert("RGB").getpixel((0, 0))
    assert max(abs(a - b) for a, b in zip(colour, (200, 100, 50), strict=True)) < 8
    mine.putpixel((0, 0), 1)
    assert (
        pickle.loads(pickle.dumps(mine)).convert("RGB").tobytes() == mine.convert("RGB").tobytes()
    )


def test_a_picture_is_a_context_manager():
    """`with` works as for an opened file, and the picture stays usable."""
    with picture() as mine:
        assert mine.getpixel((0, 0)) == (200, 100, 50, 255)


def test_jpeg_thumbnails():
    """A preview can be made smaller before it is decoded."""
    mine = GeneratedImage(jpeg((64, 64)))
    mine.thumbnail((16, 16))
    assert (mine.size, mine.touched) == ((16, 16), True)


def test_equality_is_pillow_s():
    """Two pictures of the same bytes are equal; a picture of other pixels is not."""
    assert picture() == picture()
    assert picture() != GeneratedImage(png(colour=(0, 0, 0, 255)))
