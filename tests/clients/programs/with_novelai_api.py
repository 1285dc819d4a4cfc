"""novelai-api: its addresses are module constants, which its users set."""

import asyncio
import base64
import io

from acting import KEY, PROMPT, URL, perform, shown
from novelai_api import NovelAIAPI, _low_level
from novelai_api.ImagePreset import ImageGenerationType, ImageModel, ImagePreset
from PIL import Image

NovelAIAPI.BASE_ADDRESS = _low_level.IMAGE_API_ADDRESS = URL
MODEL = ImageModel.Anime_v4_Full


async def made(preset, *kind):
    api = NovelAIAPI()
    await api.high_level.login_with_token(KEY)
    drawn = api.high_level.generate_image(PROMPT, MODEL, preset, *kind)
    return [shown(data) async for _, data in drawn]


async def draw(**wishes):
    preset = ImagePreset.from_default_config(MODEL)
    for name, value in wishes.items():
        setattr(preset, name, value)
    return await made(preset)


async def extras():
    file = io.BytesIO()
    Image.new("RGB", (512, 768), "teal").save(file, "PNG")
    preset = ImagePreset.from_default_config(MODEL)
    preset.resolution = (512, 768)
    preset.image = base64.b64encode(file.getvalue()).decode()
    preset.strength = 0.5
    preset.noise = 0.1
    api = NovelAIAPI()
    await api.high_level.login_with_token(KEY)
    return {
        "again": await made(preset, ImageGenerationType.IMG2IMG),
        "tier": (await api.low_level.get_subscription())["tier"],
    }


async def twice():
    return [one for drawn in await asyncio.gather(draw(), draw(seed=2)) for one in drawn]


perform(
    "novelai-api",
    draw=draw,
    costly=lambda: draw(resolution=(1024, 1536)),
    extras=extras,
    twice=twice,
)
