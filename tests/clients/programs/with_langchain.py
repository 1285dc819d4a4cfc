"""langchain-community's wrapper for DALL·E."""

import asyncio

from acting import KEY, PROMPT, URL, fetched, perform, shown
from langchain_community.utilities.dalle_image_generator import DallEAPIWrapper


def wrapper(**settings):
    return DallEAPIWrapper(api_key=KEY, base_url=f"{URL}/v1", **settings)


def draw(prompt=PROMPT, **settings):
    addresses = wrapper(**settings).run(prompt).splitlines()
    return [shown(fetched(address)) for address in addresses if address]


async def twice():
    return [
        one
        for drawn in await asyncio.gather(
            *(asyncio.to_thread(draw, f"{PROMPT}, {n}") for n in "ab")
        )
        for one in drawn
    ]


perform(
    "langchain-community",
    draw=draw,
    several=lambda: draw(n=2),
    costly=lambda: draw(model="dall-e-3", size="1792x1024"),
    twice=twice,
)
