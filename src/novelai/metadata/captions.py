"""The prompts of a picture, taken apart again."""

from collections.abc import Mapping
from typing import Any, cast

from novelai.catalogue import ModelSpec, quality_hint, uc_hint
from novelai.prompt import unmerged_negative_prompt, unmerged_prompt

__all__ = ["items", "recover_characters", "recover_prompts"]

MAX_CHARACTERS = 33
"""One more than any model takes, so that too many are an error and not a long wait."""


def recover_prompts(
    comment: Mapping[str, Any], spec: ModelSpec, prompt: str, negative_prompt: str
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Prompts without the texts of presets, and the names of those that lead to none.

    Args:
        comment: the settings, by the names that requests and pictures give them.
        spec: the model's row of the catalogue.
        prompt: as it was sent, for settings without a structured prompt.
        negative_prompt: as it was sent, likewise.
    """
    sent = _base_caption(comment, "v4_prompt") or prompt
    transparent = bool(comment.get("tag_hint_transparent_background"))
    prompt, quality = sent, None
    alone = spec.structured_prompt and recover_characters(comment) is not None
    for preset in _qualities(comment, spec):
        found = unmerged_prompt(sent, spec, quality=preset, transparent_background=transparent)
        if found is not None and (alone or found.strip()):
            prompt, quality = found, preset
            break
    fields: dict[str, Any] = {
        "prompt": prompt,
        "quality": True if quality == "standard" else quality or False,
        "transparent_background": transparent,
    }
    unwanted = _base_caption(comment, "v4_negative_prompt") or negative_prompt
    for preset in _uc_presets(comment, spec):
        found = unmerged_negative_prompt(unwanted, spec, uc_preset=preset, prompt=prompt)
        if found is not None:
            fields["negative_prompt"] = found or None
            if preset != spec.default_uc_preset or preset == "heavy":
                fields["uc_preset"] = preset
            return fields, ()
    return fields | {"uc_preset": "none", "negative_prompt": unwanted}, ("negative_prompt",)


def _qualities(comment: Mapping[str, Any], spec: ModelSpec) -> list[str | None]:
    """Return the quality presets to look for, the one a V5 picture names before all others."""
    hint = comment.get("tag_hint_qt")
    presets: list[str | None] = [name for name in spec.quality if quality_hint(name).hint == hint]
    return [*(presets if isinstance(hint, int) else spec.quality), None]


def _uc_presets(comment: Mapping[str, Any], spec: ModelSpec) -> list[str]:
    """Return the presets to look for: a longer text first, as it may begin with a shorter one."""
    hint = comment.get("tag_hint_uc_preset")
    return sorted(spec.uc, key=lambda name: (uc_hint(name).hint != hint, -len(spec.uc[name])))


def _base_caption(comment: Mapping[str, Any], name: str) -> str | None:
    text = _caption(comment, name).get("base_caption")
    return text if isinstance(text, str) else None


def _caption(comment: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return _map(_map(comment.get(name)).get("caption"))


def _map(value: object) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """Return a list of the settings; empty when it is something else."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def recover_characters(comment: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the characters of a structured prompt, with their places where these count."""
    placed = bool(_map(comment.get("v4_prompt")).get("use_coords"))
    wanted, unwanted = (
        [_map(one) for one in items(_caption(comment, name).get("char_captions"))[:MAX_CHARACTERS]]
        for name in ("v4_prompt", "v4_negative_prompt")
    )
    characters: list[dict[str, Any]] = []
    for index, one in enumerate(wanted):
        centers = items(one.get("centers"))
        center = _map(centers[0] if centers else None)
        away = unwanted[index].get("char_caption", "") if index < len(unwanted) else ""
        characters.append(
            {
                "prompt": one.get("char_caption", ""),
                "negative_prompt": away,
                "position": (center.get("x", 0.5), center.get("y", 0.5)) if placed else None,
            }
        )
    return characters or None
