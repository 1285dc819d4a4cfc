"""Where templates stand in the parameters of a picture."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

__all__ = ["read_texts", "write_texts"]

TEXTS = ("prompt", "negative_prompt")


def read_texts(fields: Mapping[str, Any]) -> dict[str, str]:
    """Find the texts of `GenerateImageParams` that may be templates.

    Args:
        fields: the parameters as a document: ``prompt``, ``negative_prompt``, and of each of its
            ``characters``, mappings too, the same. Others are passed over.

    Returns:
        The texts by their names: ``prompt``, ``characters.0.prompt`` and so on.
    """
    found = {name: fields.get(name) for name in TEXTS}
    for number, character in _characters(fields):
        found |= {f"characters.{number}.{name}": character.get(name) for name in TEXTS}
    return {name: text for name, text in found.items() if isinstance(text, str)}


def write_texts(fields: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the parameters with other texts; the document that is given stays as it is.

    Args:
        fields: as for `read_texts`.
        texts: by their names; those that are not named stay.
    """
    written = {**fields, **{name: texts[name] for name in TEXTS if name in texts}}
    changed = {
        number: {**character, **_texts_of(number, texts)}
        for number, character in _characters(fields)
    }
    if changed:
        written["characters"] = [
            changed.get(number, character) for number, character in enumerate(fields["characters"])
        ]
    return written


def _characters(fields: Mapping[str, Any]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    characters: object = fields.get("characters")
    if not isinstance(characters, Sequence):
        return
    for number, character in enumerate(cast("Sequence[object]", characters)):
        if isinstance(character, Mapping):
            yield number, cast("Mapping[str, Any]", character)


def _texts_of(number: int, texts: Mapping[str, str]) -> dict[str, str]:
    names = {name: f"characters.{number}.{name}" for name in TEXTS}
    return {name: texts[full] for name, full in names.items() if full in texts}
