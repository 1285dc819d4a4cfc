"""Prices in Anlas, by function; `GenerateImageParams.calculate_anlas` is the same by method."""

from novelai.cost import AnlasEstimate, AugmentAnlasEstimate, calculate_augment_anlas
from novelai.types.api.image import ImageParameters
from novelai.types.api.price import request_price
from novelai.types.generation import GenerateImageParams

__all__ = [
    "AnlasEstimate",
    "AugmentAnlasEstimate",
    "calculate_anlas",
    "calculate_anlas_from_params",
    "calculate_augment_anlas",
]


def calculate_anlas(model: str, params: ImageParameters, *, is_opus: bool = False) -> AnlasEstimate:
    """Return the price of a request as it is sent; its vibes count as encoded.

    Args:
        model: the model id.
        params: the request's parameters.
        is_opus: the account has an active Opus subscription.

    Raises:
        ValueError: width, height, steps or n_samples is missing.
        NotImplementedError: the model's price is unknown.
    """
    estimate = request_price(model, params, is_opus=is_opus)
    if estimate.total_anlas is None:
        raise NotImplementedError(f"the price of {model} is unknown")
    return estimate


def calculate_anlas_from_params(
    params: GenerateImageParams, *, is_opus: bool = False
) -> AnlasEstimate:
    """Return the price of a generation, before it is sent.

    See `GenerateImageParams.calculate_anlas`.
    """
    return params.calculate_anlas(is_opus=is_opus)
