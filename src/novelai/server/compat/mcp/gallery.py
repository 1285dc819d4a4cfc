"""The tools that look at what was made. They cost nothing."""

import json
from typing import Annotated

from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, ToolAnnotations
from pydantic import Field

from novelai.server.compat.mcp.content import View, image_content, text_content
from novelai.server.compat.mcp.context import ContextOf, ToolContext
from novelai.server.compat.mcp.tools import Tools
from novelai.server.compat.mcp.words import in_words
from novelai.server.compat.mcp.work import report
from novelai.server.http.dependencies import require_scope
from novelai.server.images.filter import Filter

__all__ = ["LOOKS", "add_gallery"]

LOOKS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
MOST = 20


def add_gallery(tools: Tools, context_of: ContextOf) -> None:
    """Add these tools."""

    @tools.add("Search the gallery", LOOKS)
    async def search_gallery(
        context: ToolContext,
        *,
        query: Annotated[
            str,
            Field(
                description='Words of the prompts, -word, or "a phrase"; neg:word of what was not '
                "wanted; seed:1, model:4.5, size:832x1216, after:2026-11-01, before:2026-12-01, "
                "from:img_…; empty for all."
            ),
        ] = "",
        limit: Annotated[int, Field(ge=1, le=MOST)] = 10,
        show: View = "none",
    ) -> CallToolResult:
        """Find pictures that were made before, newest first. Costs nothing."""
        caller = context_of(context)
        with in_words():
            require_scope(caller.key, "read")
            found = await caller.services.images.find(caller.key, Filter(query=query), limit=limit)
            lines = [
                f"{image.id}: {image.width}x{image.height}, seed {image.seed}, "
                f"{image.model or image.kind}: {image.prompt[:200]}"
                for image in found
            ]
            text = text_content(*(lines or ["There is no such picture."]))
            return CallToolResult(content=[text, *await image_content(caller, found, show)])

    @tools.add("Get an image", LOOKS)
    async def get_image(
        context: ToolContext,
        *,
        image: Annotated[str, Field(description="Its id in the gallery: img_...")],
        show: View = "full",
    ) -> CallToolResult:
        """Show a picture of the gallery with its settings. Costs nothing."""
        caller = context_of(context)
        with in_words():
            require_scope(caller.key, "read")
            found = await caller.services.images.read(caller.key, image)
            if found is None:
                raise ToolError("There is no such picture.")
            settings = json.dumps(dict(found.settings), ensure_ascii=False, default=str)
            text = text_content(f"{found.id} of job {found.job_id}", settings)
            return CallToolResult(content=[text, *await image_content(caller, [found], show)])

    @tools.add("Look after a job", LOOKS)
    async def job_status(
        context: ToolContext,
        *,
        job: Annotated[str, Field(description="Its id: job_...")],
        wait: Annotated[float, Field(description="Seconds to wait for its end.", ge=0, le=600)] = 0,
        show: View = "thumbnail",
    ) -> CallToolResult:
        """Tell what became of a job, and show its pictures. Costs nothing."""
        caller = context_of(context)
        with in_words():
            require_scope(caller.key, "read")
            found = await caller.services.jobs.wait(caller.key, job, wait) if wait else None
            found = found or await caller.services.jobs.read(caller.key, job)
            if found is None:
                raise ToolError("There is no such job.")
            return CallToolResult(content=await report(caller, found, show))
