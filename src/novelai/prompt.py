"""What the web client adds to a prompt before it is sent. The service itself adds nothing."""

import re

from novelai.catalogue import ModelSpec

__all__ = [
    "SECTION",
    "WHITE_SPACE",
    "enhanced_prompt",
    "furry_prompt",
    "merged_negative_prompt",
    "merged_prompt",
    "section_pattern",
    "split_mix",
    "unfurred_prompt",
    "unmerged_negative_prompt",
    "unmerged_prompt",
]

WHITE_SPACE = (
    "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""White space as a browser counts it."""

SECTION_LEADS = re.escape(f"{WHITE_SPACE},.:[]{{}}、。")

MIX_PARTS = 6


def section_pattern(word: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Return the expression of a section's mark; ``text::`` is the end of a weight, and none."""
    return re.compile(rf"(?:^|[{SECTION_LEADS}]){word}:(?!:)", flags)


SECTION = section_pattern("text", re.IGNORECASE)
"""Where text that is to be written in the picture begins."""

BAR = re.compile(r"\|\|.*?(?:\|\||\Z)|(\|)", re.DOTALL)

WEIGHT = re.compile(r":[0-9.]+\Z")
MARK_LENGTH = len("text::")
TRANSPARENT = "transparent background"
ENHANCED = "upscaled, blurry"
ENHANCING = f", -2::{ENHANCED}::,"
FUR = "fur dataset"
DATASETS = (FUR, "background dataset")


def split_mix(prompt: str) -> list[str]:
    """Cut at single bars, into at most six parts, the last of which keeps its bars.

    ``||a|b||`` is the randomiser and stays whole, also without its end.
    """
    bars: list[int] = []
    for match in BAR.finditer(prompt):
        if match.group(1):
            bars.append(match.start())
            if len(bars) == MIX_PARTS - 1:
                break
    starts = [0, *(bar + 1 for bar in bars)]
    return [prompt[start:end] for start, end in zip(starts, [*bars, None], strict=True)]


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


def enhanced_prompt(merged: str, spec: ModelSpec) -> str:
    """Return the prompt as the web client words it for enhancing a picture, but for ``"max"``.

    On V4.5 and V5 it turns away from upscaled and blurry pictures; other models get it as it is.

    Args:
        merged: the prompt with its quality text.
        spec: the model's row of the catalogue.
    """
    if not spec.enhance_words or ENHANCED in merged:
        return merged
    section = SECTION.search(merged)
    end = len(merged) if section is None else section.start()
    return merged[:end] + ENHANCING + merged[end:]


def furry_prompt(merged: str) -> str:
    """Return the finished prompt with furry mode's word in front, unless it names a data set."""
    return merged if merged.startswith(DATASETS) else f"{FUR}, {merged}"


def unfurred_prompt(sent: str) -> str | None:
    """Return the prompt that `furry_prompt` turns into this one, or ``None`` if there is none."""
    found = sent.removeprefix(f"{FUR}, ")
    return found if found != sent and furry_prompt(found) == sent else None


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

    As in the web client, ``nsfw`` is put before the first part of a mix on V4 and later, where
    every bar counts, those of a randomiser (``||a|b||``) included, and before the whole text
    otherwise: the two differ for a text that begins with a bar.
    """
    if not spec.structured_prompt or not preset.startswith("nsfw, "):
        return text, ""
    first, bar, others = text.partition("|")
    return first, bar + others


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
        end = at + len(suffix)
        # What begins the prompt begins a section, too: the text stands where the prompt began.
        began = at == 0 and SECTION.match(part[end : end + MARK_LENGTH])
        if end == len(part) or SECTION.match(part, end) or began:
            return part[:at] + part[end:]
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
