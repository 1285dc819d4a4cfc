"""Texts that the web client would word, place or repeat in another way."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from novelai.emulator.web_request import Finding, WebRequest, as_object, as_objects, as_text

_CONDITIONS = ("prompt", "negative_prompt")
_CHARACTERS = {"v5": 32, "v4.5": 6, "v4": 6}
_SECTION = re.compile(r"(?:^|[\s,.:\[\]{}、。])text:(?!:)", re.IGNORECASE)
_QUOTES = ('""', "“”", "「」")
_AUTOMATIC = "teXt:"


def _captions(seen: WebRequest) -> Iterator[Finding]:
    """Check that prompts are said alike in all their places."""
    if not seen.modern:
        if seen.characters:
            yield "parameters.characterPrompts", "The model takes none; the web sends []."
        return
    wanted, unwanted = (as_object(seen.sent.get(f"v4_{name}")) for name in _CONDITIONS)
    pairs = (("v4_prompt", wanted, seen.prompt), ("v4_negative_prompt", unwanted, seen.unwanted))
    for name, condition, text in pairs:
        caption = as_object(condition.get("caption"))
        if condition and caption.get("base_caption") != text:
            yield f"parameters.{name}.caption.base_caption", "It differs from the prompt itself."
        yield from _characters(seen, name, as_objects(caption.get("char_captions")))
    coords, order = wanted.get("use_coords"), wanted.get("use_order")
    if wanted and coords is not seen.sent.get("use_coords"):
        yield "parameters.v4_prompt.use_coords", "It differs from parameters.use_coords."
    if wanted and order is not True:
        yield "parameters.v4_prompt.use_order", "The web sends true."
    if unwanted and unwanted.get("legacy_uc") is not seen.sent.get("legacy_uc"):
        yield "parameters.v4_negative_prompt.legacy_uc", "It differs from parameters.legacy_uc."


def _characters(seen: WebRequest, name: str, captions: list[dict[str, Any]]) -> Iterator[Finding]:
    part = "prompt" if name == "v4_prompt" else "uc"
    said = [(one.get(part), [one.get("center")]) for one in seen.characters]
    if said != [(one.get("char_caption"), one.get("centers")) for one in captions]:
        yield (
            f"parameters.{name}.caption.char_captions",
            "They differ from parameters.characterPrompts.",
        )


def _people(seen: WebRequest) -> Iterator[Finding]:
    """Check the characters themselves."""
    most = _CHARACTERS.get(seen.model.family, 0)
    if seen.modern and len(seen.characters) > most:
        yield "parameters.characterPrompts", f"There are {len(seen.characters)}, of {most} at most."
    for index, one in enumerate(seen.characters):
        place = f"parameters.characterPrompts.{index}"
        if one.get("enabled") is not True:
            yield f"{place}.enabled", "The web leaves a disabled character out."
        if not as_text(one.get("prompt")):
            yield f"{place}.prompt", "The web leaves a character without a prompt out."
        if seen.medium and one.get("uc"):
            yield f"{place}.uc", "On medium effort the web sends ''."


def _quality(seen: WebRequest) -> Iterator[Finding]:
    """Check that the quality text of the preset stands where the web puts it."""
    text = seen.texts.quality.get(as_text(seen.sent.get("qualityPresetId")))
    if text is None:
        return
    if seen.sent.get("tag_hint_transparent_background") is True:
        text = f"transparent background, {text}"
    first = seen.prompt if not seen.modern else _first_part(seen.prompt)
    if f", {text}" not in first:
        yield "input", "The quality text of this qualityPresetId is not in it, behind a comma."


def _undesired(seen: WebRequest) -> Iterator[Finding]:
    """Check that the undesired content begins with the text of the preset."""
    text = seen.texts.unwanted.get(as_text(seen.sent.get("ucPresetId")))
    if text is None:
        return
    if not seen.texts.curated and "nsfw" not in seen.prompt.lower():
        text = f"nsfw, {text}"
    rest = seen.unwanted.removeprefix(text)
    field = "parameters.negative_prompt"
    if not seen.unwanted.startswith(text):
        yield field, "It does not begin with the text of this ucPresetId (and nsfw by its rule)."
    elif seen.medium and rest:
        yield field, "On medium effort the web sends the text of its preset, and nothing more."
    elif rest and not rest.startswith(("|", ", ")):
        yield field, "The web puts a comma and a blank between the preset and the rest."


def _automatic(seen: WebRequest) -> Iterator[Finding]:
    """Check V5's section of quoted text."""
    if not seen.v5:
        if _AUTOMATIC in seen.prompt:
            yield "input", f"The web adds {_AUTOMATIC} on V5 only."
        return
    people = [as_text(one.get("prompt")) for one in seen.characters]
    if any(_SECTION.search(text) for text in (seen.prompt, *people)):
        return
    if any(_has_quoted(text) for text in (_first_part(seen.prompt), *people)):
        yield "input", f"Quoted text is in it; the web adds it again behind {_AUTOMATIC}."


def _has_quoted(text: str) -> bool:
    """Return whether something stands between quotes; apostrophes are left to the web client."""
    for opening, closing in _QUOTES:
        end = 0
        while (start := text.find(opening, end)) >= 0:
            end = text.find(closing, start + 1)
            if end < 0:
                break
            if text[start + 1 : end].strip():
                return True
            end += 1
    return False


def _first_part(prompt: str) -> str:
    """Return the first part of a mix; bars of a random choice do not part it."""
    pieces = prompt.split("||")
    for index in range(0, len(pieces), 2):
        before, bar, _ = pieces[index].partition("|")
        if bar:
            return "||".join([*pieces[:index], before])
    return prompt


WORD_RULES: tuple[Callable[[WebRequest], Iterator[Finding]], ...] = (
    _captions,
    _people,
    _quality,
    _undesired,
    _automatic,
)
