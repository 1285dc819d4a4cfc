"""Opens sockets: a name may have several addresses, and some of them may lead nowhere."""

import ipaddress
import socket
from asyncio import FIRST_COMPLETED, AbstractEventLoop, Task, wait
from typing import Any, TypeAlias

__all__ = ["dial"]

Address: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]

HEAD_START = 0.25
"""Seconds that an address has to itself before the next is tried beside it (RFC 8305)."""


async def dial(loop: AbstractEventLoop, host: str, port: int) -> socket.socket:
    """Return a socket that is connected to the first address of a host that answers.

    Raises:
        OSError: none does, or the name is not known.
    """
    failures: list[BaseException] = []
    addresses = await _addresses(loop, host, port)
    attempts: set[Task[socket.socket]] = set()
    try:
        while addresses or attempts:
            if addresses:
                attempts.add(loop.create_task(_connect(loop, addresses.pop(0))))
            seconds = HEAD_START if addresses else None
            done, _ = await wait(attempts, timeout=seconds, return_when=FIRST_COMPLETED)
            attempts -= done
            won = [attempt.result() for attempt in done if attempt.exception() is None]
            if won:
                _close(won[1:])  # two may answer in the same moment
                return won[0]
            failures += [error for attempt in done if (error := attempt.exception())]
    finally:
        for attempt in attempts:
            attempt.add_done_callback(_close_late)
            attempt.cancel()
    raise failures[-1]


async def _connect(loop: AbstractEventLoop, address: Address) -> socket.socket:
    family, kind, protocol, _, target = address
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setblocking(False)
        # A short request would wait until the service has confirmed the end of the handshake.
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(opened, target)
    except BaseException:
        opened.close()
        raise
    return opened


async def _addresses(loop: AbstractEventLoop, host: str, port: int) -> list[Address]:
    """Return addresses: the system's first choice, then those of the other family."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    else:  # nothing to ask for, and so no thread to ask in
        flags = socket.AI_NUMERICHOST
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)
    first, *others = found
    return [first, *sorted(others, key=lambda address: address[0] == first[0])]


def _close_late(attempt: Task[socket.socket]) -> None:
    if not attempt.cancelled() and attempt.exception() is None:
        attempt.result().close()


def _close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()
