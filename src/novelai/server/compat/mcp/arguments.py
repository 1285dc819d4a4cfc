"""Arguments that several tools share, and how they become the parameters of a job."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from novelai.server.compat.mcp.content import View
from novelai.types.base import SEEDS
from novelai.types.generation import UCPreset

__all__ = [
    "Characters",
    "Image",
    "Model",
    "Negative",
    "Preset",
    "Prompt",
    "Quality",
    "References",
    "Sampler",
    "Scale",
    "Seed",
    "Show",
    "Size",
    "Steps",
    "Vibes",
    "Wait",
    "drawing",
    "image_field",
    "tool_fields",
]


class _Part(BaseModel):
    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)


class CharacterPart(_Part):
    """One character of the picture."""

    prompt: str = Field(description="What this character looks like and does.", min_length=1)
    negative_prompt: str | None = Field(None, description="What is not wanted of it.")
    position: str | list[float] | None = Field(
        None,
        description="Where it stands: a cell from A1 (top left) to E5 (bottom right), or [x, y] "
        "with 0 to 1 each. Left out: the model decides.",
    )


class VibePart(_Part):
    """A picture whose style is carried over."""

    image: str | None = Field(None, description="A picture: img_..., base64, or a data URL.")
    vibe: str | None = Field(None, description="The name of a stored vibe, in place of image.")
    strength: float | None = Field(None, description="-1 to 1; 0.6 by default.", ge=-1, le=1)
    info_extracted: float | None = Field(
        None, description="0.01 to 1; how much is read from the picture.", ge=0.01, le=1
    )


class ReferencePart(_Part):
    """A picture whose character or style is kept."""

    image: str = Field(description="A picture: img_..., base64, or a data URL.")
    type: Literal["character", "style", "character&style"] | None = None
    fidelity: float | None = Field(None, description="0 to 1.", ge=0, le=1)
    strength: float | None = Field(None, description="0 to 1.", ge=0, le=1)


Image = Annotated[
    str, Field(description="A picture: its id in the gallery (img_...), base64, or a data URL.")
]
Prompt = Annotated[str, Field(description="What to draw, as tags or sentences.", min_length=1)]
Model = Annotated[str | None, Field(description="A model id; see list_models.")]
Size = Annotated[str | None, Field(description="portrait, landscape, square, ... or WIDTHxHEIGHT.")]
Negative = Annotated[str | None, Field(description="What is not wanted.")]
Steps = Annotated[int | None, Field(description="1 to 50; up to 28 can be free.", ge=1, le=50)]
Scale = Annotated[float | None, Field(description="Prompt guidance, 0 to 10.", ge=0, le=25)]
Sampler = Annotated[str | None, Field(description="Such as k_euler_ancestral; see list_models.")]
Seed = Annotated[int | None, Field(description="Makes it repeatable.", ge=0, le=SEEDS - 1)]
Quality = Annotated[bool | None, Field(description="Add the model's quality tags; by default so.")]
Preset = Annotated[
    UCPreset | None, Field(description="Which undesired content the model adds; see list_models.")
]
Characters = Annotated[
    list[CharacterPart] | None,
    Field(description="Characters with prompts and places of their own (V4 and later)."),
]
Vibes = Annotated[
    list[VibePart] | None,
    Field(description="Styles to carry over (V3 to V4.5): 2 Anlas for each picture that is new."),
]
References = Annotated[
    list[ReferencePart] | None,
    Field(description="Characters or styles to keep (V4.5): 5 Anlas each, always."),
]
Show = Annotated[View, Field(description="thumbnail, full (up to about 700 kB), or none.")]
Wait = Annotated[
    float, Field(description="Seconds to wait; then job_status tells of it.", ge=0, le=600)
]


def drawing(
    *,
    characters: Sequence[CharacterPart] | None = None,
    vibes: Sequence[VibePart] | None = None,
    character_references: Sequence[ReferencePart] | None = None,
    preset: str | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """Return the parameters of a generation as jobs take them, without what was left out.

    Args:
        characters: of the picture.
        vibes: styles that are carried over.
        character_references: what is kept.
        preset: of undesired content.
        **fields: by the names that parameters have.
    """
    parts = {
        "characters": characters,
        "vibes": vibes,
        "character_references": character_references,
    }
    given = {name: [_members(one) for one in found] for name, found in parts.items() if found}
    whole = {**fields, "uc_preset": preset, **given}
    return {name: value for name, value in whole.items() if value is not None}


def image_field(image: str) -> str | dict[str, str]:
    """Return a picture as jobs take it: a picture of the gallery by its name."""
    return {"image": image} if image.startswith("img_") else image


def tool_fields(tool: str) -> dict[str, Any]:
    """Return a director tool as jobs take it: one is another with a switch."""
    if tool == "declutter-keep-bubbles":
        return {"tool": "declutter", "keep_bubbles": True}
    return {"tool": tool}


def _members(part: BaseModel) -> Mapping[str, Any]:
    found = part.model_dump(exclude_none=True)
    return found | {"image": image_field(found["image"])} if "image" in found else found
