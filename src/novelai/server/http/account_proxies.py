"""Which proxies an account may have on a server that others use, too.

A proxy is called with whatever its owner wants: an address of the server's own network would be a
way into that.
"""

from ipaddress import ip_address
from urllib.parse import urlsplit

from novelai.server.model.problems import ProblemError
from novelai.server.webhooks.address import is_inside, is_public
from novelai.server.webhooks.post import Resolve

__all__ = ["check_proxy"]

INSIDE = (
    "A proxy may not be at an address of the server's own network. Whoever runs the server can "
    "allow it: NOVELAI_SERVER_PROXY_PRIVATE=true. Nothing was kept."
)


async def check_proxy(url: str | None, resolve: Resolve) -> None:
    """Go on only with a proxy of the public internet, or none.

    Args:
        url: its address, of a form that was looked at before.
        resolve: finds the addresses of a name.

    Raises:
        ProblemError: 422; it is inside, or its name leads there, or nowhere.
    """
    if url is None:
        return
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".").lower()
    if is_inside(host):
        raise _refusal(INSIDE)
    try:
        found = await resolve(host, parts.port or 80)
    except (OSError, UnicodeError):
        raise _refusal("The name of the proxy is not known. Nothing was kept.") from None
    if not all(is_public(ip_address(one.partition("%")[0])) for one in found):
        raise _refusal(INSIDE)


def _refusal(sentence: str) -> ProblemError:
    return ProblemError(422, "invalid_params", sentence, errors=[("proxy", sentence)])
