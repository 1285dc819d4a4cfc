"""What the web client adds to a prompt before it is sent. The service itself adds nothing."""

import re

from novelai.catalogue import ModelSpec

__all__ = [
    "SECTION",
    "enhanced_prompt",
    "merged_negative_prompt",
    "merged_prompt",
    "split_mix",
    "unmerged_negative_prompt",
    "unmerged_prompt",
]

BLANKS = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
"""White space as a browser counts it."""

SECTION = re.compile(rf"(?:^|[{BLANKS},.:\[\]{{}}、。])text:(?!:)", re.IGNORECASE)
"""Where text that is to be written in the picture begins; ``text::`` is the end of a weight."""

MIX = re.compile(r"\|\|.*?(?:\|\||\Z)|(\|)", re.DOTALL)
WEIGHT = re.compile(r":[0-9.]+\Z")
TRANSPARENT = "transparent background"
ENHANCING = "-2::upscaled, blurry::"


def merged_prompt(
    prompt: str, spec: ModelSpec, *, quality: str | None, transparent_background: bool = False
) -> str:
    """Return the prompt with the model's quality text, worded as by the web client.

    Nothing is tidied.

    Args:
        prompt: what the user wrote.
        spec: the model's row of the catalogue.
        quality: name of the quality preset; one that the model lacks counts as none.
        transparent_background: put ``transparent background`` before the quality text (V5).

    On V4 and later the text goes into the first part of a prompt mix (``a | b``) and before a
    ``Text:`` section; on V3 into every part, before its weight; on V1 and V2 it goes in front.
    """
    text = _quality_suffix(spec, quality, transparent_background=transparent_background)
    if not text:
        return prompt
    if spec.quality_placement == "prefix":
        return f"{text}, {prompt}"
    suffix = f", {text}"
    if spec.structured_prompt:
        first, *others = split_mix(prompt)
        return "|".join([_before_sections(first, suffix), *others])
    return "|".join(_before_weight(part, suffix) for part in prompt.split("|"))


def merged_negative_prompt(
    negative_prompt: str, spec: ModelSpec, *, uc_preset: str, prompt: str
) -> str:
    """Return the undesired content: the preset's text, then the user's, which is not tidied.

    ``nsfw`` goes in front when the model is not a curated one, a preset is used, and the prompt
    does not ask for it. Before V4, the preset ``none`` is a word that only an empty text gets.
    """
    preset = _uc_text(spec, uc_preset, prompt)
    if uc_preset == "none" or not preset:
        return negative_prompt or preset
    first, others = _split_lead(negative_prompt, preset, spec)
    return (f"{preset}, {first}" if first else preset) + others


def unmerged_prompt(
    sent: str, spec: ModelSpec, *, quality: str | None, transparent_background: bool = False
) -> str | None:
    """Return the prompt that `merged_prompt` turns into this one, or ``None`` if there is none."""
    text = _quality_suffix(spec, quality, transparent_background=transparent_background)
    if not text:
        return sent
    if spec.quality_placement == "prefix":
        return sent.removeprefix(f"{text}, ") if sent.startswith(f"{text}, ") else None
    suffix = f", {text}"
    if spec.structured_prompt:
        first, *others = split_mix(sent)
        found = "|".join([_sections_without(first, suffix), *others])
    else:
        found = "|".join(_remove_weighted(part, suffix) for part in sent.split("|"))
    again = merged_prompt(
        found, spec, quality=quality, transparent_background=transparent_background
    )
    return found if again == sent else None


def unmerged_negative_prompt(
    sent: str, spec: ModelSpec, *, uc_preset: str, prompt: str
) -> str | None:
    """Find the text that `merged_negative_prompt` turns into this one; ``None`` without one."""
    preset = _uc_text(spec, uc_preset, prompt)
    first, others = _split_lead(sent, preset, spec)
    if first == preset:
        first = ""
    elif uc_preset != "none" and preset:
        first = first.removeprefix(f"{preset}, ")
    found = first + others
    again = merged_negative_prompt(found, spec, uc_preset=uc_preset, prompt=prompt)
    return found if again == sent else None


def enhanced_prompt(prompt: str, spec: ModelSpec) -> str:
    """Return the prompt as the web client words it for enhancing a picture.

    On V4.5 it turns away from upscaled and blurry pictures; other models get it as it is.
    """
    if spec.generation != "v4.5" or ENHANCING in prompt:
        return prompt
    first, *others = split_mix(prompt)
    section = SECTION.search(first)
    end = len(first) if section is None else section.start()
    before = first[:end].rstrip()
    first = f"{before.removesuffix(',')}, {ENHANCING}{first[len(before) :]}"
    return "|".join([first, *others])


def _quality_suffix(spec: ModelSpec, quality: str | None, *, transparent_background: bool) -> str:
    texts = [TRANSPARENT if transparent_background else "", spec.quality.get(quality or "", "")]
    return ", ".join(text for text in texts if text)


def _uc_text(spec: ModelSpec, uc_preset: str, prompt: str) -> str:
    preset = spec.uc.get(uc_preset, "")
    if preset and uc_preset != "none" and not spec.curated and "nsfw" not in prompt.lower():
        return f"nsfw, {preset}"
    return preset


def _split_lead(text: str, preset: str, spec: ModelSpec) -> tuple[str, str]:
    """Cut undesired content into what the preset's text leads, and the rest.

    As in the web client, ``nsfw`` is put before the first part of a mix on V4 and later, and
    before the whole text otherwise: the two differ for a text that begins with a bar.
    """
    if not spec.structured_prompt or not preset.startswith("nsfw, "):
        return text, ""
    first, bar, others = text.partition("|")
    return first, bar + others


def split_mix(prompt: str) -> list[str]:
    """Cut at single bars; ``||a|b||`` is the randomiser and stays whole, also without its end."""
    bars = [match for match in MIX.finditer(prompt) if match.group(1)]
    starts = [0, *(bar.end() for bar in bars)]
    ends = [*(bar.start() for bar in bars), len(prompt)]
    return [prompt[start:end] for start, end in zip(starts, ends, strict=True)]


def _before_sections(part: str, suffix: str) -> str:
    """Put a text before the first section; the other marks become copies of the first one."""
    marks = SECTION.findall(part)
    if not marks:
        return part + suffix
    before, *sections = SECTION.split(part)
    return marks[0].join([before + suffix, *sections])


def _sections_without(part: str, suffix: str) -> str:
    """Take back what `_before_sections` did: the text stands at the end or before a mark."""
    at = part.find(suffix)
    while at >= 0:
        rest = part[at + len(suffix) :]
        # What begins the prompt begins a section, too: the text stands where the prompt began.
        if not rest or SECTION.match(part, at + len(suffix)) or (at == 0 and SECTION.match(rest)):
            return part[:at] + rest
        at = part.find(suffix, at + 1)
    return part


def _before_weight(part: str, suffix: str) -> str:
    match = WEIGHT.search(part)
    end = len(part) if match is None else match.start()
    return part[:end] + suffix + part[end:]


def _remove_weighted(part: str, suffix: str) -> str:
    match = WEIGHT.search(part)
    end = len(part) if match is None else match.start()
    return part[:end].removesuffix(suffix) + part[end:]
