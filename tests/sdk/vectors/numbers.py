"""Checks of sizes, prices and what follows from them."""

from typing import Any

from novelai._operations.payload import Pictures, generation_body
from novelai.catalogue import max_samples, model_spec, nearest_size
from novelai.cost import (
    MAX_PICTURE_ANLAS,
    calculate_augment_anlas,
    generation_cost,
    upscale_cost,
)
from novelai.enhancing import LEVELS, enhance_sizes, offered_scales
from novelai.types import GenerateImageParams, InpaintParams


def check_price(case: dict[str, Any]) -> None:
    price = generation_cost(
        model_spec(case["model"]),
        width=case["width"],
        height=case["height"],
        steps=case["steps"],
        n_samples=case["nSamples"],
        strength=case["strength"],
        smea=case.get("smea", False),
        smea_dyn=case.get("smeaDyn", False),
        is_opus=case["isOpus"],
        allowance_exhausted=case["opusExhausted"],
    )
    assert price.per_image_anlas == case["per_sample"]
    assert price.total_anlas == case["total"]
    assert price.opus_discount_applied == case["free_sample"]
    assert (case["per_sample"] > MAX_PICTURE_ANLAS) == case["refused"]


def check_tool_price(case: dict[str, Any]) -> None:
    size = case["width"], case["height"]
    if case["call"] == "upscale":
        assert upscale_cost(*size) == case["anlas"]
    else:
        price = calculate_augment_anlas(case["call"], *size, is_opus=case["opus"])
        assert price.total_anlas == case["anlas"]


def check_size(case: dict[str, Any]) -> None:
    if "side" in case:
        assert nearest_size(case["side"], case["side"]) == (case["rounded"], case["rounded"])
    else:
        most = max_samples(case["width"] * case["height"])
        assert min(case["asked_samples"], most) == case["samples"]


def check_enhancing(case: dict[str, Any]) -> None:
    spec, (width, height) = model_spec(case["model"]), case["source"]
    assert list(offered_scales(spec, width, height)) == [one["scale"] for one in case["scales"]]
    for one in case["scales"]:
        sizes = enhance_sizes(width, height, one["scale"])
        assert sizes.image == tuple(one["image_sent"])
        assert sizes.size == tuple(one["request"])
        assert sizes.priced == tuple(one["priced_as"])
        assert sizes.result == tuple(one["expected_result"])
        assert (one["scale"] == "max") == one["upscaled_enhance"]
        assert LEVELS[one["level"] - 1] == (one["strength"], one["noise"])
        for is_opus, name in ((False, "anlas_no_subscription"), (True, "anlas_opus")):
            price = generation_cost(
                spec,
                width=sizes.priced[0],
                height=sizes.priced[1],
                steps=one["steps"],
                strength=one["strength"],
                is_opus=is_opus,
            )
            assert price.total_anlas == one[name]


def check_variety(case: dict[str, Any]) -> None:
    """An id that inpaints is the one sent; its model is asked for by its own."""
    inpainting = case["model"].endswith("-inpainting")
    spec = model_spec(case["model"])
    offered = spec.variety_sigma is not None
    source = InpaintParams(image=b"picture", mask=b"mask") if inpainting else None
    params = GenerateImageParams(
        prompt="a",
        model=case["model"],
        size=nearest_size(*case["asked"]),
        inpaint=source,
        # Where the page does not offer it, our parameters refuse it.
        variety_boost=case["on"] and offered,
    )
    body = generation_body(params, Pictures(), seed=0)["parameters"]
    assert ("skip_cfg_above_sigma" in body) == case["field_present"]
    if case["field_present"]:
        assert body["skip_cfg_above_sigma"] == case["skip_cfg_above_sigma"]


CHECKS: dict[str, Any] = {
    "prices": check_price,
    "prices_tools": check_tool_price,
    "sizes": check_size,
    "enhance_sizes_prices": check_enhancing,
    "variety_sigma": check_variety,
}
