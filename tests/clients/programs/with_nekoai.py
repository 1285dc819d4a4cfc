"""nekoai-api, which says of itself that it is the web page."""

import asyncio
import base64

from acting import KEY, PROMPT, URL, perform, shown
from nekoai import Action, EventType, Model, NovelAI, Resolution


def client():
    return NovelAI(token=KEY, host=URL, api_host=URL, text_host=URL)


async def draw(prompt=PROMPT, **wishes):
    wishes = {"res_preset": Resolution.NORMAL_PORTRAIT} | wishes
    async with client() as novelai:
        images = await novelai.generate_image(prompt=prompt, model=Model.V4_5, **wishes)
        return [shown(image.data) for image in images]


async def stream():
    kinds = []
    async with client() as novelai:
        async for event in novelai.generate_image_stream(prompt=PROMPT, model=Model.V4_5):
            kinds.append(event.event_type)
            if event.event_type == EventType.FINAL:
                last = shown(event.image.data)
    return {"kinds": sorted({kind.name for kind in kinds}), "last": last}


async def extras():
    async with client() as novelai:
        (first,) = await novelai.generate_image(prompt=PROMPT, width=512, height=768)
        again = await novelai.generate_image(
            prompt=PROMPT,
            action=Action.IMG2IMG,
            width=512,
            height=768,
            image=base64.b64encode(first.data).decode(),
            strength=0.5,
        )
        lines = await novelai.lineart(first.data)
        larger = await novelai.upscale(first.data, scale=2)
        return {
            "again": [shown(one.data) for one in again],
            "lines": shown(lines.data),
            "larger": shown(larger.data),
            "tags": len(await novelai.suggest_tags("blue hai")),
            "tier": (await novelai.get_subscription())["tier"],
        }


async def twice():
    return [one for drawn in await asyncio.gather(draw(), draw("2girls")) for one in drawn]


perform(
    "nekoai-api",
    draw=draw,
    costly=lambda: draw(res_preset=Resolution.LARGE_PORTRAIT),
    stream=stream,
    extras=extras,
    twice=twice,
)
