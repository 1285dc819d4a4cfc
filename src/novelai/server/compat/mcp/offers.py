"""What agents are offered besides tools: pictures of the gallery, and words to begin with."""

import json
from io import BytesIO
from typing import Annotated

import anyio.to_thread
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from PIL import Image as Pillow
from pydantic import Field

from novelai.server.compat.mcp.context import ContextOf, ToolContext
from novelai.server.http.dependencies import require_scope
from novelai.server.model.problems import ProblemError
from novelai.server.storage.blobs import BlobMissingError

__all__ = ["add_prompts", "add_resources"]

PNG = "image/png"
NOT_THERE = "There is no such picture, or this key may not see it."


def add_resources(server: MCPServer, context_of: ContextOf) -> None:
    """Offer the pictures of the gallery, as they were made."""

    @server.resource(
        "novelai://images/{image}",
        title="A picture of the gallery",
        description="The picture itself, by its id (img_...). Costs nothing.",
        mime_type=PNG,
    )
    async def picture(image: str, context: ToolContext) -> bytes:
        caller = context_of(context)
        try:
            require_scope(caller.key, "read")
            found = await caller.services.images.read(caller.key, image)
            if found is not None:
                data = await caller.services.images.data(found)
                if found.media_type == PNG:
                    return data
                return await anyio.to_thread.run_sync(_as_png, data)
        except (ProblemError, BlobMissingError):
            pass
        raise ResourceNotFoundError(NOT_THERE)

    @server.resource(
        "novelai://images/{image}/settings",
        title="The settings of a picture",
        description="Prompt, model, seed and the other parameters, as JSON. Costs nothing.",
        mime_type="application/json",
    )
    async def settings(image: str, context: ToolContext) -> str:
        caller = context_of(context)
        try:
            require_scope(caller.key, "read")
            found = await caller.services.images.read(caller.key, image)
        except ProblemError:
            found = None
        if found is None:
            raise ResourceNotFoundError(NOT_THERE)
        return json.dumps(dict(found.settings), ensure_ascii=False, default=str)


def add_prompts(server: MCPServer) -> None:
    """Offer words with which people let an agent begin."""

    @server.prompt(title="Draw a picture")
    def draw(
        subject: Annotated[str, Field(description="What the picture shows, in your words.")],
    ) -> str:
        """Let a picture be drawn from a description in plain words."""
        return (
            f"Draw this with generate_image: {subject}\n\n"
            "Write the prompt as short English tags, separated by commas, the most important "
            "first: how many people (1girl, 2boys, no humans), who, looks, clothes, pose, place, "
            "light. Give each of several people an entry in characters. Choose the size that fits "
            "(portrait, landscape, square). Keep to 28 steps and these sizes, which can be free; "
            "if it is not, say the price first and ask."
        )

    @server.prompt(title="Change a picture")
    def change(
        image: Annotated[str, Field(description="Its id in the gallery: img_...")],
        changes: Annotated[str, Field(description="What is to be different.")],
    ) -> str:
        """Let a picture of the gallery be drawn once more, otherwise."""
        return (
            f"Look at the picture {image} with get_image, and read its settings. Then make it "
            f"different: {changes}\n\n"
            "For a small change use edit_image with a strength of about 0.5 and the old prompt, "
            "changed where needed; for a new composition use generate_image with the same model "
            "and seed. Ask estimate_cost first, and say the price if it is not 0."
        )


def _as_png(data: bytes) -> bytes:
    """Return a picture of another format as the one that is announced."""
    buffer = BytesIO()
    with Pillow.open(BytesIO(data)) as opened:
        opened.save(buffer, "PNG")
    return buffer.getvalue()
