"""A mix of all kinds of jobs, free and paid, each known by its number wherever it shows up."""

from functools import cache
from io import BytesIO

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from novelai.emulator import RecordedRequest
from novelai.server.model.job import JobRequest
from novelai.server.model.params import EncodeVibeParams, JobParams
from novelai.types.generation import GenerateImageParams
from novelai.types.i2i import I2iParams
from novelai.types.inpaint import InpaintParams
from novelai.types.tools import BackgroundRemovalParams, ColorizeParams, UpscaleParams
from novelai.types.vibe import Vibe

EDGE = 128
MODEL = "nai-diffusion-4-5-full"
KINDS = 10


@cache
def source(number: int) -> bytes:
    """A small picture whose file has a length of its own."""
    buffer, note = BytesIO(), PngInfo()
    note.add_text("Note", "x" * number)
    Image.new("RGB", (EDGE, EDGE), (number % 256, 90, 160)).save(buffer, "PNG", pnginfo=note)
    return buffer.getvalue()


@cache
def wide(number: int) -> bytes:
    """A small picture of its own size."""
    buffer = BytesIO()
    Image.new("RGB", (EDGE + number, EDGE)).save(buffer, "PNG")
    return buffer.getvalue()


@cache
def white() -> bytes:
    """A mask for all of a picture."""
    buffer = BytesIO()
    Image.new("L", (EDGE, EDGE), 255).save(buffer, "PNG")
    return buffer.getvalue()


def params(number: int) -> JobParams:
    """What job number so-and-so does: half of them cost something."""
    told = {"prompt": f"number {number}", "size": (EDGE, EDGE), "model": MODEL}
    picture = source(number)
    extracted = round(0.01 + number / 1000, 3)
    match number % KINDS:
        case 0 | 1:
            return GenerateImageParams(**told, steps=20)
        case 2 | 3:
            return GenerateImageParams(**told, steps=29)
        case 4:
            return GenerateImageParams(**told, steps=29, i2i=I2iParams(image=picture))
        case 5:
            inpaint = InpaintParams(image=picture, mask=white())
            return GenerateImageParams(**told, steps=20, inpaint=inpaint)
        case 6:
            vibe = Vibe(image=picture, info_extracted=extracted)
            return GenerateImageParams(**told, steps=20, vibes=(vibe,))
        case 7:
            return ColorizeParams(image=picture, prompt=f"number {number}")
        case 8:
            return EncodeVibeParams(image=picture, model=MODEL, info_extracted=extracted)
        case _ if number % (5 * KINDS) == KINDS - 1:
            return BackgroundRemovalParams(image=wide(number))
        case _:
            return UpscaleParams(image=picture)


def order(number: int) -> JobRequest:
    """Job number so-and-so, under an idempotency key: who asks again gets the same job."""
    return JobRequest(params=params(number), dedupe_key=f"number {number}")


def seen(record: RecordedRequest) -> tuple[object, ...]:
    """What tells one order from another in what the emulator saw."""
    body = record.body or {}
    names = ("input", "prompt", "information_extracted", "image", "width", "height")
    return (record.path, *(body.get(name) for name in names), *sorted(record.parts.items()))
