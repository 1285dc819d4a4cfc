"""A program for novelai-sdk 0.14.1, as its documentation shows: run in an environment that has it.

Prints what came of each call as one JSON document. Address and key come from the environment, by
the names that package reads: NOVELAI_IMAGE_BASE and NOVELAI_API_KEY.
"""

import asyncio
import json
import sys
from base64 import b64decode
from io import BytesIO

from PIL import Image

from novelai import AsyncNovelAI, NovelAI
from novelai.exceptions import AuthenticationError
from novelai.types import (
    Character,
    EmotionParams,
    GenerateImageParams,
    GenerateImageStreamParams,
    I2iParams,
    SuggestTagsParams,
    UpscaleParams,
)

SIZE = (128, 192)
CURATED = "nai-diffusion-4-5-curated"


def wish(prompt, **more):
    return GenerateImageParams(prompt=prompt, size=SIZE, steps=4, **more)


def shown(pictures):
    return [picture.size for picture in pictures]


def one_by_one():
    """Every kind of call, each alone."""
    source = Image.new("RGB", SIZE, "green")
    with NovelAI() as client:
        stream = client.image.generate_stream(
            GenerateImageStreamParams(prompt="1girl", size=SIZE, steps=8, stream="sse")
        )
        chunks = list(stream)
        return {
            "generate": shown(client.image.generate(wish("1girl, cat ears"))),
            "samples": shown(client.image.generate(wish("2girls", n_samples=2, seed=3))),
            "characters": shown(
                client.image.generate(wish("park", characters=[Character(prompt="girl, red hair")]))
            ),
            "i2i": shown(client.image.generate(wish("1girl", i2i=I2iParams(image=source)))),
            "curated": shown(
                client.image.generate(wish("1girl", model="nai-diffusion-4-5-curated"))
            ),
            "v3": shown(client.image.generate(wish("1girl", model="nai-diffusion-3"))),
            "stream": [chunk.event_type for chunk in chunks],
            "final": Image.open(BytesIO(b64decode(chunks[-1].image))).size,
            "line_art": shown(client.tools.line_art(source)),
            "emotion": shown(
                client.tools.augment(EmotionParams(image=source, emotion="happy", prompt=""))
            ),
            "background": shown(client.tools.remove_background(source)),
            "upscale": shown(client.tools.upscale(UpscaleParams(image=source))),
            "tags": len(
                client.image.suggest_tags(
                    SuggestTagsParams(model="nai-diffusion-4-5-full", prompt="cherry")
                )
            ),
            "tags_jp": len(
                client.image.suggest_tags_jp(
                    SuggestTagsParams(model="nai-diffusion-4-5-full", prompt="桜")
                )
            ),
            "anlas": client.user.get_anlas(),
            "tier": client.user.get_subscription().tier,
        }


async def at_once():
    """Two generations in parallel, which NovelAI itself answers with a 429."""
    async with AsyncNovelAI() as client:
        made = await asyncio.gather(
            client.image.generate(wish("first", seed=1)),
            client.image.generate(wish("second", seed=2)),
        )
    return {"at_once": [shown(pictures) for pictures in made]}


def refused():
    """A generation that the key may not pay for."""
    try:
        with NovelAI() as client:
            client.image.generate(GenerateImageParams(prompt="1girl", size=(1024, 1536), steps=28))
    except AuthenticationError as error:
        return {"refused": type(error).__name__, "said": str(error)}
    return {"refused": None}


CALLS = {"one_by_one": one_by_one, "at_once": lambda: asyncio.run(at_once()), "refused": refused}
print(json.dumps(CALLS[sys.argv[1]]()))
