"""The account's subscription and balance."""

from datetime import UTC, datetime
from math import isfinite
from typing import Any

from pydantic import Field

from novelai._notebook import meter_tag, table
from novelai.types.answer import Answer

__all__ = [
    "Subscription",
    "SubscriptionPerks",
    "TrainingStepsLeft",
    "UnlimitedImageGenerationLimit",
    "Usage",
]

IMAGES_PER_PERCENT = 17.3
"""V5 pictures in one percent of the allowance (October 2026: 100 percent are about 1,730)."""

FULL = 100
LOW = 5
DAY = 86_400
TIERS = ("Paper", "Tablet", "Scroll", "Opus")
OPUS = 3


class TrainingStepsLeft(Answer):
    """The Anlas balance.

    Attributes:
        fixed_training_steps_left: the subscription's grant; spent first, lost at renewal.
        purchased_training_steps: bought Anlas; they do not lapse.
    """

    fixed_training_steps_left: int = 0
    purchased_training_steps: int = 0

    @property
    def total(self) -> int:
        """All Anlas the account can spend."""
        return self.fixed_training_steps_left + self.purchased_training_steps


class Usage(Answer):
    """The allowance of free V5 pictures (Opus only): a battery that is drained and refills.

    It does not renew with the subscription: it refills by itself all the time, until it is full.
    How much a picture drains was not measured; 100 percent are some 1,730 pictures with V5 Full or
    Curated at default settings. V5 Full (Medium) drains less: about 42 percent less at its
    defaults, as NovelAI announced in October 2026.

    Attributes:
        percent: what is left; can pass 100, and be below 0.
        is_negative: used up: V5 pictures cost Anlas until it has refilled.
        time_until_next_percent: seconds in which it gains one percent, a rate and not a countdown
            (about 7,900); 0 while it gains nothing.
        purchased_percent: 0 to 300, bought on top. Whether ``percent`` counts it in is not known;
            nothing here adds it.
    """

    percent: float = 0
    is_negative: bool = False
    time_until_next_percent: float = 0
    purchased_percent: float = 0

    def _repr_html_(self) -> str:
        return table([("V5 allowance", self._as_html())])  # for notebooks

    def _as_html(self) -> str:
        bar = meter_tag(0 if self.is_negative else self.percent, LOW)
        full = f", gains {self.refill_per_day:g} % a day" if self.refill_per_day else ""
        return f"{bar} {self.percent:g} %, about {self.images_left} pictures{full}"

    @property
    def images_left(self) -> int:
        """About how many V5 pictures are left: 17.3 for each percent, none when it is negative."""
        if self.is_negative or not isfinite(self.percent):
            return 0
        return max(round(IMAGES_PER_PERCENT * self.percent), 0)

    @property
    def paused(self) -> bool:
        """Whether it gains nothing now: it is full, at 100 percent or above."""
        return self.percent >= FULL or self.time_until_next_percent <= 0

    @property
    def refill_per_day(self) -> float:
        """Percent it gains in a day, to a tenth; 0 while it is paused."""
        return 0.0 if self.paused else round(DAY / self.time_until_next_percent, 1)

    @property
    def seconds_until_full(self) -> float | None:
        """Seconds until it is full if nothing is drawn; 0 when it is, ``None`` when unknown."""
        if self.percent >= FULL:
            return 0.0
        return None if self.paused else (FULL - self.percent) * self.time_until_next_percent

    @property
    def low(self) -> bool:
        """Whether it is below 5 percent, as the web client warns, or used up."""
        return self.is_negative or self.percent < LOW


class UnlimitedImageGenerationLimit(Answer):
    """Up to which size pictures are free.

    Attributes:
        resolution: in pixels.
        max_prompts: how many pictures of a call.
    """

    resolution: int = 0
    max_prompts: int = 0


class SubscriptionPerks(Answer):
    """What comes with a tier, as NovelAI names it.

    Attributes:
        max_priority_actions: of a queue that is gone, and so is ``start_priority``.
        start_priority: as above.
        context_tokens: how much of a story models read, in tokens.
        unlimited_max_priority: as above.
        module_training_steps: Anlas granted at each renewal.
        voice_generation: texts may be read aloud.
        image_generation: pictures may be generated.
        unlimited_image_generation: some are free.
        unlimited_image_generation_limits: up to which sizes.
    """

    max_priority_actions: int = 0
    start_priority: int = 0
    context_tokens: int = 0
    unlimited_max_priority: bool = False
    module_training_steps: int = 0
    voice_generation: bool = False
    image_generation: bool = False
    unlimited_image_generation: bool = False
    unlimited_image_generation_limits: tuple[UnlimitedImageGenerationLimit, ...] = ()


class Subscription(Answer):
    """An account's subscription, as ``/user/subscription`` answers it.

    Attributes:
        tier: 0 none, 1 Tablet, 2 Scroll, 3 Opus.
        active: whether it is running now.
        expires_at: unix time in seconds.
        perks: what comes with the tier.
        training_steps_left: the Anlas balance.
        usage: the V5 allowance; ``None`` below Opus.
        account_type: kind of account, a number of NovelAI's.
        is_grace_period: it has ended, and still works for a while.
        payment_processor_data: about the payments, as NovelAI sends it.
    """

    tier: int = 0
    active: bool = False
    expires_at: int | None = None
    perks: SubscriptionPerks = Field(default_factory=SubscriptionPerks)
    training_steps_left: TrainingStepsLeft = Field(default_factory=TrainingStepsLeft)
    usage: Usage | None = None
    account_type: int | None = None
    is_grace_period: bool = False
    payment_processor_data: Any = Field(default=None, repr=False)

    def _repr_html_(self) -> str:
        balance = self.training_steps_left
        bought = f"{balance.purchased_training_steps} of them bought"
        rows = [
            ("Tier", f"{self.tier_name}{'' if self.active else ', not active'}"),
            ("Anlas", f"{balance.total}, {bought}"),
        ]
        if self.expires_at is not None:
            rows.append(("Until", f"{datetime.fromtimestamp(self.expires_at, UTC):%Y-%m-%d}"))
        if self.usage is not None:
            rows.append(("V5 allowance", self.usage._as_html()))  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - of this file
        return table(rows)  # for notebooks

    @property
    def anlas(self) -> int:
        """All Anlas the account can spend."""
        return self.training_steps_left.total

    @property
    def tier_name(self) -> str:
        """The tier's name: Paper, Tablet, Scroll or Opus."""
        return TIERS[self.tier] if 0 <= self.tier < len(TIERS) else f"Unknown ({self.tier})"

    @property
    def is_opus(self) -> bool:
        """Return whether Opus's free pictures apply; of a tier above it nothing is known."""
        return self.active and self.tier == OPUS
