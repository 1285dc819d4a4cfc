"""The emulator as one object: an application, its state, and the switches tests need."""

import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any

from starlette.applications import Starlette

from novelai.emulator.accounts import EmulatedAccount
from novelai.emulator.app import create_app
from novelai.emulator.faults import Fault
from novelai.emulator.recorder import MAX_RECORDS, RecordedRequest, Remark
from novelai.emulator.serve import serving
from novelai.emulator.world import World


class Emulator:
    """NovelAI's HTTP API on this machine.

    Args:
        fast: Draw coarse pixel art in milliseconds; False draws the beautiful pictures.
        step_seconds: Pause per sampling step, so that a stream takes time; 0 or more.
        seed: Makes two emulators behave alike: default token, seeds that requests leave open.
        clock: Unix seconds; decides whether subscriptions run, and dates the records.
        tokens: The only bearer tokens accepted. None accepts everything that looks like a token
            (`pst-…`, or a session token `ey…`) and gives each its own Opus account.
        old_host: Answer `/user/*` as `api.novelai.net` does since July 2026: 400, go elsewhere.
        records: How many requests are remembered; older ones are forgotten.
        repaired_chat: Let chat that is asked for without a stream hold its text; the service's
            does not.
        strict: Remark in `remarks` what the web client would not send, and answer all the same.

    Attributes:
        app: The ASGI application.
    """

    def __init__(
        self,
        *,
        fast: bool = True,
        step_seconds: float = 0.0,
        seed: int = 0,
        clock: Callable[[], float] = time.time,
        tokens: Iterable[str] | None = None,
        old_host: bool = False,
        repaired_chat: bool = False,
        records: int = MAX_RECORDS,
        strict: bool = False,
    ) -> None:
        self._world = World(
            fast=fast,
            step_seconds=step_seconds,
            seed=seed,
            clock=clock,
            tokens=None if tokens is None else tuple(tokens),
            old_host=old_host,
            repaired_chat=repaired_chat,
            records=records,
            strict=strict,
        )
        self.app: Starlette = create_app(self._world, self.reset)

    @property
    def token(self) -> str:
        """A ready token (`pst-` and 64 characters): an Opus account with 10 000 Anlas."""
        return self._world.token

    @property
    def requests(self) -> list[RecordedRequest]:
        """The newest requests, oldest first; those of the control API are not among them."""
        return self._world.recorder.requests

    @property
    def remarks(self) -> list[Remark]:
        """What the web client would not have sent, in `requests`; empty unless `strict`."""
        return [remark for record in self.requests for remark in record.remarks]

    def account(self, token: str | None = None) -> EmulatedAccount:
        """Return the account of a token, by default of `token`; change its attributes as you like.

        Raises:
            KeyError: The token would be refused.
        """
        return self._world.accounts.get(token or self.token)

    def add_account(self, token: str, **fields: Any) -> EmulatedAccount:
        """Accept `token`; `fields` are attributes of `EmulatedAccount`."""
        return self._world.accounts.add(token, **fields)

    def script(self, *faults: Fault | None) -> None:
        """Let the next requests go wrong, in this order; None lets one pass."""
        self._world.script.extend(faults)

    def remember_image(self, key: str, data: bytes) -> None:
        """Let requests name `data` by cache key, as if a client had sent both before."""
        self._world.cache.store(key, data)

    def reset(self) -> None:
        """Forget accounts, records, faults and cached pictures; the token stays the same."""
        self._world.begin()

    @contextmanager
    def serve(self, host: str = "127.0.0.1", port: int = 0) -> Generator[str]:
        """Serve over real HTTP from a thread for the length of a `with` block.

        Args:
            host: Address to listen on.
            port: Port; 0 chooses a free one.

        Yields:
            The base URL, without a slash at the end.
        """
        with serving(self.app, host, port) as url:
            yield url
