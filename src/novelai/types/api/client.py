"""What parameters need of a client to become a request; a client is made later than they are."""

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from novelai.types.generation import GenerateImageParams

__all__ = ["Client"]

T_co = TypeVar("T_co", covariant=True)


class Images(Protocol[T_co]):
    """The part of a client that knows pictures."""

    def api_request(self, params: "GenerateImageParams") -> T_co:
        """Build the request: at once, or to be awaited."""
        ...


class Client(Protocol[T_co]):
    """A client, sync or async."""

    @property
    def image(self) -> Images[T_co]:
        """Pictures."""
        ...
