"""What a job costs: exactly on one account, and at most on any of an owner's."""

from collections.abc import Sequence
from dataclasses import dataclass

from novelai.cost import ENCODE_VIBE_ANLAS, AnlasEstimate
from novelai.server.model.budget import Price
from novelai.server.model.params import JobParams
from novelai.server.model.tier import Tier
from novelai.types.generation import GenerateImageParams
from novelai.types.tools import ToolParams, UpscaleParams

__all__ = ["Quote", "estimate_on", "opens_images", "price_at_most", "price_on"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a job costs an owner, and what that hangs on.

    Attributes:
        price: at most, on any of the accounts.
        accounts: how many there are to run it on.
        encoded: how many of its vibes were paid for before, although they carry no encoding.
    """

    price: Price
    accounts: int
    encoded: int


def estimate_on(params: GenerateImageParams, tier: Tier, *, encoded: int = 0) -> AnlasEstimate:
    """Explain the price of a generation on an account.

    Args:
        params: of the generation.
        tier: of the account.
        encoded: how many of its vibes were paid for before, although they carry no encoding.
    """
    carried = sum(one.encoding_for(params.model) is not None for one in params.effective_vibes)
    return params.calculate_anlas(
        is_opus=tier.is_opus,
        allowance_exhausted=tier.allowance_exhausted,
        vibes_encoded=carried + encoded,
    )


def price_on(params: JobParams, tier: Tier, *, encoded: int = 0) -> Price:
    """Return the price on an account.

    ``encoded`` as above. May open a picture to learn its size.
    """
    if isinstance(params, GenerateImageParams):
        estimate = estimate_on(params, tier, encoded=encoded)
        uses = params.request_spec.allowance and estimate.opus_discount_applied
        return Price(anlas=estimate.total_anlas, allowance=int(uses))
    if isinstance(params, ToolParams):
        return Price(anlas=params.calculate_anlas(is_opus=tier.is_opus).total_anlas)
    if isinstance(params, UpscaleParams):
        return Price(anlas=params.calculate_anlas())
    return Price(anlas=0 if encoded else ENCODE_VIBE_ANLAS)


def opens_images(params: JobParams) -> bool:
    """Return whether `price_on` opens a picture, which takes milliseconds."""
    if isinstance(params, GenerateImageParams):
        return params.follows_source
    return isinstance(params, (ToolParams, UpscaleParams))


def price_at_most(params: JobParams, tiers: Sequence[Tier], *, encoded: int = 0) -> Price:
    """Return the price on the dearest of the accounts that may run it.

    Without any, on one of no tier.
    """
    prices = [price_on(params, tier, encoded=encoded) for tier in tiers or (Tier(),)]
    anlas: int | None = 0
    for price in prices:
        anlas = None if anlas is None or price.anlas is None else max(anlas, price.anlas)
    return Price(anlas=anlas, allowance=max(price.allowance for price in prices))
