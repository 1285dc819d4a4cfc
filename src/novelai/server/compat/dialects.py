"""Which addresses belong to which dialect, and who words a refusal there.

The server's own ``/api`` and ``/generate`` are nobody's dialect: theirs are problem documents.
"""

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import Scope

from novelai.server.compat.a1111.errors import A1111Route
from novelai.server.compat.comfyui.errors import ComfyRoute
from novelai.server.compat.error_middleware import Dialect, below
from novelai.server.compat.mcp import errors as mcp
from novelai.server.compat.nai2api.errors import BotRoute
from novelai.server.compat.novelai import errors as native
from novelai.server.compat.openai import errors as openai
from novelai.server.compat.route import wants_page

__all__ = ["DIALECTS"]

QUEUE = "/queue"
"""ComfyUI's, and the address of a screen of the page."""


def _of_comfy(scope: Scope) -> bool:
    if scope["path"] == QUEUE:
        return scope["method"] == "POST" or not wants_page(Headers(scope=scope))
    return _comfy_alone(scope)


_comfy_alone = below(
    "/system_stats", "/object_info", "/prompt", "/history", "/view", "/interrupt", "/ws",
    "/upload", "/free", "/embeddings", "/extensions",
)  # fmt: skip

DIALECTS: Sequence[Dialect] = (
    Dialect(covers=below("/v1"), worded=openai.render_error),
    # naifu is made of FastAPI as A1111 is: its clients read the same.
    Dialect(
        covers=below("/sdapi", "/internal", "/app_id", "/generate-stream"),
        worded=A1111Route.render_error,
    ),
    Dialect(covers=below("/ai", "/user", "/oa", "/native"), worded=native.render_error),
    Dialect(covers=below("/nai2api"), worded=BotRoute.render_error),
    Dialect(covers=below("/mcp"), worded=mcp.render_error),
    Dialect(covers=_of_comfy, worded=ComfyRoute.render_error),
)
"""In no particular order: their addresses do not meet."""
