"""The client for programs that wait: `NovelAI`."""

import os
from collections.abc import Mapping
from copy import copy
from dataclasses import replace
from os import PathLike
from random import Random, SystemRandom
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import httpx2

from novelai._assembly import NOT_SENT, check_client, check_options, first_options, image_context
from novelai._codecs.body import Upload
from novelai._config import Config
from novelai._drivers import SyncDriver
from novelai._http import Exchange
from novelai._logs import start_logging
from novelai._operations.image import ImageContext
from novelai._operations.login import login
from novelai._resources.image import Images
from novelai._resources.text import Text
from novelai._resources.tools import Tools
from novelai._resources.user import User
from novelai._resources.voice import Voice
from novelai._retry import RetryPolicy
from novelai._slots import SyncSlot, make_slots
from novelai.types.options import OnWait

if TYPE_CHECKING:
    from novelai._resources.api import Api
    from novelai.budget import Budget

__all__ = ["NovelAI"]


class NovelAI:
    """NovelAI, for programs that wait.

    Safe to share between threads: one generation runs at a time, callers wait in order. A client
    that was made before a fork works in the child too, with connections and turns of its own.

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
        on_wait: a function that is called with reason, seconds and position when a call has to
            wait; see `with_options`.
        budget: what may be spent: a call that would cost more is refused before it is sent. With
            one, pictures know their ``cost``.
        http_client: an httpx2 client to use instead of an own one; it is not closed with this, and
            belongs to the first process that uses it.
        transport: an httpx2 transport for the own client, for tests and special networks; it
            belongs to the first process that uses it.
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
        voice_base: str | None = None,
        api_base: str | None = None,
        timeout: float = 120.0,
        retry: RetryPolicy | None = None,
        concurrency: int = 1,
        upload: Upload = "multipart",
        vibe_cache: str | PathLike[str] | None = None,
        headers: Mapping[str, str] | None = None,
        user_agent: str | None = None,
        on_wait: OnWait | None = None,
        budget: "Budget | None" = None,
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
            voice_base=voice_base,
            api_base=api_base,
            timeout=timeout,
        )
        options = first_options(
            config.timeout, retry, headers, user_agent, on_wait, awaits=SyncDriver.awaits
        )
        check_options(concurrency, upload, vibe_cache, rng, budget)
        http_client = check_client(http_client, transport)
        start_logging(os.environ)
        chance = rng or SystemRandom()
        self._config = config
        self._concurrency = concurrency
        self._closes = True
        slots = make_slots(SyncSlot, httpx2.Client, http_client, transport, concurrency)
        exchange = Exchange(config, chance)
        driver = SyncDriver(slots, exchange, options)
        if budget is not None:
            from novelai._metered import MeteredSyncDriver

            driver = MeteredSyncDriver(slots, exchange, options, budget=budget)
        self._bind(driver, image_context(chance, upload, vibe_cache, concurrency))

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

    def _bind(self, driver: SyncDriver, context: ImageContext) -> None:
        self._driver = driver
        self._context = context
        self.image = Images(driver, context)
        self.text = Text(driver)
        self.voice = Voice(driver)
        self.tools = Tools(driver, context)
        self.user = User(driver)

    def with_options(
        self,
        *,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        headers: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        user_agent: str | None = None,
        on_wait: OnWait | None = None,
    ) -> Self:
        """Return the same client with other options; connections and turns are shared.

        Closing it closes nothing. What is left out, or `None`, stays as it is.

        Args:
            timeout: seconds to wait for the next bytes of an answer, above 0 and at most 86,400.
            retry: when to try again.
            headers: are added to those that there are; one of the same name is replaced.
            body: is merged into the JSON of requests, as ``extra_body`` of a call.
            user_agent: stands behind the client's own, instead of the one before.
            on_wait: is called when a call has to wait, with

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

    def _share(self, driver: SyncDriver) -> Self:
        """Return a client around another driver of the same connections."""
        client = copy(self)
        client._closes = False  # noqa: SLF001 - of this very class
        client._bind(driver, self._context)  # noqa: SLF001 - as above
        return client

    @property
    def api_client(self) -> "Api":
        """Requests by the service's names, as programs for novelai-sdk make them."""
        from novelai._resources.api import Api

        return Api(self._driver, self._context, self._send_through)

    def _send_through(self, http: Any) -> None:
        """Use another HTTP client; pictures are in the JSON then, where a test double reads."""
        from novelai._foreign import as_client

        slots = make_slots(
            SyncSlot, httpx2.Client, as_client(http), None, self._concurrency, closes=True
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
        """Close this process's connections. An httpx2 client that was handed in stays open."""
        if self._closes:
            self._driver.close()
