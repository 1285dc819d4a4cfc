"""The tools put together."""

import logging

from mcp.server.mcpserver import MCPServer

from novelai._version import __version__
from novelai.server.compat.mcp.advice import add_advice
from novelai.server.compat.mcp.context import ContextOf
from novelai.server.compat.mcp.gallery import add_gallery
from novelai.server.compat.mcp.offers import add_prompts, add_resources
from novelai.server.compat.mcp.spending import add_spending
from novelai.server.compat.mcp.tools import Tools

__all__ = ["mcp_server"]

INSTRUCTIONS = (
    "Draws anime pictures with NovelAI. generate_image, edit_image, director_tool and "
    "upscale_image may spend Anlas, which are paid for: say the price before anything that is not "
    "free (estimate_cost), and never order the same again because an answer took long: job_status "
    "tells of it. Every picture is kept in the gallery; its id (img_...) can be used as the image "
    "of a further tool, of vibes and of character_references."
)


def mcp_server(context_of: ContextOf) -> MCPServer:
    """Return a server with all tools, resources and prompts.

    Args:
        context_of: finds out in whose name a call is made.
    """
    tools = Tools()
    add_spending(tools, context_of)
    add_gallery(tools, context_of)
    add_advice(tools, context_of)
    # It would set up logging for the whole process, unless somebody did.
    quiet = logging.NullHandler()
    logging.getLogger().addHandler(quiet)
    try:
        server = MCPServer(
            "novelai",
            title="NovelAI",
            instructions=INSTRUCTIONS,
            version=__version__,
            tools=tools.found,
        )
    finally:
        logging.getLogger().removeHandler(quiet)
    add_resources(server, context_of)
    add_prompts(server)
    return server
