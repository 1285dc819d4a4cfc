"""What the web client adds to a prompt before it is sent. The service itself adds nothing."""

import re

from novelai.catalogue import ModelSpec

__all__ = [
    "enhanced_prompt",
    "merged_negative_prompt",
    "merged_prompt",
    "unmerged_negative_prompt",
    "unmerged_prompt",
]

MIX = re.compile(r"(\|\|.*?\|\|)|(\|)", re.DOTALL)
TEXT_BLOCK = re.compile(r"(?:^|(?<=[\s,.]))text:", re.IGNORECASE)
WEIGHT = re.compile(r":\s*-?\d+(?:\.\d+)?\s*$")
TRANSPARENT = "transparent background"
ENHANCING = "-2::upscaled, blurry::"


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
    text = _added(spec, quality, transparent_background=transparent_background)
    if not text:
        return prompt
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
    preset = _undesired(spec, uc_preset, prompt)
    if not preset:
        return negative_prompt
    if not negative_prompt.strip():
        return preset
    parts = _mix_parts(negative_prompt)
    if spec.structured_prompt:
        return "|".join([f"{preset}, {parts[0]}", *parts[1:]])
    return "|".join(f"{preset}, {part}" for part in parts)


def unmerged_prompt(
    sent: str, spec: ModelSpec, *, quality: str | None, transparent_background: bool = False
) -> str | None:
    """The prompt that `merged_prompt` turns into this one, or ``None`` if there is none.

    What `merged_prompt` evens out, a comma or a blank at the end, does not come back.
    """
    text = _added(spec, quality, transparent_background=transparent_background)
    if not text:
        return sent
    if spec.quality_placement == "prefix":
        return sent.removeprefix(f"{text}, ") if sent.startswith(f"{text}, ") else None
    parts = _mix_parts(sent)
    if spec.structured_prompt:
        parts[0] = _text_block_without(parts[0], text)
    else:
        parts = [_weighted_without(part, text) for part in parts]
    found = "|".join(parts)
    again = merged_prompt(
        found, spec, quality=quality, transparent_background=transparent_background
    )
    return found if again == sent else None


def unmerged_negative_prompt(
    sent: str, spec: ModelSpec, *, uc_preset: str, prompt: str
) -> str | None:
    """The text that `merged_negative_prompt` turns into this one, or ``None`` if there is none."""
    preset = _undesired(spec, uc_preset, prompt)
    if not preset:
        return sent
    if sent == preset:
        return ""
    found = "|".join(part.removeprefix(f"{preset}, ") for part in _mix_parts(sent))
    again = merged_negative_prompt(found, spec, uc_preset=uc_preset, prompt=prompt)
    return found if again == sent else None


def enhanced_prompt(prompt: str, spec: ModelSpec) -> str:
    """The prompt as the web client words it for enhancing a picture.

    On V4.5 it turns away from upscaled and blurry pictures; other models get it as it is.
    """
    if spec.generation != "v4.5" or ENHANCING in prompt:
        return prompt
    first, *others = _mix_parts(prompt)
    return "|".join([_before_text_block(first, ENHANCING), *others])


def _added(spec: ModelSpec, quality: str | None, *, transparent_background: bool) -> str:
    texts = [TRANSPARENT if transparent_background else "", spec.quality.get(quality or "", "")]
    return ", ".join(text for text in texts if text)


def _undesired(spec: ModelSpec, uc_preset: str, prompt: str) -> str:
    preset = spec.uc.get(uc_preset, "")
    if preset and uc_preset != "none" and not spec.curated and "nsfw" not in prompt.lower():
        return f"nsfw, {preset}"
    return preset


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


def _text_block_without(part: str, text: str) -> str:
    match = TEXT_BLOCK.search(part)
    if match is None:
        return _without(part, text)
    before = _without(part[: match.start()].removesuffix(", "), text)
    return f"{before}, {part[match.start() :]}" if before else part[match.start() :]


def _weighted_without(part: str, text: str) -> str:
    match = WEIGHT.search(part)
    end = len(part) if match is None else match.start()
    return _without(part[:end], text) + part[end:]


def _without(part: str, text: str) -> str:
    """Take back what `_appended` did."""
    kept = part.rstrip()
    return kept.removesuffix(text).removesuffix(", ") + part[len(kept) :]
