"""One message to one address: pinned, without redirects, within ten seconds."""

import socket
import ssl
from collections.abc import Awaitable, Callable, Mapping, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import anyio
import httpx2

from novelai.server.webhooks.address import check_webhook, is_public

__all__ = ["Post", "Refusal", "Resolve", "Undelivered", "resolve"]

SECONDS = 10.0
MOST_ADDRESSES = 3
GONE = 410

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives the addresses of a name and a port."""


class Undelivered(Exception):  # noqa: N818 - an outcome
    """It did not arrive; the text says why, without the address."""


class Refusal(Undelivered):
    """It will never arrive: trying again helps nothing."""


async def resolve(host: str, port: int) -> list[str]:
    """Addresses as the system finds them."""
    found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class Post:
    """Sends messages.

    Where a name leads is asked once, checked, and connected to: a name that leads elsewhere a
    moment later (DNS rebinding) leads nowhere. A proxy of the environment is not used, for it
    would ask again.

    Args:
        private: addresses inside and plain http are allowed.
        resolve: finds addresses.
        trust: whom https trusts; by default whom the system trusts.
        seconds: for one message in all.
    """

    def __init__(
        self,
        *,
        private: bool = False,
        resolve: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._private = private
        self._resolve = resolve
        self._trust = trust
        self._seconds = seconds

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> None:
        """Send a message.

        Raises:
            Undelivered: it did not arrive, or the answer was not a 2xx.
        """
        reason = check_webhook(url, private=self._private)
        if reason is not None:
            raise Refusal(reason)
        try:
            with anyio.fail_after(self._seconds):
                status = await self._first(url, body, headers)
        except TimeoutError:
            raise Undelivered(f"No answer within {self._seconds:g} seconds.") from None
        if status == GONE:
            raise Refusal("The receiver answered 410: it wants no more.")
        if not 200 <= status < 300:
            moved = "; redirects are not followed" if 300 <= status < 400 else ""
            raise Undelivered(f"The receiver answered {status}{moved}.")

    async def _first(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Return the status that the first address gives which can be connected to."""
        failure = "Its name leads to no address."
        for address in await self._addresses(url):
            try:
                return await self._ask(url, address, body, headers)
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                failure = f"It cannot be reached ({type(error).__name__})."
            except (httpx2.HTTPError, httpx2.InvalidURL, OSError) as error:
                raise Undelivered(f"The call broke off ({type(error).__name__}).") from None
        raise Undelivered(failure)

    async def _addresses(self, url: str) -> Sequence[str]:
        parts = urlsplit(url)
        assert parts.hostname is not None
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            found = await self._resolve(parts.hostname, port)
        except (OSError, UnicodeError):
            raise Undelivered("Its name is not known.") from None
        numbers = [ip_address(address.partition("%")[0]) for address in found]
        if not self._private and not all(is_public(number) for number in numbers):
            raise Refusal("Its name leads to an address of this machine or its network.")
        return [str(number) for number in numbers[:MOST_ADDRESSES]]

    async def _ask(self, url: str, address: str, body: bytes, headers: Mapping[str, str]) -> int:
        asked = httpx2.URL(url)
        host = asked.netloc.decode("ascii")
        async with httpx2.AsyncClient(
            trust_env=False,
            follow_redirects=False,
            timeout=self._seconds,
            verify=True if self._trust is None else self._trust,
        ) as client:
            request = client.build_request(
                "POST",
                asked.copy_with(host=address),
                content=body,
                headers={**headers, "Host": host},
                # The certificate must be of the name, whatever its address.
                extensions={"sni_hostname": asked.raw_host.decode("ascii")},
            )
            answer = await client.send(request, stream=True)
            await answer.aclose()  # what it says beyond the status is of no interest
            return answer.status_code
