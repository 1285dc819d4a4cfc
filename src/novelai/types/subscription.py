"""The account's subscription and balance."""

from typing import Any

from pydantic import Field

from novelai.types.answer import Answer

__all__ = [
    "Subscription",
    "SubscriptionPerks",
    "TrainingStepsLeft",
    "UnlimitedImageGenerationLimit",
    "Usage",
]

TIERS = ("Paper", "Tablet", "Scroll", "Opus")
OPUS = 3


class TrainingStepsLeft(Answer):
    """The Anlas balance.

    Attributes:
        fixed_training_steps_left: this month's grant; spent first, lost at renewal.
        purchased_training_steps: bought Anlas; they do not lapse.
    """

    fixed_training_steps_left: int = 0
    purchased_training_steps: int = 0

    @property
    def total(self) -> int:
        """All Anlas the account can spend."""
        return self.fixed_training_steps_left + self.purchased_training_steps


class Usage(Answer):
    """The allowance of free V5 pictures (Opus only).

    Attributes:
        percent: what is left; can pass 100.
        is_negative: used up: V5 pictures cost Anlas until it refills.
        time_until_next_percent: seconds until it grows by one percent; 0 when full.
    """

    percent: float = 0
    is_negative: bool = False
    time_until_next_percent: float = 0


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
        module_training_steps: Anlas granted each month.
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
