"""What the web client adds to a prompt before it is sent. The service itself adds nothing."""

import re

from novelai.catalogue import ModelSpec

__all__ = ["merged_negative_prompt", "merged_prompt"]

MIX = re.compile(r"(\|\|.*?\|\|)|(\|)", re.DOTALL)
TEXT_BLOCK = re.compile(r"(?:^|(?<=[\s,.]))text:", re.IGNORECASE)
WEIGHT = re.compile(r":\s*-?\d+(?:\.\d+)?\s*$")
TRANSPARENT = "transparent background"


def merged_prompt(
    prompt: str, spec: ModelSpec, *, quality: str | None, transparent_background: bool = False
) -> str:
    """The prompt with the model's quality text.

    Args:
        prompt: what the user wrote.
        spec: the model's row of the catalogue.
        quality: name of the quality preset, or ``None`` for none.
        transparent_background: put ``transparent background`` before the quality text (V5).

    On V4 and later the text goes into the first part of a prompt mix (``a | b``) and before a
    ``Text:`` block; on V3 into every part, before its weight; on V1 and V2 it goes in front.
    """
    additions = [TRANSPARENT] if transparent_background else []
    if quality is not None and spec.quality.get(quality):
        additions.append(spec.quality[quality])
    if not additions:
        return prompt
    text = ", ".join(additions)
    if spec.quality_placement == "prefix":
        return f"{text}, {prompt}"
    parts = _mix_parts(prompt)
    if spec.structured_prompt:
        return "|".join([_before_text_block(parts[0], text), *parts[1:]]).rstrip()
    return "|".join(_before_weight(part, text) for part in parts).rstrip()


def merged_negative_prompt(
    negative_prompt: str, spec: ModelSpec, *, uc_preset: str, prompt: str
) -> str:
    """The undesired content: the preset's text, then the user's.

    ``nsfw`` goes in front when the model is not a curated one, a preset is used, and the prompt
    does not ask for it. On V4 and later only the first part of a mix gets the preset.
    """
    preset = spec.uc.get(uc_preset, "")
    wants_nsfw = "nsfw" in prompt.lower()
    if preset and uc_preset != "none" and not spec.curated and not wants_nsfw:
        preset = f"nsfw, {preset}"
    if not preset:
        return negative_prompt
    if not negative_prompt.strip():
        return preset
    parts = _mix_parts(negative_prompt)
    if spec.structured_prompt:
        return "|".join([f"{preset}, {parts[0]}", *parts[1:]])
    return "|".join(f"{preset}, {part}" for part in parts)


def _mix_parts(prompt: str) -> list[str]:
    """Cut at single bars; ``||a|b||`` is the randomiser and stays whole."""
    parts: list[str] = []
    start = 0
    for match in MIX.finditer(prompt):
        if match.group(2):
            parts.append(prompt[start : match.start()])
            start = match.end()
    parts.append(prompt[start:])
    return parts


def _before_text_block(part: str, text: str) -> str:
    match = TEXT_BLOCK.search(part)
    if match is None:
        return _appended(part, text)
    return f"{_appended(part[: match.start()].rstrip(), text)}, {part[match.start() :]}"


def _before_weight(part: str, text: str) -> str:
    match = WEIGHT.search(part)
    if match is None:
        return _appended(part, text)
    return _appended(part[: match.start()], text) + part[match.start() :]


def _appended(part: str, text: str) -> str:
    """Append after a comma, keeping the blanks at the part's end where they were."""
    kept = part.rstrip()
    if not kept:
        return text
    return f"{kept.removesuffix(',')}, {text}{part[len(kept) :]}"
