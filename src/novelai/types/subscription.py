"""The account's subscription and balance."""

from pydantic import Field

from novelai.types.answer import Answer

__all__ = ["Subscription", "TrainingStepsLeft", "Usage"]


class TrainingStepsLeft(Answer):
    """The Anlas balance.

    Attributes:
        fixed_training_steps_left: this month's grant; spent first, lost at renewal.
        purchased_training_steps: bought Anlas; they do not lapse.
    """

    fixed_training_steps_left: int = 0
    purchased_training_steps: int = 0


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


class Subscription(Answer):
    """An account's subscription, as ``/user/subscription`` answers it.

    Attributes:
        tier: 0 none, 1 Tablet, 2 Scroll, 3 Opus.
        active: whether it is running now.
        expires_at: unix time in seconds.
        training_steps_left: the Anlas balance.
        usage: the V5 allowance; ``None`` below Opus.
    """

    tier: int = 0
    active: bool = False
    expires_at: int | None = None
    training_steps_left: TrainingStepsLeft = Field(default_factory=TrainingStepsLeft)
    usage: Usage | None = None

    @property
    def anlas(self) -> int:
        """All Anlas the account can spend."""
        left = self.training_steps_left
        return left.fixed_training_steps_left + left.purchased_training_steps

    @property
    def is_opus(self) -> bool:
        """Whether Opus's free pictures apply."""
        return self.active and self.tier >= 3
