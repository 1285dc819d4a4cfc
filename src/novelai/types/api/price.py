"""The price of a request as it is sent."""

from novelai.catalogue import model_spec
from novelai.cost import AnlasEstimate, generation_cost
from novelai.enhancing import max_priced_size
from novelai.types.api.image import ImageParameters

__all__ = ["request_price"]


def request_price(model: str, params: ImageParameters, *, is_opus: bool = False) -> AnlasEstimate:
    """Return the price of a request as it is sent; its vibes count as encoded.

    Args:
        model: the model id.
        params: the request's parameters.
        is_opus: the account has an active Opus subscription.

    Raises:
        ValueError: width, height, steps or n_samples is missing.
    """
    needed = (params.width, params.height, params.steps, params.n_samples)
    if any(value is None for value in needed):
        raise ValueError("width, height, steps and n_samples decide the price: give all four")
    width, height, steps, n_samples = (int(value or 0) for value in needed)
    if params.upscaled_enhance:
        width, height = max_priced_size(width, height)
    return generation_cost(
        model_spec(model),
        width=width,
        height=height,
        steps=steps,
        n_samples=n_samples,
        sampler=params.sampler or "k_euler_ancestral",
        smea=bool(params.sm),
        smea_dyn=bool(params.sm_dyn),
        strength=_strength(params),
        vibes=len(params.reference_image_multiple or ()),
        references=len(params.director_reference_images or ()),
        is_opus=is_opus,
    )


def _strength(params: ImageParameters) -> float:
    if params.mask is not None:
        return params.inpaintImg2ImgStrength or 1.0
    return (params.strength or 1.0) if params.image is not None else 1.0
