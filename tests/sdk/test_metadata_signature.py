"""The signature under a picture's settings."""

import json
from io import BytesIO

import httpx2
import pytest
from PIL import Image
from tests.sdk.making import png

from novelai import InvalidParamsError, NovelAI
from novelai.emulator import EMULATOR_PUBLIC_KEY, Emulator
from novelai.metadata import (
    NOVELAI_PUBLIC_KEY,
    erase_metadata,
    extract_metadata,
    verify_signature,
    write_metadata,
)


@pytest.fixture(scope="module", params=["png", "webp"])
def picture(request):
    emulator = Emulator(fast=True)
    with (
        emulator.serve() as url,
        NovelAI(
            emulator.token, base_url=url, transport=httpx2.HTTPTransport(verify=False)
        ) as client,
    ):
        return client.image.generate(
            prompt="1girl, caf\u00e9", size=(256, 320), image_format=request.param
        )[0]


def changed(picture, **changes):
    """Return the same pixels with other settings."""
    meta = extract_metadata(picture.data)
    comment = {**meta.settings.comment, **changes}
    texts = {**meta.png_info, "Comment": json.dumps(comment)}
    return write_metadata(picture.data, texts, target="png_info")


def test_a_picture_is_verified(picture):
    """The signer's key verifies, from the open settings and from the hidden ones."""
    assert verify_signature(picture, public_key=EMULATOR_PUBLIC_KEY)
    assert verify_signature(BytesIO(picture.data), public_key=EMULATOR_PUBLIC_KEY)
    bare = erase_metadata(picture.data, "png_info")
    assert verify_signature(bare, public_key=EMULATOR_PUBLIC_KEY)


def test_another_key_does_not_verify(picture):
    """The emulator is not NovelAI, and NovelAI's key says so."""
    assert not verify_signature(picture)
    assert not verify_signature(picture, public_key=NOVELAI_PUBLIC_KEY)


def test_changed_settings_do_not_verify(picture):
    """A seed that was changed belongs to no signature."""
    assert verify_signature(changed(picture), public_key=EMULATOR_PUBLIC_KEY)
    assert not verify_signature(changed(picture, seed=1), public_key=EMULATOR_PUBLIC_KEY)


def test_changed_pixels_do_not_verify(picture):
    """One pixel that was changed belongs to no signature."""
    image = Image.open(BytesIO(changed(picture)))
    texts = extract_metadata(image).png_info
    red, green, blue, *alpha = image.getpixel((9, 9))
    image.putpixel((9, 9), (red ^ 1, green, blue, *alpha))
    touched = write_metadata(image, texts, target="png_info")
    assert not verify_signature(touched, public_key=EMULATOR_PUBLIC_KEY)


@pytest.mark.parametrize("signed", [None, 5, "", "not base64", "AAAA"])
def test_what_is_no_signature(picture, signed):
    """A missing or odd signature verifies nothing."""
    assert not verify_signature(
        changed(picture, signed_hash=signed), public_key=EMULATOR_PUBLIC_KEY
    )


def test_a_picture_without_settings():
    """Where nothing is embedded, nothing is signed."""
    assert not verify_signature(png(texts={}))


@pytest.mark.parametrize("key", ["", "AAAA", "no base64!"])
def test_what_is_no_key(key):
    """A key that is none is our error."""
    with pytest.raises(InvalidParamsError, match="public_key"):
        verify_signature(png(), public_key=key)
