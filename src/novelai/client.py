"""The clients: `NovelAI` and `AsyncNovelAI`."""

import os
from copy import copy
from os import PathLike
from random import Random, SystemRandom
from types import TracebackType
from typing import Self

import httpx2

from novelai._codecs.body import Upload
from novelai._config import Config
from novelai._drivers import AsyncDriver, SyncDriver
from novelai._exchange import Exchange
from novelai._lanes import Gone
from novelai._operations.image import ImageContext
from novelai._operations.login import login
from novelai._operations.vibe import VibeCache
from novelai._resources.async_image import AsyncImages
from novelai._resources.async_text import AsyncText
from novelai._resources.image import Images
from novelai._resources.text import Text
from novelai._resources.tools import AsyncTools, Tools
from novelai._resources.user import AsyncUser, User
from novelai._resources.voice import AsyncVoice, Voice
from novelai._retry import RetryPolicy
from novelai._vibe_folder import VibeFolder
from novelai.errors import ConfigurationError

__all__ = ["AsyncNovelAI", "NovelAI"]

SEEDS = 2**32

NOT_SENT = "login"
"""Stands where a token will be; signing in sends none."""


class NovelAI:
    """NovelAI, for programs that wait.

    Safe to share between threads: one generation runs at a time, callers wait in order.

    Args:
        api_key: your persistent token (``pst-...``); by default ``NOVELAI_API_KEY``.
        base_url: one address for everything: an emulator or a server that speaks NovelAI's API;
            by default ``NOVELAI_BASE_URL``, else NovelAI's own hosts.
        image_base: address of the image and account endpoints only.
        text_base: address of the text endpoints only.
        api_base: address of the voice endpoint only.
        timeout: seconds to wait for the next bytes of an answer.
        retry: when to try again; see `RetryPolicy`.
        concurrency: generations in flight at once. NovelAI runs one at a time per account and
            refuses a second; raise it only for a server that queues.
        upload: how pictures travel: ``"multipart"`` as on the web, or ``"json"`` for servers that
            know only base64.
        vibe_cache: a folder that keeps vibe encodings, 2 Anlas each, for the next run too.
        http_client: an httpx2 client to use instead of an own one; it is not closed with this.
        transport: an httpx2 transport for the own client, for tests and special networks.
        rng: source of seeds and jitter; give a seeded one to make a test repeatable.

    Attributes:
        image: pictures.
        text: stories and chats.
        voice: texts read aloud.
        tools: director tools and upscaling.
        user: the account.

    Raises:
        MissingAPIKeyError: there is no key.
        ConfigurationError: an option has a value that cannot work.
    """

    image: Images
    text: Text
    voice: Voice
    tools: Tools
    user: User

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        image_base: str | None = None,
        text_base: str | None = None,
        api_base: str | None = None,
        timeout: float = 120.0,
        retry: RetryPolicy | None = None,
        concurrency: int = 1,
        upload: Upload = "multipart",
        vibe_cache: str | PathLike[str] | None = None,
        http_client: httpx2.Client | None = None,
        transport: httpx2.BaseTransport | None = None,
        rng: Random | None = None,
    ) -> None:
        config = Config.read(
            os.environ,
            api_key=api_key,
            base_url=base_url,
            image_base=image_base,
            text_base=text_base,
            api_base=api_base,
            timeout=timeout,
        )
        _check_options(concurrency, http_client, transport)
        chance = rng or SystemRandom()
        self._owned = None if http_client else httpx2.Client(transport=transport)
        http = http_client or self._owned
        assert http is not None
        driver = SyncDriver(http, Exchange(config, chance), retry or RetryPolicy(), concurrency)
        context = _image_context(chance, upload, vibe_cache)
        self._driver = driver
        self.image = Images(driver, context)
        self.text = Text(driver)
        self.voice = Voice(driver)
        self.tools = Tools(driver, context)
        self.user = User(driver)

    @classmethod
    def login(
        cls,
        email: str,
        password: str,
        *,
        base_url: str | None = None,
        image_base: str | None = None,
        timeout: float = 120.0,
        transport: httpx2.BaseTransport | None = None,
    ) -> str:
        """Sign in with e-mail and password; returns a session token, good for 30 days.

        Give it as ``api_key``, or let `create_persistent_token` make a lasting one with it. The
        password is not sent, a key made from it is. Best effort: NovelAI may insist on a captcha,
        and accounts that sign in with Google have no password; a persistent token from the account
        settings always works. Needs the ``login`` extra. Costs nothing.

        Args:
            email: the account's address.
            password: its password.
            base_url: as for the client.
            image_base: as for the client.
            timeout: as for the client.
            transport: as for the client; it is closed.

        Raises:
            AuthenticationError: the address or the password is wrong.
            ConfigurationError: the extra is not installed.
            InvalidParamsError: the address or the password is empty; nothing was sent.
        """
        with cls(
            NOT_SENT,
            base_url=base_url,
            image_base=image_base,
            timeout=timeout,
            transport=transport,
        ) as client:
            return client._driver.run(login(email, password))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections. A client that was handed in stays open."""
        if self._owned is not None:
            self._owned.close()


class AsyncNovelAI:
    """NovelAI, for programs on an event loop (asyncio or trio).

    Safe to share between tasks: one generation runs at a time, callers wait in order.

    Args:
        api_key: your persistent token (``pst-...``); by default ``NOVELAI_API_KEY``.
        base_url: one address for everything: an emulator or a server that speaks NovelAI's API;
            by default ``NOVELAI_BASE_URL``, else NovelAI's own hosts.
        image_base: address of the image and account endpoints only.
        text_base: address of the text endpoints only.
        api_base: address of the voice endpoint only.
        timeout: seconds to wait for the next bytes of an answer.
        retry: when to try again; see `RetryPolicy`.
        concurrency: generations in flight at once. NovelAI runs one at a time per account and
            refuses a second; raise it only for a server that queues.
        upload: how pictures travel: ``"multipart"`` as on the web, or ``"json"`` for servers that
            know only base64.
        vibe_cache: a folder that keeps vibe encodings, 2 Anlas each, for the next run too.
        http_client: an httpx2 client to use instead of an own one; it is not closed with this.
        transport: an httpx2 transport for the own client, for tests and special networks.
        rng: source of seeds and jitter; give a seeded one to make a test repeatable.

    Attributes:
        image: pictures.
        text: stories and chats.
        voice: texts read aloud.
        tools: director tools and upscaling.
        user: the account.

    Raises:
        MissingAPIKeyError: there is no key.
        ConfigurationError: an option has a value that cannot work.
    """

    image: AsyncImages
    text: AsyncText
    voice: AsyncVoice
    tools: AsyncTools
    user: AsyncUser

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        image_base: str | None = None,
        text_base: str | None = None,
        api_base: str | None = None,
        timeout: float = 120.0,
        retry: RetryPolicy | None = None,
        concurrency: int = 1,
        upload: Upload = "multipart",
        vibe_cache: str | PathLike[str] | None = None,
        http_client: httpx2.AsyncClient | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
        rng: Random | None = None,
    ) -> None:
        config = Config.read(
            os.environ,
            api_key=api_key,
            base_url=base_url,
            image_base=image_base,
            text_base=text_base,
            api_base=api_base,
            timeout=timeout,
        )
        _check_options(concurrency, http_client, transport)
        chance = rng or SystemRandom()
        self._owned = None if http_client else httpx2.AsyncClient(transport=transport)
        http = http_client or self._owned
        assert http is not None
        driver = AsyncDriver(http, Exchange(config, chance), retry or RetryPolicy(), concurrency)
        context = _image_context(chance, upload, vibe_cache)
        self._bind(driver, context)

    @classmethod
    async def login(
        cls,
        email: str,
        password: str,
        *,
        base_url: str | None = None,
        image_base: str | None = None,
        timeout: float = 120.0,  # noqa: ASYNC109 - of the HTTP client
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> str:
        """Sign in with e-mail and password; returns a session token. As `NovelAI.login`."""
        async with cls(
            NOT_SENT,
            base_url=base_url,
            image_base=image_base,
            timeout=timeout,
            transport=transport,
        ) as client:
            return await client._driver.run(login(email, password))

    def _bind(self, driver: AsyncDriver, context: ImageContext) -> None:
        self._driver = driver
        self._context = context
        self.image = AsyncImages(driver, context)
        self.text = AsyncText(driver)
        self.voice = AsyncVoice(driver)
        self.tools = AsyncTools(driver, context)
        self.user = AsyncUser(driver)

    def until(self, gone: Gone) -> "AsyncNovelAI":
        """The same client for one caller who may go away while waiting for a turn.

        Args:
            gone: an async function that returns when the caller went away. It is watched only
                while waiting: a generation that has begun is not given up, as it is paid for.
                Waiting callers who went away get a `CallerGoneError`.
        """
        client = copy(self)
        client._owned = None  # noqa: SLF001 - of this very class
        client._bind(self._driver.until(gone), self._context)  # noqa: SLF001 - as above
        return client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections. A client that was handed in stays open."""
        if self._owned is not None:
            await self._owned.aclose()


def _image_context(
    chance: Random, upload: Upload, vibe_cache: str | PathLike[str] | None
) -> ImageContext:
    vibes = VibeCache(store=None if vibe_cache is None else VibeFolder(vibe_cache))
    return ImageContext(draw_seed=lambda: chance.randrange(SEEDS), upload=upload, vibes=vibes)


def _check_options(concurrency: int, http_client: object, transport: object) -> None:
    if concurrency < 1:
        raise ConfigurationError(f"concurrency must be at least 1, got {concurrency}.")
    if http_client is not None and transport is not None:
        raise ConfigurationError("Give http_client or transport, not both.")
