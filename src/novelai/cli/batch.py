"""Which calls make the pictures that were asked for, and what they cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from novelai.catalogue import max_samples
from novelai.cost import share_of
from novelai.types.base import params_from, seed_at
from novelai.types.generation import GenerateImageParams
from novelai.types.subscription import Subscription

__all__ = ["Call", "plan", "price_calls"]


@dataclass(frozen=True, slots=True)
class Call:
    """One generation.

    Attributes:
        params: what is sent.
        anlas: its price; ``None`` when the model's is unknown.
    """

    params: GenerateImageParams
    anlas: int | None

    def share(self, sample: int) -> int | None:
        """Return the price of one of its pictures; those of all pictures add up to the call's."""
        if self.anlas is None:
            return None
        return share_of(self.anlas, sample, self.params.n_samples)


def plan(
    requests: Sequence[Mapping[str, Any]], *, count: int, one_by_one: bool
) -> list[GenerateImageParams]:
    """List the calls of an order.

    Args:
        requests: fields of `GenerateImageParams`, for each prompt.
        count: pictures of each; as many in a call as the service takes.
        one_by_one: one call for each picture.

    Raises:
        InvalidParamsError: a value is wrong.
    """
    calls: list[GenerateImageParams] = []
    for request in requests:
        first = params_from(GenerateImageParams, None, dict(request))
        width, height = first.dimensions
        limit = 1 if one_by_one else max_samples(width * height)
        for done in range(0, count, limit):
            seed = None if first.seed is None else seed_at(first.seed, done)
            samples = min(limit, count - done)
            calls.append(first.replace(n_samples=samples, seed=seed))
    return calls


def price_calls(
    calls: Sequence[GenerateImageParams], account: Subscription | None, *, known: bool = True
) -> list[Call]:
    """Return the calls with their prices: for this account, or for one without Opus.

    Args:
        calls: what is sent.
        account: who pays.
        known: otherwise nobody knows who pays, and there are no prices.
    """
    if not known:
        return [Call(params, None) for params in calls]
    opus = account is not None and account.is_opus
    usage = account.usage if account is not None else None
    exhausted = usage is not None and usage.is_negative
    return [
        Call(
            params,
            params.calculate_anlas(
                is_opus=opus,
                allowance_exhausted=exhausted,
                # The first call pays for the encodings; the client keeps them for the others.
                vibes_encoded=len(params.vibes or ()) if index else None,
            ).total_anlas,
        )
        for index, params in enumerate(calls)
    ]
