"""The subscription; `novelai.types` has it too."""

from novelai.types.subscription import (
    Subscription,
    SubscriptionPerks,
    TrainingStepsLeft,
    UnlimitedImageGenerationLimit,
)

__all__ = [
    "Subscription",
    "SubscriptionPerks",
    "TrainingStepsLeft",
    "UnlimitedImageGenerationLimit",
]
