"""The tools that may spend Anlas. Each says its price; the budget of the key holds."""

from typing import Annotated, Any

from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from novelai.server.compat.mcp.arguments import (
    Characters,
    Image,
    Model,
    Negative,
    Preset,
    Prompt,
    Quality,
    References,
    Sampler,
    Scale,
    Seed,
    Show,
    Size,
    Steps,
    Vibes,
    Wait,
    drawing,
    image_field,
    tool_fields,
)
from novelai.server.compat.mcp.context import ContextOf, ToolContext
from novelai.server.compat.mcp.tools import Tools
from novelai.server.compat.mcp.work import Work
from novelai.types.tools import DirectorTool, Emotion

__all__ = ["add_spending"]

SPENDS = ToolAnnotations(
    read_only_hint=False,
    # Nothing is overwritten, but Anlas that are spent do not come back: let people be asked.
    destructive_hint=True,
    idempotent_hint=False,
    open_world_hint=True,
)


def add_spending(tools: Tools, context_of: ContextOf) -> None:
    """Add these tools."""

    @tools.add("Generate an image", SPENDS)
    async def generate_image(
        context: ToolContext,
        *,
        prompt: Prompt,
        model: Model = None,
        size: Size = None,
        negative_prompt: Negative = None,
        characters: Characters = None,
        steps: Steps = None,
        scale: Scale = None,
        sampler: Sampler = None,
        seed: Seed = None,
        quality: Quality = None,
        preset: Preset = None,
        vibes: Vibes = None,
        character_references: References = None,
        show: Show = "thumbnail",
        wait: Wait = 50,
    ) -> CallToolResult:
        """Draw one picture from a prompt.

        Price: nothing on Opus up to 1,048,576 pixels and 28 steps; otherwise about 20 Anlas for
        832x1216 and up to 140 for the largest, and more with vibes and references; estimate_cost
        tells it without drawing.
        """
        params = drawing(
            prompt=prompt,
            model=model,
            size=size,
            negative_prompt=negative_prompt,
            characters=characters,
            steps=steps,
            scale=scale,
            sampler=sampler,
            seed=seed,
            quality=quality,
            preset=preset,
            vibes=vibes,
            character_references=character_references,
        )
        work = Work(kind="generate", params=params, view=show, seconds=wait)
        return await work.result(context_of, context)

    @tools.add("Edit an image", SPENDS)
    async def edit_image(
        context: ToolContext,
        *,
        image: Image,
        prompt: Prompt,
        mask: Annotated[
            str | None,
            Field(description="White is repainted, black is kept; as large as the image."),
        ] = None,
        strength: Annotated[
            float | None,
            Field(description="0.01 to 0.99: how far from the picture.", ge=0.01, le=1),
        ] = None,
        model: Model = None,
        size: Size = None,
        negative_prompt: Negative = None,
        characters: Characters = None,
        steps: Steps = None,
        scale: Scale = None,
        sampler: Sampler = None,
        seed: Seed = None,
        quality: Quality = None,
        preset: Preset = None,
        character_references: References = None,
        show: Show = "thumbnail",
        wait: Wait = 50,
    ) -> CallToolResult:
        """Draw from a picture (image to image), or repaint the white part of a mask in it.

        Price: as generate_image; for image to image it is multiplied by the strength, at least 2
        Anlas where it is not free.
        """
        source: dict[str, Any] = {"image": image_field(image)}
        if strength is not None:
            source["strength"] = strength
        if mask is not None:
            source["mask"] = image_field(mask)
        params = drawing(
            prompt=prompt,
            model=model,
            size=size,
            negative_prompt=negative_prompt,
            characters=characters,
            steps=steps,
            scale=scale,
            sampler=sampler,
            seed=seed,
            quality=quality,
            preset=preset,
            character_references=character_references,
        )
        params["i2i" if mask is None else "inpaint"] = source
        work = Work(kind="generate", params=params, view=show, seconds=wait)
        return await work.result(context_of, context)

    @tools.add("Use a director tool", SPENDS)
    async def director_tool(
        context: ToolContext,
        *,
        tool: DirectorTool,
        image: Image,
        prompt: Annotated[str | None, Field(description="For colorize and emotion.")] = None,
        emotion: Annotated[Emotion | None, Field(description="For emotion.")] = None,
        defry: Annotated[
            int | None, Field(description="For colorize, emotion: 0 full to 5 weak.", ge=0, le=5)
        ] = None,
        show: Show = "thumbnail",
        wait: Wait = 50,
    ) -> CallToolResult:
        """Remove a background, make line art or a sketch, colour, change an emotion, declutter.

        Price: nothing on Opus up to 1,048,576 pixels, except bg-removal, which costs about 65
        Anlas for a usual picture.
        """
        params = tool_fields(tool) | {"image": image_field(image)}
        params |= {"prompt": prompt, "emotion": emotion, "defry": defry}
        work = Work(kind="tool", params=params, view=show, seconds=wait)
        return await work.result(context_of, context)

    @tools.add("Upscale an image", SPENDS)
    async def upscale_image(
        context: ToolContext, *, image: Image, show: Show = "thumbnail", wait: Wait = 50
    ) -> CallToolResult:
        """Enlarge a picture to twice its width and height.

        Price: 1 to 4 Anlas by its size, on every subscription.
        """
        work = Work(kind="upscale", params={"image": image_field(image)}, view=show, seconds=wait)
        return await work.result(context_of, context)
