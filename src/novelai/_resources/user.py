"""The account."""

from novelai._drivers import AsyncDriver, SyncDriver
from novelai._operations import user as operations
from novelai.types.subscription import Subscription

__all__ = ["AsyncUser", "User"]


class User:
    """The account behind the token."""

    def __init__(self, driver: SyncDriver) -> None:
        self._driver = driver

    def get_subscription(self) -> Subscription:
        """Tier, balance and V5 allowance. Costs nothing."""
        return self._driver.run(operations.get_subscription())

    def get_anlas(self) -> int:
        """All Anlas the account can spend. Costs nothing."""
        return self.get_subscription().anlas


class AsyncUser:
    """The account behind the token."""

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    async def get_subscription(self) -> Subscription:
        """Tier, balance and V5 allowance. Costs nothing."""
        return await self._driver.run(operations.get_subscription())

    async def get_anlas(self) -> int:
        """All Anlas the account can spend. Costs nothing."""
        return (await self.get_subscription()).anlas
