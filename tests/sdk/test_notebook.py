"""Notebooks show values for what they are, and keep the settings in pictures.

The methods are IPython's protocol: ``_repr_png_`` and ``_repr_jpeg_`` give a file,
``_repr_html_`` gives HTML.
"""

import copy
import pickle
import re
from base64 import b64decode
from html.parser import HTMLParser
from io import BytesIO

import pytest
from PIL import Image
from tests.sdk.making import SETTINGS, jpeg, png, webp

from novelai import NovelAI
from novelai.emulator import Emulator
from novelai.pictures import GeneratedImage
from novelai.types import PreviewEvent, SpeechResult, Subscription, Vibe
from novelai.types.subscription import Usage

PICTURE = png()


@pytest.fixture(scope="module")
def client():
    emulator = Emulator(fast=True)
    with emulator.serve() as url, NovelAI(emulator.token, base_url=url) as client:
        yield client


class Page(HTMLParser):
    """Reads what HTML shows: its tags, the files inside of them, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags, self.files, self.text, self.open = [], [], "", []
        self.feed(html)
        self.close()
        assert self.open == [], "every tag is closed"

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        if tag != "img":
            self.open.append(tag)
        source = dict(attrs).get("src", "")
        if match := re.fullmatch(r"data:([a-z/]+);base64,(.*)", source):
            self.files.append((match[1], b64decode(match[2], validate=True)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def shown(value) -> Page:
    return Page(value._repr_html_())


def test_a_picture_is_shown_as_its_file():
    """The bytes received are displayed, without decoding them, and as one file only."""
    picture = GeneratedImage(PICTURE)
    assert picture._repr_png_() is PICTURE
    assert picture._source is not None
    assert picture._repr_jpeg_() is None


@pytest.mark.parametrize("data", [webp(), jpeg()], ids=["webp", "jpeg"])
def test_other_formats_are_shown_as_png(data):
    """Every notebook shows PNG; pixels and settings are those of the file."""
    picture = GeneratedImage(data)
    copied = GeneratedImage(picture._repr_png_())
    assert (copied.format, copied.tobytes()) == ("PNG", picture.tobytes())
    known = picture.metadata
    assert (copied.metadata and copied.metadata.comment) == (known and SETTINGS)


def test_a_changed_picture_is_shown_as_it_is_now():
    """What is displayed is what one would see, not what was received."""
    picture = GeneratedImage(PICTURE)
    picture.putpixel((0, 0), (1, 2, 3, 255))
    assert Image.open(BytesIO(picture._repr_png_())).getpixel((0, 0)) == (1, 2, 3, 255)


def test_a_damaged_picture_is_shown_as_text():
    """It has no picture to show, and showing it raises nothing."""
    picture = GeneratedImage(jpeg(size=(64, 64))[:-40])
    assert picture._repr_png_() is None
    assert repr(picture)


def test_a_list_is_shown_side_by_side(client):
    """Each picture with its size and seed, as the file it is."""
    pictures = client.image.generate("1girl", size=(64, 64), steps=1, n_samples=3, seed=5)
    page = shown(pictures)
    assert page.files == [("image/png", one.data) for one in pictures]
    assert [f"seed {seed}" in page.text for seed in (5, 6, 7)] == [True] * 3
    assert page.text.count("64×64") == 3


def test_a_list_stays_a_list(client):
    """It equals one, can be pickled, copied and sliced."""
    pictures = client.image.generate("1girl", size=(64, 64), steps=1)
    assert isinstance(pictures, list)
    assert pictures == [*pictures]
    for other in (pickle.loads(pickle.dumps(pictures)), copy.deepcopy(pictures)):
        assert [one.data for one in other] == [one.data for one in pictures]
        assert other._repr_html_() == pictures._repr_html_()
    assert pictures[:1] == pictures


def test_layers_are_shown_too(client):
    """What removing a background gives is such a list."""
    layers = client.tools.remove_background(png(size=(512, 512)))
    assert len(shown(layers).files) == 3
    assert pickle.loads(pickle.dumps(layers)).blend.data == layers.blend.data


def test_a_stream_is_shown(client):
    """A preview is its JPEG, the end its PNG."""
    *_, final = events = list(client.image.generate_stream("1girl", size=(64, 64), steps=3))
    preview = next(one for one in events if isinstance(one, PreviewEvent))
    assert preview._repr_jpeg_() is preview.data
    assert final._repr_png_() is final.data


@pytest.mark.parametrize("media_type", ["audio/mpeg", "audio/webm"])
def test_a_voice_can_be_heard(media_type):
    """Speech is shown as a player with the audio in it."""
    page = shown(SpeechResult(data=b"sound", media_type=media_type))
    assert (page.tags, page.files) == (["audio"], [(media_type, b"sound")])


@pytest.mark.parametrize(
    ("image", "seen"),
    [(PICTURE, True), (Image.new("RGB", (900, 300)), True), (BytesIO(PICTURE), False),
     (b"no picture", False), ("missing.png", False), (None, False)],
    ids=["bytes", "image", "file", "damage", "path", "none"],
)  # fmt: skip
def test_a_vibe_is_shown_with_its_picture(image, seen):
    """A small picture where one can be opened, else its words alone; an open file is left alone."""
    vibe = Vibe(image=image, encoding=b"a", name="<b>ink</b>", strength=0.4)
    page = shown(vibe)
    assert "<b>ink</b>" in page.text
    assert "0.4" in page.text
    assert len(page.files) == seen
    for media_type, data in page.files:
        assert media_type == "image/png"
        assert max(Image.open(BytesIO(data)).size) <= 160
    if isinstance(image, BytesIO):
        assert image.tell() == 0


def test_a_vibe_tells_for_which_models_it_is_encoded():
    """What needs not be paid again is seen."""
    vibe = Vibe(image=PICTURE).with_encoding(b"x", model="nai-diffusion-4-5-full")
    assert "nai-diffusion-4-5-full" in shown(vibe).text
    assert "no model yet" in shown(Vibe(image=PICTURE)).text


def test_an_account_is_shown(client):
    """Tier, Anlas and the allowance, with a bar."""
    subscription = client.user.get_subscription()
    page = shown(subscription)
    assert {"Opus", "V5 allowance"} <= set(re.findall(r"Opus|V5 allowance", page.text))
    assert str(subscription.anlas) in page.text
    assert "meter" in page.tags
    assert "about 1730 pictures" in shown(subscription.usage).text


@pytest.mark.parametrize(
    ("percent", "negative", "bar"), [(250, False, "100"), (-3, True, "0"), (42.5, False, "42.5")]
)
def test_a_battery_is_shown_whatever_is_left(percent, negative, bar):
    """The bar stays between empty and full; the number is the service's own."""
    usage = Usage(percent=percent, is_negative=negative, time_until_next_percent=7900)
    html = usage._repr_html_()
    assert f'value="{bar}"' in html
    assert f"{percent:g} %" in Page(html).text
    assert ("a day" in html) is (percent < 100)


def test_an_account_without_anything_is_shown():
    """Whatever the service leaves out, the rest is shown."""
    assert "Paper, not active" in shown(Subscription()).text
