"""A drawn picture becomes a file with its settings inside: text chunks or EXIF, and hidden bits."""

import json
import random
from io import BytesIO
from typing import Any

from PIL import ExifTags, Image

from novelai.emulator.generation import Generation, ImageFormat
from novelai.emulator.png import write_png
from novelai.emulator.randomiser import resolve
from novelai.emulator.signing import sign
from novelai.emulator.stealth import alpha_plane

GENERATED_TITLE = "AI generated image"
AUGMENTED_TITLE = "AI augmented image"
SOFTWARE = "NovelAI"


def sign_generated(image: Image.Image, generation: Generation, index: int) -> bytes:
    """Return the file of sample `index`, with its settings.

    Args:
        image: The drawn picture, RGB, or RGBA where the background is empty.
        generation: The request it answers.
        index: Number of the sample, from 0.

    Returns:
        A PNG (text chunks) or a lossless WebP (EXIF). Opaque pictures also carry the settings in
        their alpha channel; a picture that is really transparent does not, since how the service
        combines the two is unknown.
    """
    seed = generation.sample_seed(index)
    comment = _comment(image, generation, seed)
    texts = {
        "Comment": json.dumps(comment),
        "Title": GENERATED_TITLE,
        "Description": generation.prompt,
        "Software": SOFTWARE,
        "Source": generation.model.source,
        # Not the true time: equal requests must give equal files.
        "Generation_time": repr(generation_seconds(generation, seed)),
    }
    if image.mode == "RGB":
        image = _hide(image, texts)
    return write(image, texts, generation.image_format)


def generation_seconds(generation: Generation, seed: int) -> float:
    """Return a plausible duration in seconds, decided by the request alone."""
    area = generation.width * generation.height / 1_011_712
    return area * generation.steps * 0.1 + random.Random(f"time:{seed}").random() / 2


def _comment(image: Image.Image, generation: Generation, seed: int) -> dict[str, Any]:
    comment = generation.comment | {"seed": seed}
    captions = [generation.prompt, *(character.prompt for character in generation.characters)]
    resolved = [resolve(caption, seed) for caption in captions]
    if resolved != captions:
        comment["actual_prompts"] = {
            "prompt": {
                "base_caption": resolved[0],
                "char_captions": [{"char_caption": caption} for caption in resolved[1:]],
            }
        }
    if generation.enhance:
        comment |= {"upscaled_width": image.width, "upscaled_height": image.height}
    colours = image if image.mode == "RGB" else image.convert("RGB")
    return comment | {"signed_hash": sign(colours.tobytes(), comment)}


def _hide(image: Image.Image, texts: dict[str, str]) -> Image.Image:
    record = {
        "Description": texts["Description"],
        "Software": texts["Software"],
        "Source": texts["Source"],
        "Generation time": texts["Generation_time"],
        "Comment": texts["Comment"],
    }
    alpha = alpha_plane(image.size, record)
    hiding = image.convert("RGBA")
    if alpha is not None:
        hiding.putalpha(alpha)
    return hiding


def write(image: Image.Image, texts: dict[str, str], image_format: ImageFormat) -> bytes:
    """Write a picture with its texts, as PNG text chunks or as EXIF of a lossless WebP."""
    if image_format == "png":
        return write_png(image, texts)
    exif = Image.Exif()
    # Bytes, because Pillow replaces what ASCII cannot hold when it is given text.
    exif[ExifTags.Base.Software] = texts["Source"].encode()
    exif[ExifTags.Base.ImageDescription] = texts["Description"].encode()
    exif[ExifTags.Base.DocumentName] = texts["Title"].encode()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = (
        b"ASCII\x00\x00\x00" + texts["Comment"].encode()
    )
    file = BytesIO()
    # `exact` keeps colours under full transparency, which the signature covers.
    image.save(file, "WEBP", lossless=True, quality=0, method=0, exact=True, exif=exif.tobytes())
    return file.getvalue()
