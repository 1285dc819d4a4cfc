"""Opens sockets: a name may have several addresses, and some of them may lead nowhere."""

import ipaddress
import socket
from asyncio import AbstractEventLoop
from typing import Any, TypeAlias

import anyio

__all__ = ["dial"]

Address: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]

HEAD_START = 0.25
"""Seconds that an address has to itself before the next is tried beside it (RFC 8305)."""


async def dial(loop: AbstractEventLoop, host: str, port: int) -> socket.socket:
    """Return a socket that is connected to the first address of a host that answers.

    Raises:
        OSError: none does, or the name is not known.
    """
    won: list[socket.socket] = []
    failures: list[OSError] = []

    async def attempt(address: Address, failed: anyio.Event) -> None:
        try:
            opened = await _connect(loop, address)
        except OSError as error:
            failures.append(error)
            failed.set()
        else:
            won.append(opened)
            attempts.cancel_scope.cancel()

    addresses = await _addresses(loop, host, port)
    try:
        async with anyio.create_task_group() as attempts:
            for address in addresses:
                failed = anyio.Event()
                attempts.start_soon(attempt, address, failed)
                with anyio.move_on_after(HEAD_START):
                    await failed.wait()
    except BaseException:
        _close(won)
        raise
    if not won:
        raise failures[-1]
    _close(won[1:])  # two may answer in the same moment
    return won[0]


async def _connect(loop: AbstractEventLoop, address: Address) -> socket.socket:
    family, kind, protocol, _, target = address
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setblocking(False)
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


def _close(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()
