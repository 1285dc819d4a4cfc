"""comfy-api-simplified: waits on the socket, then fetches."""

import asyncio
from pathlib import Path

from acting import KEY, URL, perform, shown
from comfy_api_simplified import ComfyApiWrapper, ComfyWorkflowWrapper

WORKFLOW = str(Path(__file__).with_name("workflow.json"))


def api():
    return ComfyApiWrapper(URL, user="user" if KEY else None, password=KEY or None)


def workflow(**latent):
    made = ComfyWorkflowWrapper(WORKFLOW)
    for name, value in latent.items():
        made.set_node_param("Empty Latent Image", name, value)
    return made


def draw(**latent):
    found = api().queue_and_wait_images(workflow(**latent), "Save Image")
    return [shown(data) for data in found.values()]


async def twice():
    return [
        one
        for drawn in await asyncio.gather(*(asyncio.to_thread(draw, width=w) for w in (512, 576)))
        for one in drawn
    ]


perform(
    "comfy-api-simplified",
    draw=draw,
    several=lambda: draw(batch_size=2),
    costly=lambda: draw(width=1536, height=1024),
    twice=twice,
)
