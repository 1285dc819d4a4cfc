"""The mcp package: an agent's side of the protocol, over HTTP."""

import asyncio
import base64

import httpx2
from acting import KEY, PROMPT, URL, perform, shown
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


class RefusedError(Exception):
    """What a tool answered with as an error."""


async def called(name, **arguments):
    """Call a tool; gives the text and the pictures of the answer."""
    headers = {"Authorization": f"Bearer {KEY}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(f"{URL}/mcp", http_client=http)) as client,
    ):
        result = await client.call_tool(name, arguments)
    text = "\n".join(part.text for part in result.content if part.type == "text")
    if result.is_error:
        raise RefusedError(text)
    images = [part.data for part in result.content if part.type == "image"]
    return text, [shown(base64.b64decode(data)) for data in images]


async def draw(**wishes):
    return (await called("generate_image", prompt=PROMPT, **wishes))[1]


async def extras():
    text, _ = await called("generate_image", prompt=PROMPT, size="512x768")
    image = next(word.strip(":.,") for word in text.split() if word.startswith("img_"))
    return {
        "told": "0 Anlas" in text,
        "edited": (await called("edit_image", image=image, prompt=PROMPT, show="full"))[1],
        "lines": (await called("director_tool", tool="lineart", image=image, show="full"))[1],
        "price": (await called("estimate_cost", size="512x768"))[0],
    }


async def twice():
    return [one for drawn in await asyncio.gather(draw(), draw(size="512x768")) for one in drawn]


perform(
    "mcp",
    draw=draw,
    costly=lambda: draw(size="1536x1024"),
    unknown=lambda: draw(charcters=[{"prompt": "girl"}]),
    extras=extras,
    twice=twice,
)
