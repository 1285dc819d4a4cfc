"""A port to listen on, looked at before anything is opened."""

import errno
import os
import socket

import typer

from novelai.cli.exits import ExitCode
from novelai.cli.talk import Talk

__all__ = ["check_port"]

REASONS = {
    errno.EADDRINUSE: "is taken by another program",
    errno.EACCES: "is not for ordinary users",
}
"""Any other reason is told by what listens there."""

ORDINARY = 1_023
"""Ports above this one are for everybody."""

LAST = 65_535
NEAR = 20


def check_port(host: str, port: int, talk: Talk) -> None:
    """See that a port is free; else complain and end the command.

    Raises:
        typer.Exit: it is not.
    """
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        talk.complain(f"--host {host} is no address of this machine: {error.strerror}.")
        raise typer.Exit(ExitCode.USAGE) from None
    for family, kind, protocol, _, address in places:
        reason = _try(family, kind, protocol, address)
        if reason is not None:
            other = _find_free(family, kind, protocol, address)
            talk.complain(
                f"Port {port} of {host} {reason}: choose another, such as --port {other}.",
                code="port_taken",
            )
            raise typer.Exit(ExitCode.OTHER)


def _find_free(family: int, kind: int, protocol: int, address: tuple[object, ...]) -> int:
    """Return a port behind the one of an address that is free; 0, which chooses one, if none is."""
    host, port, *rest = address
    assert isinstance(port, int)
    first = max(port, ORDINARY) + 1
    for other in range(first, min(first + NEAR, LAST + 1)):
        if _try(family, kind, protocol, (host, other, *rest)) is None:
            return other
    return 0


def _try(family: int, kind: int, protocol: int, address: tuple[object, ...]) -> str | None:
    """Return why nothing can listen there, if that is so."""
    try:
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":  # as who listens does: a port that was just left is free
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.bind(address)
    except OSError as error:
        return REASONS.get(error.errno or 0)
    return None
