"""What the tools are called, and what is in a result."""

import base64
import io

from PIL import Image

TOOLS = {
    "generate_image", "edit_image", "director_tool", "upscale_image", "search_gallery",
    "get_image", "estimate_cost", "account_status", "list_models", "job_status",
}  # fmt: skip


def text_of(result):
    return "\n".join(part.text for part in result.content if part.type == "text")


def pictures_of(result):
    return [
        Image.open(io.BytesIO(base64.b64decode(part.data)))
        for part in result.content
        if part.type == "image"
    ]


def named(result, start):
    """The first name in a result's text that starts so."""
    return next(word.strip(":.,") for word in text_of(result).split() if word.startswith(start))
