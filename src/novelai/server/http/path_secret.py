"""Secrets in addresses, for clients that can send no header.

``/k/nvp_.../sdapi/v1/txt2img`` shows the secret that a key has for paths. Some clients keep the
query of the address they were given, and nothing else of it: ``/sdapi/...?key=...`` shows a key.
Both are taken out of the address before anything, a log too, sees it.
"""

from urllib.parse import parse_qsl, quote, unquote, urlencode

from starlette.types import ASGIApp, Receive, Scope, Send

from novelai.server.http.credentials import PATH_SECRET
from novelai.server.model.secret import PATH_PREFIX

__all__ = ["PathSecrets", "take_key_from_query"]

FRONT = "/k/"
QUERY = "key"


class PathSecrets:
    """ASGI middleware that moves a secret from the address into the request's scope.

    The scope is changed in place: servers write their access log from it.

    Args:
        app: what comes behind it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Clean the address, and pass the request on."""
        if scope["type"] in ("http", "websocket"):
            _take_from_path(scope)
        await self._app(scope, receive, send)


def _take_from_path(scope: Scope) -> None:
    path: str = scope["path"]
    if not path.startswith(FRONT):
        return
    secret, _, rest = path.removeprefix(FRONT).partition("/")
    scope["path"] = f"/{rest.lstrip('/')}"
    scope["raw_path"] = quote(scope["path"]).encode()
    # A key itself does not belong into a path: it opens nothing there.
    scope[PATH_SECRET] = secret if secret.startswith(PATH_PREFIX) else PATH_PREFIX


def take_key_from_query(scope: Scope) -> None:
    """Move a key from the query into the scope, in an API whose clients keep nothing else."""
    query: bytes = scope.get("query_string", b"")
    if QUERY not in unquote(query.decode("latin-1")):
        return
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    shown = [value for name, value in pairs if name == QUERY]
    if not shown:
        return
    rest = [(name, value) for name, value in pairs if name != QUERY]
    scope["query_string"] = urlencode(rest).encode("latin-1", "replace")
    if shown[0].strip():
        scope.setdefault(PATH_SECRET, shown[0].strip().rstrip("/"))
