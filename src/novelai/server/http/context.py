"""One request as the code behind it sees it: who asks, and whom to ask."""

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from novelai.server.http.dependencies import Admin, Caller, Maker, Reader, ServicesDep, settings_of
from novelai.server.model.key import Key
from novelai.server.services import Services
from novelai.server.settings import Settings

__all__ = ["AdminContext", "AnyContext", "MakerContext", "ReaderContext", "RequestContext"]


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


def _of_any(request: Request, key: Caller, services: ServicesDep) -> RequestContext:
    return RequestContext(services=services, key=key, request=request)


def _of_reader(request: Request, key: Reader, services: ServicesDep) -> RequestContext:
    return RequestContext(services=services, key=key, request=request)


def _of_admin(request: Request, key: Admin, services: ServicesDep) -> RequestContext:
    return RequestContext(services=services, key=key, request=request)


def _of_maker(request: Request, key: Maker, services: ServicesDep) -> RequestContext:
    return RequestContext(services=services, key=key, request=request)


AnyContext = Annotated[RequestContext, Depends(_of_any)]
"""Annotate a parameter with this where any key will do."""

MakerContext = Annotated[RequestContext, Depends(_of_maker)]
"""Annotate a parameter with this where something is made, changed or deleted."""

ReaderContext = Annotated[RequestContext, Depends(_of_reader)]
"""Annotate a parameter with this where the caller must be allowed to look."""

AdminContext = Annotated[RequestContext, Depends(_of_admin)]
"""Annotate a parameter with this where only an administrator may go on."""
