"""The tools that may spend Anlas. Each says its price; the budget of the key holds."""

from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from novelai.server.compat.mcp.content import View
from novelai.server.compat.mcp.context import ContextOf, ToolContext
from novelai.server.compat.mcp.work import Work
from novelai.types.base import SEEDS
from novelai.types.tools import DirectorTool, Emotion

__all__ = ["add_spending"]

SPENDS = ToolAnnotations(
    read_only_hint=False,
    # Nothing is overwritten, but Anlas that are spent do not come back: let people be asked.
    destructive_hint=True,
    idempotent_hint=False,
    open_world_hint=True,
)

Image = Annotated[
    str, Field(description="A picture: its id in the gallery (img_...), base64, or a data URL.")
]
Prompt = Annotated[str, Field(description="What to draw, as tags or sentences.", min_length=1)]
Model = Annotated[str | None, Field(description="A model id; see list_models.")]
Size = Annotated[str | None, Field(description="portrait, landscape, square, ... or WIDTHxHEIGHT.")]
Negative = Annotated[str | None, Field(description="What is not wanted.")]
Steps = Annotated[int | None, Field(description="1 to 50; up to 28 can be free.", ge=1, le=50)]
Seed = Annotated[int | None, Field(description="Makes it repeatable.", ge=0, le=SEEDS - 1)]
Show = Annotated[View, Field(description="thumbnail, full (up to about 700 kB), or none.")]
Wait = Annotated[
    float, Field(description="Seconds to wait; then job_status tells of it.", ge=0, le=600)
]


def add_spending(server: MCPServer, context_of: ContextOf) -> None:
    """Add these tools to a server."""

    @server.tool(title="Generate an image", annotations=SPENDS, structured_output=False)
    async def generate_image(
        context: ToolContext,
        *,
        prompt: Prompt,
        model: Model = None,
        size: Size = None,
        negative_prompt: Negative = None,
        steps: Steps = None,
        scale: Annotated[float | None, Field(description="Prompt guidance, 0 to 10.")] = None,
        seed: Seed = None,
        show: Show = "thumbnail",
        wait: Wait = 50,
    ) -> CallToolResult:
        """Draw one picture from a prompt.

        Price: nothing on Opus up to 1,048,576 pixels and 28 steps; otherwise about 20 Anlas for
        832x1216 and up to 140 for the largest; estimate_cost tells it without drawing.
        """
        params = {
            "prompt": prompt, "model": model, "size": size, "negative_prompt": negative_prompt,
            "steps": steps, "scale": scale, "seed": seed,
        }  # fmt: skip
        work = Work(kind="generate", params=params, view=show, seconds=wait)
        return await work.result(context_of, context)

    @server.tool(title="Edit an image", annotations=SPENDS, structured_output=False)
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
            float | None, Field(description="0.01 to 0.99: how far from the picture.")
        ] = None,
        model: Model = None,
        size: Size = None,
        negative_prompt: Negative = None,
        steps: Steps = None,
        seed: Seed = None,
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
        params = {
            "prompt": prompt, "model": model, "size": size, "negative_prompt": negative_prompt,
            "steps": steps, "seed": seed, "i2i" if mask is None else "inpaint": source,
        }  # fmt: skip
        work = Work(kind="generate", params=params, view=show, seconds=wait)
        return await work.result(context_of, context)

    @server.tool(title="Use a director tool", annotations=SPENDS, structured_output=False)
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
        params: dict[str, Any] = {"tool": tool, "image": image_field(image)}
        params |= {"prompt": prompt, "emotion": emotion, "defry": defry}
        if tool == "declutter-keep-bubbles":
            params |= {"tool": "declutter", "keep_bubbles": True}
        work = Work(kind="tool", params=params, view=show, seconds=wait)
        return await work.result(context_of, context)

    @server.tool(title="Upscale an image", annotations=SPENDS, structured_output=False)
    async def upscale_image(
        context: ToolContext, *, image: Image, show: Show = "thumbnail", wait: Wait = 50
    ) -> CallToolResult:
        """Enlarge a picture to twice its width and height.

        Price: 1 to 4 Anlas by its size, on every subscription.
        """
        work = Work(kind="upscale", params={"image": image_field(image)}, view=show, seconds=wait)
        return await work.result(context_of, context)


def image_field(image: str) -> str | dict[str, str]:
    """Return a picture as jobs take it: a picture of the gallery by its name."""
    return {"image": image} if image.startswith("img_") else image
