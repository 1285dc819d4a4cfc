"""The account, for programs that wait."""

from novelai._drivers import SyncDriver
from novelai._operations import user as operations
from novelai.types.account import AccountData, AccountInformation, AccountPriority
from novelai.types.subscription import Subscription

__all__ = ["User"]


class User:
    """The account behind the token. Nothing here costs Anlas."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def get_subscription(self) -> Subscription:
        """Tier, balance and V5 allowance. Costs nothing."""
        return self._driver.run(operations.get_subscription())

    def get_anlas(self) -> int:
        """All Anlas the account can spend. Costs nothing."""
        return self.get_subscription().anlas

    def get_information(self) -> AccountInformation:
        """Return the account itself: address confirmed, trial, ban. Costs nothing."""
        return self._driver.run(operations.get_information())

    def get_data(self) -> AccountData:
        """Subscription, information and priority in one call. Costs nothing."""
        return self._driver.run(operations.get_data())

    def get_priority(self) -> AccountPriority:
        """Get the account's priority: the remains of a queue that is gone. Costs nothing."""
        return self._driver.run(operations.get_priority())

    def create_persistent_token(self, *, overwrite: bool = False) -> str:
        """Make the token that other programs use. Costs nothing.

        Needs a session token, from `NovelAI.login`. The token is shown this once; keep it
        where secrets are kept.

        Args:
            overwrite: make one although the account has one, which stops working.

        Raises:
            ConflictError: the account has a token and ``overwrite`` is false.
            AuthenticationError: this client's own token is no session token.
        """
        return self._driver.run(operations.create_persistent_token(overwrite=overwrite))
