"""Checks of pictures: what is sent, and how the result of an inpainting is put together."""

from collections.abc import Callable
from typing import Any

from PIL import Image

from novelai._images import fit_base, fit_original, opaque, scale_nearest
from novelai._inpainting import make_matte, overlay
from novelai._marker import clear_marker, has_marker

CELL = 8


def read_rgba(case: dict[str, Any], name: str = "rgba") -> Image.Image:
    """Return a picture that a case writes out in hexadecimal digits."""
    size = (case["width"], case["height"])
    return Image.frombytes("RGBA", size, bytes.fromhex(case[name]))


def check_preparation(case: dict[str, Any]) -> None:
    """Each step of preparing a picture gives the web client's pixels."""
    made = STEPS[case["step"]](case)
    expected = bytes.fromhex(case["expected_rgba"])
    if case["step"] == "pica lanczos3":
        check_close(made.tobytes(), expected)
    else:
        assert made.convert("RGBA").tobytes() == expected


def fill_background(case: dict[str, Any]) -> Image.Image:
    """Return a case's picture on its background, as base pictures and masks have one."""
    image = read_rgba(case)
    if case["background"] == "black":
        return opaque(image)
    return fit_base(image, image.size, keep_alpha=case["background"] == "transparent")


def clear_settings(case: dict[str, Any]) -> Image.Image:
    """Return a case's picture without hidden settings; the case says whether there are any."""
    image = read_rgba(case)
    assert has_marker(image) is case["marker"]
    return clear_marker(image)


STEPS: dict[str, Callable[[dict[str, Any]], Image.Image]] = {
    "background": fill_background,
    "stealth": clear_settings,
    "nearest": lambda case: scale_nearest(read_rgba(case), tuple(case["to"])),
    "pica lanczos3": lambda case: fit_original(read_rgba(case), tuple(case["to"])),
}


def check_close(made: bytes, expected: bytes) -> None:
    """Compare as closely as `novelai._resampling` says that it follows Pica.

    Alpha, and the colours of opaque pixels, within one level. Pica divides other colours by alpha,
    so what was rounded before counts for more the lower that is.
    """
    assert len(made) == len(expected)
    for at in range(0, len(made), 4):
        alphas = made[at + 3], expected[at + 3]
        assert abs(alphas[0] - alphas[1]) <= 1
        low = min(alphas)
        rounded = 2 if alphas[0] == alphas[1] else 255
        most = 1 + rounded / low if low else 255 * (max(alphas) > 0) + 1
        for one, other in zip(made[at : at + 3], expected[at : at + 3], strict=True):
            assert abs(one - other) <= most, (at, alphas)


def check_matte(case: dict[str, Any]) -> None:
    """The matte of a mask is the web client's, to the bit."""
    size = (case["width"] // CELL, case["height"] // CELL)
    cells = Image.frombytes("L", size, bytes(255 * int(cell) for cell in case["cells"]))
    expected = b"".join(bytes([value]) * length for value, length in case["matte_runs"])
    assert make_matte(cells).tobytes() == expected


def check_composite(case: dict[str, Any]) -> None:
    """A result laid over its picture is the web client's, to the bit."""
    result, original = read_rgba(case, "result_rgba"), read_rgba(case, "original_rgba")
    assert has_marker(result) is case["result_has_stealth_marker"]
    matte = Image.frombytes("L", result.size, bytes.fromhex(case["matte"]))
    assert overlay(result, original, matte).tobytes() == bytes.fromhex(case["expected_rgba"])


CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "image_preparation": check_preparation,
    "inpaint_matte": check_matte,
    "inpaint_composite": check_composite,
}
