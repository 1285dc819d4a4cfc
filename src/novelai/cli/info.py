"""``novelai info``."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from novelai.cli.exits import ExitCode
from novelai.cli.failures import failures
from novelai.cli.options import AsJson, Files
from novelai.cli.talk import Talk
from novelai.errors import InvalidParamsError

if TYPE_CHECKING:
    from novelai.metadata import ImageMeta, ImageMetadata, OtherSettings

__all__ = ["info"]

SHOWN = ("seed", "width", "height", "steps", "scale", "sampler", "noise_schedule", "request_type")


def info(
    files: Files,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the settings embedded in pictures. Works offline.

    They are read from PNG text chunks, the EXIF of WebP and JPEG, or the copy hidden in the pixels.
    When a picture has none of NovelAI's, the exit code is 8.
    """
    talk = Talk(as_json=as_json)
    empty = False
    with failures(talk):
        for file in files:
            meta = read(file)
            found = meta.settings if meta else None
            other = meta.other if meta else None
            empty = empty or found is None
            told = {"file": str(file), "found": found is not None, **document(found)}
            talk.record(told | ({"other": asdict(other)} if other else {}))
            if not as_json:
                show(file, found, other, talk)
    if empty:
        raise typer.Exit(ExitCode.NOTHING)


def read(file: Path) -> "ImageMeta | None":
    """Return what is embedded in one picture; ``None`` when it is no picture."""
    from novelai.metadata import extract_metadata

    try:
        return extract_metadata(file)
    except InvalidParamsError:
        return None


def document(found: "ImageMetadata | None") -> dict[str, Any]:
    """Return the settings as JSON."""
    if found is None:
        return {}
    return {
        "origin": found.origin,
        "title": found.title,
        "description": found.description,
        "software": found.software,
        "source": found.source,
        "generation_time": found.generation_time,
        "comment": dict(found.comment),
    }


def show(
    file: Path, found: "ImageMetadata | None", other: "OtherSettings | None", talk: Talk
) -> None:
    """Print the settings, one a line: a prompt can be copied whole."""
    if found is None:
        others = f", but some of {other.tool}'s; --json shows them" if other else ""
        talk.complain(f"{file}: no settings of NovelAI in it{others}.")
        return
    talk.result(str(file))
    for name, value in rows(found):
        talk.result(f"  {name:<15}{value}")


def rows(found: "ImageMetadata") -> list[tuple[str, object]]:
    """List the facts that a person wants to know first."""
    named: list[tuple[str, object]] = [
        ("title", found.title),
        ("tool", found.tool),
        ("prompt", found.prompt),
        ("undesired", found.negative_prompt),
        ("model", found.source),
        *((name.replace("_", " "), found.comment.get(name)) for name in SHOWN),
        ("seconds", found.generation_time),
        ("found in", found.origin),
    ]
    return [(name, value) for name, value in named if value is not None]
