"""What an account's subscription makes free."""

from dataclasses import dataclass

__all__ = ["Tier"]


@dataclass(frozen=True, slots=True)
class Tier:
    """What an account's subscription makes free.

    Attributes:
        is_opus: it has an active Opus subscription.
        allowance_exhausted: its V5 allowance is used up.
    """

    is_opus: bool = False
    allowance_exhausted: bool = False

    @property
    def draws_allowance(self) -> bool:
        """Return whether what a job may take of the V5 allowance is taken from this account's."""
        return self.is_opus and not self.allowance_exhausted
