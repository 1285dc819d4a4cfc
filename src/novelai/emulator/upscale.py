"""POST /ai/upscale: twice the size, the settings inside the picture kept."""

from typing import cast

from anyio import to_thread
from PIL import Image

from novelai.emulator.anlas import upscale_price
from novelai.emulator.answer import Answer
from novelai.emulator.errors import Refusal, internal_error
from novelai.emulator.exchange import Exchange
from novelai.emulator.fields import Fields
from novelai.emulator.job import Job
from novelai.emulator.paid import start_paid
from novelai.emulator.pictures import open_image
from novelai.emulator.png import write_png
from novelai.emulator.replies import images_answer
from novelai.emulator.validation import find_model

MAX_AREA = 3_145_728


async def upscale(exchange: Exchange) -> Answer:
    """Enlarge the picture in the body."""
    account = exchange.account()
    body = await exchange.body()
    fields = Fields.of("UpscaleRequest", body.document)
    model = find_model(fields.string("model"))
    if model.family != "v5" or model.inpainting:
        raise Refusal(
            400, f"Validation error: model {model.id} doesn't support standalone upscaling"
        )
    fields.number("declared_blur_sigma")
    if "image" not in fields:
        raise internal_error()
    data = body.binary("image", fields.string("image"))
    source = await to_thread.run_sync(lambda: open_image(data))
    area = source.width * source.height
    if area > MAX_AREA:
        raise Refusal(400, f"image is too large to upscale: {area} pixels, maximum is {MAX_AREA}")

    def work(job: Job) -> None:
        job.pause(exchange.world.step_seconds)
        job.emit([_enlarge(source)])

    price = upscale_price(width=source.width, height=source.height)
    files = await start_paid(exchange, account, price, work).result()
    return await images_answer(exchange, files)


def _enlarge(source: Image.Image) -> bytes:
    image = source.convert("RGBA")
    lowest, _ = cast("tuple[int, int]", image.getchannel("A").getextrema())
    if lowest >= 254:
        # Settings hidden in an opaque alpha channel do not survive; smeared bits would mislead.
        image.putalpha(255)
    larger = image.resize((source.width * 2, source.height * 2), Image.Resampling.LANCZOS)
    texts = {
        key: value
        for key, value in source.info.items()
        if isinstance(key, str) and isinstance(value, str)
    }
    return write_png(larger, texts)
