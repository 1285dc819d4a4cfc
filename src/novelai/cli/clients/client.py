"""A program that uses the server, as far as it concerns somebody who sets it up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from novelai.cli.clients.pictures import Picture

__all__ = ["Auth", "Client", "Place", "Probe", "Shape"]

Shape = Callable[[Any], bool]
"""Whether decoded JSON is what a program reads."""

Auth = Literal["bearer", "basic", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where somebody enters something.

    Attributes:
        where: the field, or the name of a setting.
        what: with ``{address}`` and ``{key}`` in it.
    """

    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """A request that a program sends, and what it reads in the answer. None of them costs Anlas.

    Attributes:
        path: what is asked.
        reads: what the program takes from the answer, for people.
        shape: whether it is there.
        method: of HTTP.
        body: JSON that is sent along.
        status: what the program takes for a success.
        auth: how the program shows its key.
        accept: what it accepts.
    """

    path: str
    reads: str
    shape: Shape
    method: str = "GET"
    body: Any = None
    status: int = 200
    auth: Auth = "bearer"
    accept: str = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A program.

    Attributes:
        title: as it calls itself.
        page: of the documentation.
        places: what to enter where.
        probes: what it will ask.
        picture: how it asks for a picture.
        note: what else is to be known.
    """

    title: str
    page: str
    places: Sequence[Place]
    probes: Sequence[Probe]
    picture: Picture
    note: str = ""
