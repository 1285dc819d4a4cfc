"""One request at this door, with what is needed to answer it."""

from dataclasses import dataclass, field

from starlette.requests import Request

from novelai.server.compat.openai.pending_requests import PendingRequests
from novelai.server.http.dependencies import Live, Maker, ServerSettings, ServicesDep
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.settings import Settings
from novelai.server.stopping import Stopping

__all__ = ["Reception", "Visit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Who asks, and whom to ask.

    Attributes:
        repeats: the requests of this server that are not answered yet.
    """

    request: Request = field(repr=False)
    key: Key
    services: Services = field(repr=False)
    settings: Settings
    stopping: Stopping
    repeats: PendingRequests


class Reception:
    """Receives the requests of one server, and remembers which were not answered."""

    def __init__(self) -> None:
        self._repeats = PendingRequests()

    def visit(
        self,
        request: Request,
        *,
        key: Maker,
        services: ServicesDep,
        settings: ServerSettings,
        stopping: Live,
    ) -> Visit:
        """Return a dependency of the routes."""
        return Visit(
            request=request,
            key=key,
            services=services,
            settings=settings,
            stopping=stopping,
            repeats=self._repeats,
        )
