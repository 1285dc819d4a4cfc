"""Writing links, and checking those that come back."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote, urlencode

from novelai.server.keys.authentication import Authentication
from novelai.server.links.signature import Grant, canonical, read_grant, write_grant
from novelai.server.model.image import Image
from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database

__all__ = ["LINK", "Link", "LinkService"]

LINK = "link"
"""The query parameter that holds the permission."""

ENDINGS = {"image/png": ".png", "image/webp": ".webp", "image/jpeg": ".jpg"}

Purpose = Literal["generate", "image"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """An address without a host.

    Attributes:
        path: with its query.
        expires_at: unix seconds.
    """

    path: str
    expires_at: int


class LinkService:
    """Links of this installation.

    Args:
        secrets: the first signs, all of them check; derived from the vault.
        authentication: finds who stands behind a link.
        database: tells its clock the time.
        clock: what time it is.
    """

    def __init__(
        self,
        secrets: Sequence[bytes],
        authentication: Authentication,
        database: Database,
        clock: Clock,
    ) -> None:
        self._secrets = tuple(secrets)
        self._authentication = authentication
        self._database = database
        self._clock = clock

    async def to_generate(self, key: Key, query: Mapping[str, str], seconds: int) -> Link:
        """Return a link to ``GET /generate`` with this query, which spends the key's budget.

        Args:
            key: of who asks for the link.
            query: its parameters.
            seconds: for which it holds.
        """
        return await self._sign(key, "generate", "/generate", query, seconds)

    async def to_image(self, key: Key, image: Image, seconds: int) -> Link:
        """Return a link to the bytes of a picture of the gallery.

        It ends as files of its kind do: programs take the kind from there.
        """
        name = f"{quote(image.id, safe='')}{ENDINGS.get(image.media_type, '')}"
        path = f"/links/images/{name}"
        return await self._sign(key, "image", path, {"id": image.id}, seconds, shown={})

    async def key_of(self, purpose: Purpose, items: Sequence[tuple[str, str]], link: str) -> Key:
        """Return the key behind a link.

        Args:
            purpose: what it is used for.
            items: the query it came with.
            link: the permission.

        Raises:
            ProblemError: 403; it was changed, has expired, or its key has.
        """
        signed = [(name, value) for name, value in items if name != LINK]
        grant = read_grant(self._secrets, link, canonical(purpose, signed))
        if grant is None:
            raise _refusal("This link was changed, or is of another server.")
        async with self._database.read() as connection:
            now = await self._clock.now(connection)
        if now >= grant.expires_at:
            raise _refusal("This link has expired.")
        key = await self._authentication.valid(grant.key_id)
        if key is None:
            raise _refusal("The key behind this link was revoked or has expired.")
        return key

    def name_of(self, link: str) -> str:
        """Return the name under which jobs of a link are submitted."""
        return f"link:{hashlib.sha256(link.encode('utf-8', 'surrogatepass')).hexdigest()[:40]}"

    async def _sign(
        self,
        key: Key,
        purpose: Purpose,
        path: str,
        query: Mapping[str, str],
        seconds: int,
        *,
        shown: Mapping[str, str] | None = None,
    ) -> Link:
        async with self._database.read() as connection:
            now = await self._clock.now(connection)
        grant = Grant(key_id=key.id, expires_at=int(now) + seconds)
        link = write_grant(self._secrets[0], grant, canonical(purpose, query.items()))
        visible = dict(query if shown is None else shown) | {LINK: link}
        return Link(path=f"{path}?{urlencode(visible)}", expires_at=grant.expires_at)


def _refusal(sentence: str) -> ProblemError:
    return ProblemError(403, "link", f"{sentence} Ask for a new one. Nothing was charged.")
