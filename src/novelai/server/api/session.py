"""``/api/session``: logging in with a key from a browser."""

from typing import ClassVar, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from novelai._version import __version__
from novelai.server.http.dependencies import (
    ServerSettings,
    ServicesDep,
    address_of,
    caller_if_known,
)
from novelai.server.http.session_cookie import set_session
from novelai.server.keys.schemas import KeyView, key_view
from novelai.server.keys.sessions import COOKIE
from novelai.server.model.key import Key
from novelai.server.model.problems import PROBLEMS, ProblemError
from novelai.server.settings import Settings

__all__ = ["SessionView", "router", "session_view"]

router: APIRouter = APIRouter(prefix="/api", tags=["session"], responses=PROBLEMS)


class SessionIn(BaseModel):
    """Who wants to log in."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid", hide_input_in_errors=True)

    key: SecretStr = Field(min_length=1, max_length=500)


class SessionView(BaseModel):
    """Whether the caller is known.

    Attributes:
        mode: ``local``: the person at this machine, nobody logs in; ``keys``: with a key.
        demo: pictures come from the emulator.
        body_limit: bytes of a request at most.
    """

    mode: Literal["local", "keys"]
    authenticated: bool
    demo: bool
    body_limit: int
    version: str = __version__
    languages: list[str] = ["en", "ja", "zh"]
    key: KeyView | None


@router.get("/session")
async def session(request: Request, settings: ServerSettings) -> SessionView:
    """Tell who the caller is; answers without a key, too."""
    return session_view(settings, await caller_if_known(request))


@router.post("/session")
async def login(
    body: SessionIn,
    request: Request,
    response: Response,
    services: ServicesDep,
    settings: ServerSettings,
) -> SessionView:
    """Log in with a key: the answer sets a cookie, which lasts for 30 days."""
    key = await services.authentication.key_of(body.key.get_secret_value().strip())
    if key is None:
        await services.authentication.wrong.wait(address_of(request))
        raise ProblemError(401, "unauthenticated", "This key is not known, or has ended.")
    set_session(response, request, await services.sessions.begin(key))
    return session_view(settings, key)


@router.delete("/session", status_code=204)
async def logout(request: Request, services: ServicesDep) -> Response:
    """Log out."""
    token = request.cookies.get(COOKIE)
    if token:
        await services.sessions.end(token)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def session_view(settings: Settings, key: Key | None) -> SessionView:
    """Describe a key, or nobody, to itself."""
    return SessionView(
        mode="keys" if settings.needs_keys else "local",
        authenticated=key is not None,
        demo=settings.demo,
        body_limit=settings.body_limit,
        key=None if key is None else key_view(key),
    )
