"""What an account says about itself, beside its subscription."""

from pydantic import Field

from novelai.types.answer import Answer
from novelai.types.subscription import Subscription

__all__ = ["AccountData", "AccountInformation", "AccountPriority"]


class AccountInformation(Answer):
    """The account itself, as ``/user/information`` answers it; any part may be missing.

    Attributes:
        email_verified: the address was confirmed.
        email_verification_letter_sent: a letter to confirm it was sent.
        has_plaintext_email: NovelAI keeps the address in readable form.
        plaintext_email: the address, if so.
        allow_marketing_emails: the person agreed to them.
        trial_activated: the free trial was begun.
        trial_actions_left: free texts left of the trial.
        trial_images_left: free pictures left of the trial.
        account_created_at: unix time in seconds.
        ban_status: ``"not_banned"``, ``"banned"`` or ``"full_banned"``.
        ban_message: why, if so.
        login_method: ``"accessKey"`` (e-mail and password) or ``"sso"`` (Google).
    """

    email_verified: bool | None = None
    email_verification_letter_sent: bool | None = None
    has_plaintext_email: bool | None = None
    plaintext_email: str | None = Field(default=None, repr=False)
    allow_marketing_emails: bool | None = None
    trial_activated: bool | None = None
    trial_actions_left: int | None = None
    trial_images_left: int | None = None
    account_created_at: int | None = None
    ban_status: str | None = None
    ban_message: str | None = None
    login_method: str | None = None


class AccountPriority(Answer):
    """A relic of a queue that is gone, as ``/user/priority`` answers it.

    Attributes:
        max_priority_actions: actions with priority in a period.
        next_refill_at: when the period ends, unix time in seconds.
        task_priority: today's priority.
    """

    max_priority_actions: int | None = None
    next_refill_at: int | None = None
    task_priority: int | None = None


class AccountData(Answer):
    """Everything at once, as ``/user/data`` answers it.

    With a persistent token NovelAI leaves out key store and settings (observed October 2026);
    with a session token they are among the extras.

    Attributes:
        subscription: tier, balance and V5 allowance.
        information: the account itself.
        priority: a relic.
    """

    subscription: Subscription = Field(default_factory=Subscription)
    information: AccountInformation = Field(default_factory=AccountInformation)
    priority: AccountPriority = Field(default_factory=AccountPriority)
