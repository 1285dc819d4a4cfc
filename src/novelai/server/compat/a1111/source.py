"""The picture that ``img2img`` starts from, and its mask."""

from typing import Any

import anyio.to_thread

from novelai.server.compat.a1111.clamps import fit_strength
from novelai.server.compat.a1111.schemas import ImageToImageRequest
from novelai.server.compat.input_images import crop, decode_image, extend
from novelai.server.compat.masks import white_repaints
from novelai.server.http.error_handlers import invalid
from novelai.server.model.problems import ProblemError

__all__ = ["CENTRED", "MOST_STRENGTH", "STRETCHED", "source_of"]

MOST_STRENGTH = 0.99
"""Without a mask; with one it is 1."""

USUAL_STRENGTH = 0.75
CENTRED = 1
FITS = {CENTRED: crop, 2: extend}
"""By A1111's number of how a picture of another form is brought into the form asked for."""

STRETCHED = 0


async def source_of(
    image_request: ImageToImageRequest,
    size: tuple[int, int] | None,
    notes: list[str],
    *,
    pixel_limit: int,
    strength_name: str,
) -> dict[str, Any]:
    """Return the parameters for a picture from a picture.

    Args:
        image_request: what is wanted.
        size: of the result, if one is asked for.
        notes: gets one for each value that was taken otherwise.
        pixel_limit: the most that a picture may have.
        strength_name: what the client calls the strength.

    Raises:
        ProblemError: 404, there is no picture; 422, it or its mask cannot be used.
        InvalidParamsError: one of them cannot be read to its end.
    """
    if not image_request.init_images:
        raise ProblemError(404, "not_found", "Init image not found")
    if len(image_request.init_images) > 1:
        raise invalid([("init_images", "holds more than one picture: send one at a time")])
    image = await decode_image(
        image_request.init_images[0], pixel_limit=pixel_limit, field="init_images.0"
    )
    mask = None
    if image_request.mask:
        drawn = await decode_image(image_request.mask, pixel_limit=pixel_limit, field="mask")
        mask = await anyio.to_thread.run_sync(
            lambda: white_repaints(drawn, image, invert=bool(image_request.inpainting_mask_invert))
        )
    mode = image_request.resize_mode
    fit = FITS.get(mode)
    if fit is None and mode != STRETCHED:
        notes.append(f"resize_mode {mode} became {STRETCHED}: NovelAI stretches the picture.")
    if fit is not None and size is not None:
        image = await anyio.to_thread.run_sync(fit, image, size, "init_images.0")
        if mask is not None:
            mask = await anyio.to_thread.run_sync(fit, mask, size, "mask")
    asked = image_request.denoising_strength
    most = MOST_STRENGTH if mask is None else 1.0
    given = USUAL_STRENGTH if asked is None else asked
    strength = fit_strength(strength_name, given, most, notes)
    if mask is None:
        return {"i2i": {"image": image, "strength": strength}}
    return {"inpaint": {"image": image, "mask": mask, "strength": strength}}
