"""One request as the code behind it sees it: who asks, and whom to ask."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request

from novelai.server.http.dependencies import Needs, ServicesDep, caller_of, settings_of
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.settings import Settings

__all__ = [
    "AdminContext",
    "AnyContext",
    "MakerContext",
    "ReaderContext",
    "RequestContext",
    "context_for",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """Who asks, and whom to ask.

    Attributes:
        services: of the running server.
        key: of the caller: whose budget is spent, and whose images are seen.
        request: as it came over HTTP; ``None`` for a call that came another way.
    """

    services: Services = field(repr=False)
    key: Key
    request: Request | None = field(default=None, repr=False)

    @property
    def http(self) -> Request:
        """The request, where it came over HTTP."""
        assert self.request is not None
        return self.request

    @property
    def settings(self) -> Settings:
        """The settings of the running server."""
        return settings_of(self.http)


def context_for(caller: Callable[..., Any]) -> Any:
    """Return a dependency: the context of a request whose key is what ``caller`` gives.

    Args:
        caller: a dependency that gives the key of whoever may go on, and refuses others.
    """

    async def build(  # it waits for nothing, but others are called in another thread
        request: Request, key: Annotated[Key, Depends(caller)], services: ServicesDep
    ) -> RequestContext:
        return RequestContext(services=services, key=key, request=request)

    return Depends(build)


AnyContext = Annotated[RequestContext, context_for(caller_of)]
"""Annotate a parameter with this where any key will do."""

ReaderContext = Annotated[RequestContext, context_for(Needs("read"))]
"""Annotate a parameter with this where the caller must be allowed to look."""

MakerContext = Annotated[RequestContext, context_for(Needs("generate"))]
"""Annotate a parameter with this where something is made, changed or deleted."""

AdminContext = Annotated[RequestContext, context_for(Needs("admin"))]
"""Annotate a parameter with this where only an administrator may go on."""
