"""What is asked of the service, and what it costs: decided before anything is paid for."""

from dataclasses import dataclass
from typing import Literal

from novelai.catalogue import image_models
from novelai.cli.drift.facts import PRESENT_GENERATIONS
from novelai.types.generation import GenerateImageParams
from novelai.types.subscription import Subscription

__all__ = ["CANVAS", "Plan", "make_plan", "models", "picture_params"]

CANVAS = (256, 256)
"""Size in pixels of the drawn picture that is enlarged."""

UPSCALE_ANLAS = 1


def picture_params() -> GenerateImageParams:
    """Return the picture that is asked for: small, quick, and the same each time."""
    return GenerateImageParams(
        prompt="a cup of tea, no humans",
        model="nai-diffusion-4-5-full",
        size=(512, 512),
        steps=4,
        seed=1,
    )


def models() -> list[str]:
    """List the ids that are looked for."""
    return [
        model for model, spec in image_models().items() if spec.generation in PRESENT_GENERATIONS
    ]


Paid = Literal["generation", "upscale"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which of the calls that may cost something are made.

    Attributes:
        prices: those that are made, each with its price in Anlas.
        left_out: those that are not, each with its price.
    """

    prices: dict[Paid, int]
    left_out: dict[Paid, int]

    @property
    def anlas(self) -> int:
        """The price of all that are made."""
        return sum(self.prices.values())


def make_plan(account: Subscription, max_anlas: int) -> Plan:
    """Choose what a cap in Anlas allows, the cheapest first.

    Args:
        account: whose prices they are.
        max_anlas: the most that all together may cost.
    """
    exhausted = account.usage is not None and account.usage.is_negative
    estimate = picture_params().calculate_anlas(
        is_opus=account.is_opus, allowance_exhausted=exhausted
    )
    wanted: list[tuple[int, Paid]] = [(int(estimate), "generation"), (UPSCALE_ANLAS, "upscale")]
    plan = Plan(prices={}, left_out={})
    for price, name in sorted(wanted):
        affordable = plan.anlas + price <= max_anlas
        (plan.prices if affordable else plan.left_out)[name] = price
    return plan
