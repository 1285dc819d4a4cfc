"""The prompts of a picture, taken apart again."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any, cast

from novelai.automatic_text import PlacedText, add_automatic_text, remove_automatic_text
from novelai.catalogue import ModelSpec, quality_hint, uc_hint
from novelai.prompt import unfurred_prompt, unmerged_negative_prompt, unmerged_prompt

__all__ = ["draw_prompts", "items", "recover_characters", "recover_prompts", "uses_coords"]

MIDDLE = (0.5, 0.5)

RANDOMISER = "||"

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
    fields: dict[str, Any] = {}
    sent = _base_caption(comment, "v4_prompt") or prompt
    if spec.automatic_text:
        sent, automatic = _without_automatic_text(comment, sent)
        fields |= {} if automatic else {"automatic_text": False}
    if spec.structured_prompt and (plain := unfurred_prompt(sent)) is not None:
        sent, fields["furry"] = plain, True
    transparent = bool(comment.get("tag_hint_transparent_background"))
    prompt, quality = sent, None
    alone = spec.structured_prompt and recover_characters(comment) is not None
    for preset in _qualities(comment, spec):
        found = unmerged_prompt(sent, spec, quality=preset, transparent_background=transparent)
        if found is not None and (alone or found.strip()):
            prompt, quality = found, preset
            break
    fields |= {
        "prompt": prompt,
        "quality": True if quality == "standard" else quality or False,
        "transparent_background": transparent,
    }
    unwanted = _base_caption(comment, "v4_negative_prompt") or negative_prompt
    for preset in _uc_presets(comment, spec):
        found = unmerged_negative_prompt(unwanted, spec, uc_preset=preset, prompt=sent)
        if found is not None:
            fields["negative_prompt"] = found or None
            if preset != spec.default_uc_preset or preset == "heavy":
                fields["uc_preset"] = preset
            return fields, ()
    return fields | {"uc_preset": "none", "negative_prompt": unwanted}, ("negative_prompt",)


def _without_automatic_text(comment: Mapping[str, Any], sent: str) -> tuple[str, bool]:
    """Return the prompt without its automatic section, and whether sending it gives it one."""
    characters = recover_characters(comment) or []
    texts = [
        PlacedText(one["prompt"], *(one["position"] or (0.5, 0.5)))
        for one in characters
        if isinstance(one["prompt"], str) and one["prompt"]
    ]
    placed = uses_coords(comment)
    plain = remove_automatic_text(sent, texts, use_coords=placed)
    if add_automatic_text(plain, texts, use_coords=placed) == sent:
        return plain, True
    return sent, False


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


def uses_coords(comment: Mapping[str, Any]) -> bool:
    """Return whether the characters of a structured prompt are to keep to their places."""
    return bool(_map(comment.get("v4_prompt")).get("use_coords"))


def recover_characters(comment: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Return the characters of a structured prompt, with their places.

    Those that the model was to choose have none, unless one was stored.
    """
    placed = uses_coords(comment)
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
                "position": _place(center) if placed else _stored_place(center),
            }
        )
    return characters or None


def _place(center: Mapping[str, Any]) -> tuple[Any, Any]:
    return center.get("x", 0.5), center.get("y", 0.5)


def _stored_place(center: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return a place that does not count, if it is one, and not where all are that have none."""
    place = _place(center)
    valid = all(isinstance(side, int | float) and 0 <= side <= 1 for side in place)
    return place if valid and place != MIDDLE else None


def draw_prompts(comment: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the settings with what was drawn in place of prompts with a randomiser (``||a|b||``).

    NovelAI notes what it took as ``actual_prompts``, and its page enhances and varies a picture
    with that. How it is packed is not documented: a text, a caption, and one inside a ``caption``
    are read; anything else leaves the prompt as it is.
    """
    actual = _map(comment.get("actual_prompts"))
    drawn = dict(comment)
    for name, part, plain in (
        ("prompt", "v4_prompt", "prompt"),
        ("negative_prompt", "v4_negative_prompt", "uc"),
    ):
        found = _as_caption(actual.get(name))
        drawn[plain] = _draw(comment.get(plain), found.get("base_caption"))
        if stored := _caption(comment, part):
            drawn[part] = {**_map(comment.get(part)), "caption": _draw_caption(stored, found)}
    return drawn


def _draw_caption(stored: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    taken = [_map(one).get("char_caption") for one in items(found.get("char_captions"))]
    characters = [_map(one) for one in items(stored.get("char_captions"))]
    return {
        **stored,
        "base_caption": _draw(stored.get("base_caption"), found.get("base_caption")),
        "char_captions": [
            {**one, "char_caption": _draw(one.get("char_caption"), text)}
            for one, text in zip_longest(characters, taken[: len(characters)], fillvalue=None)
            if one is not None
        ],
    }


def _draw(stored: object, actual: object) -> object:
    random = isinstance(stored, str) and RANDOMISER in stored
    return actual if random and isinstance(actual, str) else stored


def _as_caption(value: object) -> Mapping[str, Any]:
    if isinstance(value, str):
        return {"base_caption": value}
    return _map(_map(value).get("caption")) or _map(value)
