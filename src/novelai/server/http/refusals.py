"""Every refusal is logged once, and kept for whose key it is: programs often hide the reason.

Whatever refuses a request says so here; when the answer is out, code and sentence are written down.
No prompt and no secret is in them.
"""

import logging

from sqlalchemy.exc import SQLAlchemyError
from starlette.types import ASGIApp, Receive, Scope, Send

from novelai.server.http.dependencies import identity_in
from novelai.server.http.error_handlers import REFUSED, RENDER, Refusal
from novelai.server.keys.refusals import Refused, discreet
from novelai.server.model.problems import ProblemError
from novelai.server.services import Services
from novelai.server.storage.errors import StorageUnavailableError
from novelai.server.telemetry.redaction import redact

__all__ = ["RefusalLog"]

log = logging.getLogger("novelai.server.refusals")

OWN = ("/api/", "/generate")
NOVELAI = (
    "NovelAI refused it or failed. What it said is in the answer, and with the job in the queue."
)
UNAUTHENTICATED = 401
BROKEN = 500


class RefusalLog:
    """ASGI middleware that writes down what was refused behind it.

    Args:
        app: what answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and write down what became of it when it was refused."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        refusal = scope[REFUSED] = Refusal()  # an object, which copies of the scope share
        await self._app(scope, receive, send)
        if refusal.problem is not None:
            await _write_down(scope, refusal, refusal.problem)


async def _write_down(scope: Scope, refusal: Refusal, problem: ProblemError) -> None:
    request = redact(f"{scope.get('method', 'socket')} {_path(scope)}")
    status, sentence = refusal.status, NOVELAI if refusal.quotes else discreet(problem.detail)
    level, word = (logging.WARNING, "Failed") if status >= BROKEN else (logging.INFO, "Refused")
    log.log(level, "%s %s: %d %s: %s", word, request, status, problem.code, sentence)
    identity = identity_in(scope)
    whose = refusal.key_id or (None if identity is None else identity.key.id)
    services: Services | None = scope.get("state", {}).get("services")
    if whose is None or services is None or status == UNAUTHENTICATED:
        return
    refused = Refused(
        key_id=whose, request=request, status=status, code=problem.code, sentence=sentence
    )
    try:
        await services.refusals.keep(refused)
    except (SQLAlchemyError, StorageUnavailableError):
        log.debug("It could not be kept: the database does not answer.")


def _path(scope: Scope) -> str:
    """Return the route as it was declared; what was asked for only where no text of people is."""
    template: object = getattr(scope.get("route"), "path", None)
    if isinstance(template, str) and template:
        return template
    path: str = scope["path"]
    return path if RENDER in scope or path.startswith(OWN) else "elsewhere"
