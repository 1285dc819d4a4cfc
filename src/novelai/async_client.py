"""The client for programs on an event loop: `AsyncNovelAI`."""

import os
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from os import PathLike
from random import Random, SystemRandom
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx2

from novelai._assembly import (
    NOT_SENT,
    check_async_client,
    check_options,
    first_options,
    image_context,
)
from novelai._codecs.body import Upload
from novelai._config import Config
from novelai._drivers import AsyncDriver
from novelai._http import Exchange
from novelai._limiter import Gone
from novelai._logs import start_logging
from novelai._operations.image import ImageContext
from novelai._operations.login import login
from novelai._resources.async_image import AsyncImages
from novelai._resources.async_text import AsyncText
from novelai._resources.async_tools import AsyncTools
from novelai._resources.async_user import AsyncUser
from novelai._resources.async_voice import AsyncVoice
from novelai._retry import RetryPolicy
from novelai._slots import AsyncSlot, make_slots
from novelai.types.options import AsyncOnWait

if TYPE_CHECKING:
    from novelai._resources.async_api import AsyncApi
    from novelai.budget import Budget

__all__ = ["AsyncNovelAI"]


class AsyncNovelAI:
    """NovelAI, for programs on an event loop (asyncio or trio).

    Safe to share between tasks: one generation runs at a time, callers wait in order. It may be
    used on one event loop after another, on several at once and after a fork: each loop has its own
    connections and turns, and they are closed with the loop.

    Args:
        api_key: your persistent token (``pst-...``); by default ``NOVELAI_API_KEY``.
        base_url: one address for everything: an emulator or a server that speaks NovelAI's API;
            by default ``NOVELAI_BASE_URL``, else NovelAI's own hosts.
        image_base: address of the image and account endpoints only.
        text_base: address of the text endpoints only.
        voice_base: address of the voice endpoint only.
        api_base: the same by its former name, which is deprecated.
        timeout: seconds to wait for the next bytes of an answer, above 0 and at most 86,400.
        retry: when to try again; see `RetryPolicy`.
        concurrency: generations in flight at once. NovelAI runs one at a time per account and
            refuses a second; raise it only for a server that queues.
        upload: how pictures travel: ``"multipart"`` as on the web, or ``"json"`` for servers that
            know only base64.
        vibe_cache: a folder that keeps vibe encodings, 2 Anlas each, for the next run too.
        headers: sent with every request, beside the client's own.
        user_agent: who you are, for example ``"my-bot/1.2"``; it stands behind the client's own.
        on_wait: a function, async or not, that is called with reason, seconds and position when a
            call has to wait; see `with_options`.
        budget: what may be spent: a call that would cost more is refused before it is sent. With
            one, pictures know their ``cost``.
        http_client: an httpx2 client to use instead of an own one; it is not closed with this, and
            belongs to the first event loop that uses it.
        transport: an httpx2 transport for the own client, for tests and special networks; it
            belongs to the first event loop that uses it.
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
        voice_base: str | None = None,
        api_base: str | None = None,
        timeout: float = 120.0,
        retry: RetryPolicy | None = None,
        concurrency: int = 1,
        upload: Upload = "multipart",
        vibe_cache: str | PathLike[str] | None = None,
        headers: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        on_wait: AsyncOnWait | None = None,
        budget: "Budget | None" = None,
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
            voice_base=voice_base,
            api_base=api_base,
            timeout=timeout,
        )
        options = first_options(
            config.timeout, retry, headers, user_agent, on_wait, awaits=AsyncDriver.awaits
        )
        check_options(concurrency, upload, vibe_cache, rng, budget)
        http_client = check_async_client(http_client, transport)
        start_logging(os.environ)
        chance = rng or SystemRandom()
        self._config = config
        self._concurrency = concurrency
        self._closes = True
        slots = make_slots(AsyncSlot, httpx2.AsyncClient, http_client, transport, concurrency)
        exchange = Exchange(config, chance)
        driver = AsyncDriver(slots, exchange, options)
        if budget is not None:
            from novelai._metered import MeteredAsyncDriver

            driver = MeteredAsyncDriver(slots, exchange, options, budget=budget)
        self._bind(driver, image_context(chance, upload, vibe_cache, concurrency))

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

    def until(self, gone: Gone) -> Self:
        """Return the same client for one caller who may go away while waiting for a turn.

        Args:
            gone: an async function that returns when the caller went away. It is watched only
                while waiting: a generation that has begun is not given up, as it is paid for.
                Waiting callers who went away get a `CallerGoneError`.
        """
        return self._share(self._driver.until(gone))

    def with_options(
        self,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        user_agent: str | None = None,
        on_wait: AsyncOnWait | None = None,
    ) -> Self:
        """Return the same client with other options; connections and turns are shared.

        Closing it closes nothing. What is left out, or `None`, stays as it is.

        Args:
            timeout: seconds to wait for the next bytes of an answer, above 0 and at most 86,400.
            retry: when to try again.
            headers: are added to those that there are; one of the same name is replaced.
            body: is merged into the JSON of requests, as ``extra_body`` of a call.
            user_agent: stands behind the client's own, instead of the one before.
            on_wait: a function, async or not, is called when a call has to wait, with

                - ``"turn"``, `None` and the position in the line of this client, 1 for the next;
                  again whenever it changes;
                - ``"locked"`` (another program generates on this account), ``"rate_limited"``,
                  ``"server_error"`` or ``"unreachable"``, the seconds until the next attempt, and
                  `None`.

                At these moments nothing of the call is under way that may cost something. What it
                raises ends the call, and comes out of it.

        Raises:
            ConfigurationError: a value cannot work; the message names it.
        """
        driver = self._driver.with_options(
            timeout=timeout,
            retry=retry,
            headers=headers,
            body=body,
            user_agent=user_agent,
            on_wait=on_wait,
        )
        return self._share(driver)

    def _share(self, driver: AsyncDriver) -> Self:
        """Return a client around another driver of the same connections."""
        client = copy(self)
        client._closes = False  # noqa: SLF001 - of this very class
        client._bind(driver, self._context)  # noqa: SLF001 - as above
        return client

    @property
    def api_client(self) -> "AsyncApi":
        """Requests by the service's names, as programs for novelai-sdk make them."""
        from novelai._resources.async_api import AsyncApi

        return AsyncApi(self._driver, self._context, self._send_through)

    def _send_through(self, http: Any) -> None:
        """Use another HTTP client; pictures are in the JSON then, where a test double reads."""
        from novelai._foreign import as_async_client

        client = as_async_client(http)
        slots = make_slots(
            AsyncSlot, httpx2.AsyncClient, client, None, self._concurrency, closes=True
        )
        self._driver.send_through(slots)
        self._bind(self._driver, replace(self._context, upload="json"))

    @property
    def api_key(self) -> str:
        """The token in use. Keep it out of logs."""
        return self._config.api_key

    @property
    def timeout(self) -> float:
        """Seconds to wait for the next bytes of an answer."""
        return self._driver.options.timeout.read or self._config.timeout

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
        """Close the connections. An httpx2 client that was handed in stays open."""
        if self._closes:
            await self._driver.close()
