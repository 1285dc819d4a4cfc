"""What director tools and upscales cost."""

import pytest
from PIL import Image

from novelai.cost import calculate_augment_anlas, upscale_cost
from novelai.emulator.anlas import director_price, upscale_price
from novelai.types import BackgroundRemovalParams, LineArtParams, UpscaleParams

SIZES = [(64, 64), (512, 512), (832, 1216), (1024, 1024), (1088, 1024), (1472, 1472), (3000, 4000)]


@pytest.mark.parametrize(
    ("tool", "size", "opus", "price"),
    [
        ("lineart", (832, 1216), False, 20),
        ("lineart", (832, 1216), True, 0),
        ("lineart", (512, 512), False, 20),
        ("emotion", (1024, 1024), True, 0),
        ("sketch", (1088, 1024), True, 22),
        ("declutter", (4000, 3000), True, 60),
        ("bg-removal", (832, 1216), True, 65),
        ("bg-removal", (512, 512), True, 65),
        ("bg-removal", (512, 512), False, 65),
    ],
)
def test_observed_prices(tool, size, opus, price):
    """The prices are those that were charged on the service."""
    estimate = calculate_augment_anlas(tool, *size, is_opus=opus)
    assert estimate.total_anlas == int(estimate) == price
    assert estimate.opus_discount_applied == (price == 0)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("opus", [False, True])
@pytest.mark.parametrize("tool", ["lineart", "bg-removal"])
def test_the_emulator_charges_what_was_estimated(tool, size, opus):
    """Two price lists, written apart, agree at the size that is sent."""
    estimate = calculate_augment_anlas(tool, *size, is_opus=opus)
    width, height = estimate.billed_size
    charged = director_price(req_type=tool, width=width, height=height, opus=opus)
    assert estimate.total_anlas == charged


@pytest.mark.parametrize(
    ("area", "price"),
    [
        (1_048_576, 1),
        (1_048_577, 2),
        (1_747_627, 2),
        (1_747_628, 3),
        (2_446_678, 3),
        (2_446_679, 4),
        (3_145_728, 4),
    ],
)
def test_an_upscale_costs_one_to_four(area, price):
    """The price of an upscale follows the area of the source."""
    assert upscale_cost(area, 1) == upscale_price(width=area, height=1) == price


def test_params_know_their_price():
    """Parameters look at the picture, or take its size from the caller."""
    image = Image.new("L", (832, 1216))
    assert LineArtParams(image=image).calculate_anlas().total_anlas == 20
    assert LineArtParams(image=image).calculate_anlas(is_opus=True).total_anlas == 0
    unread = BackgroundRemovalParams(image=b"never opened", size=(832, 1216))
    assert unread.calculate_anlas(is_opus=True).total_anlas == 65
    assert UpscaleParams(image=image).calculate_anlas() == 1
