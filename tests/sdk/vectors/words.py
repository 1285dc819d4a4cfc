"""Checks of what the web client adds to a prompt, and takes off again."""

from typing import Any

from novelai.automatic_text import PlacedText, add_automatic_text, remove_automatic_text
from novelai.catalogue import model_spec
from novelai.prompt import (
    enhanced_prompt,
    merged_negative_prompt,
    merged_prompt,
    unmerged_negative_prompt,
    unmerged_prompt,
)
from novelai.types.generation import preset_name


def check_automatic_text(case: dict[str, Any]) -> None:
    characters = placed_texts(case)
    sent = add_automatic_text(case["prompt"], characters, use_coords=case["use_coords"])
    assert sent == case["expected"]


def check_automatic_text_import(case: dict[str, Any]) -> None:
    characters = placed_texts(case)
    plain = remove_automatic_text(case["prompt"], characters, use_coords=case["use_coords"])
    assert plain == case["expected"]


def placed_texts(case: dict[str, Any]) -> list[PlacedText]:
    return [
        PlacedText(one["prompt"], one["center"]["x"], one["center"]["y"])
        for one in case["characters"]
        if one.get("enabled", True) and one["prompt"]
    ]


def check_quality(case: dict[str, Any]) -> None:
    """It is also read back again: what is found is sent alike."""
    spec = model_spec(case["model"])
    given = {name: case[name] for name in ("quality", "transparent_background")}
    sent = merged_prompt(case["prompt"], spec, **given)
    assert sent == case["expected"]
    found = unmerged_prompt(sent, spec, **given)
    assert found is not None
    assert merged_prompt(found, spec, **given) == sent


def check_undesired(case: dict[str, Any]) -> None:
    """It is also read back again: what is found is sent alike."""
    spec = model_spec(case["model"])
    given = {"uc_preset": preset_name(case["preset"]), "prompt": case["positive"]}
    sent = merged_negative_prompt(case["undesired"], spec, **given)
    assert sent == case["expected"]
    found = unmerged_negative_prompt(sent, spec, **given)
    assert found is not None
    assert merged_negative_prompt(found, spec, **given) == sent


def check_enhance(case: dict[str, Any]) -> None:
    spec = model_spec(case["model"])
    merged = merged_prompt(case["prompt"], spec, quality=case["quality"])
    sent = merged if case["scale"] == "max" else enhanced_prompt(merged, spec)
    assert sent == case["expected"]


CHECKS: dict[str, Any] = {
    "auto_text": check_automatic_text,
    "auto_text_import": check_automatic_text_import,
    "quality_placement": check_quality,
    "uc_placement": check_undesired,
    "enhance_prompt": check_enhance,
}
