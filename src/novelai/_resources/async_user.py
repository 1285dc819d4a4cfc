# Made from user.py by scripts/make_async.py: change that file, then run the script.
"""The account, for programs on an event loop."""

from typing import Unpack

from novelai._drivers import AsyncDriver
from novelai._operations import user as operations
from novelai._raw import RawCalls, async_raw
from novelai.types.account import AccountData, AccountInformation, AccountPriority
from novelai.types.options import CallOptions
from novelai.types.subscription import Subscription

__all__ = ["AsyncUser"]


class AsyncUser:
    """The account behind the token. Nothing here costs Anlas.

    All methods take `CallOptions` as keywords, for the call alone.
    """

    def __init__(self, driver: AsyncDriver) -> None:
        self._driver = driver

    @property
    def with_raw_response(self) -> "AsyncRawUser":
        """The same methods, which give the answer as it came, too."""
        return AsyncRawUser(self)

    async def get_subscription(self, **options: Unpack[CallOptions]) -> Subscription:
        """Tier, balance and V5 allowance. Costs nothing."""
        return await self._driver.using(options).run(operations.get_subscription())

    async def get_anlas(self, **options: Unpack[CallOptions]) -> int:
        """All Anlas the account can spend. Costs nothing."""
        return (await self.get_subscription(**options)).anlas

    async def get_information(self, **options: Unpack[CallOptions]) -> AccountInformation:
        """Return the account itself: address confirmed, trial, ban. Costs nothing."""
        return await self._driver.using(options).run(operations.get_information())

    async def get_data(self, **options: Unpack[CallOptions]) -> AccountData:
        """Subscription, information and priority in one call. Costs nothing."""
        return await self._driver.using(options).run(operations.get_data())

    async def get_priority(self, **options: Unpack[CallOptions]) -> AccountPriority:
        """Get the account's priority: the remains of a queue that is gone. Costs nothing."""
        return await self._driver.using(options).run(operations.get_priority())

    async def create_persistent_token(
        self, *, overwrite: bool = False, **options: Unpack[CallOptions]
    ) -> str:
        """Make the token that other programs use. Costs nothing.

        Needs a session token, from `AsyncNovelAI.login`. The token is shown this once; keep it
        where secrets are kept.

        Args:
            overwrite: make one although the account has one, which stops working.
            **options: `CallOptions`, for this call alone.

        Raises:
            ConflictError: the account has a token and ``overwrite`` is false.
            AuthenticationError: this client's own token is no session token.
        """
        return await self._driver.using(options).run(
            operations.create_persistent_token(overwrite=overwrite)
        )


class AsyncRawUser(RawCalls[AsyncUser]):
    """Methods of `User` that give a `novelai.types.RawResponse`."""

    @async_raw(AsyncUser.get_subscription)
    def get_subscription(self) -> None:
        """Do as `User.get_subscription`."""

    @async_raw(AsyncUser.get_anlas)
    def get_anlas(self) -> None:
        """Do as `User.get_anlas`."""

    @async_raw(AsyncUser.get_information)
    def get_information(self) -> None:
        """Do as `User.get_information`."""

    @async_raw(AsyncUser.get_data)
    def get_data(self) -> None:
        """Do as `User.get_data`."""

    @async_raw(AsyncUser.get_priority)
    def get_priority(self) -> None:
        """Do as `User.get_priority`."""

    @async_raw(AsyncUser.create_persistent_token)
    def create_persistent_token(self) -> None:
        """Do as `User.create_persistent_token`."""
