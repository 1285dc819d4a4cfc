"""Looking at, naming and deleting encoded vibes."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, select

from novelai.server.keys.key import Key
from novelai.server.storage.blobs import BlobMissingError, Blobs
from novelai.server.storage.engine import Database
from novelai.server.storage.tables import vibes
from novelai.server.vibes.vibe import StoredVibe, vibe_from
from novelai.types.vibe import Vibe, VibeEncoding

__all__ = ["VibeService"]


class VibeService:
    """Vibes that a key may see: its own, with scope ``admin`` all of its owner's.

    Args:
        database: where they are listed.
        blobs: where encodings and pictures are.
    """

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def list(self, key: Key) -> list[StoredVibe]:
        """Newest first."""
        query = select(vibes).where(_visible(key)).order_by(vibes.c.created_at.desc())
        async with self._database.read() as connection:
            return [vibe_from(row) for row in await connection.execute(query)]

    async def read(self, key: Key, vibe_id: str) -> StoredVibe | None:
        """A vibe, if this key may see it."""
        query = select(vibes).where(vibes.c.id == vibe_id, _visible(key))
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else vibe_from(row)

    async def encoding(self, key: Key, vibe_id: str) -> VibeEncoding | None:
        """The encoding of a vibe, if this key may see it."""
        found = await self.read(key, vibe_id)
        if found is None:
            return None
        return VibeEncoding(
            model=found.model,
            encoding=await self._blobs.picture(found.sha256),
            info_extracted=found.info_extracted,
        )

    async def file(self, key: Key, vibe_id: str) -> Vibe | None:
        """A vibe with its picture, where that is still here, as `novelai.vibes` writes it."""
        found, encoding = await self.read(key, vibe_id), await self.encoding(key, vibe_id)
        if found is None or encoding is None:
            return None
        return Vibe(
            image=await self.picture(found),
            encodings=(encoding,),
            info_extracted=found.info_extracted,
            name=found.name,
        )

    async def picture(self, vibe: StoredVibe) -> bytes | None:
        """The picture that was encoded, if it is still here."""
        try:
            return await self._blobs.picture(vibe.source)
        except BlobMissingError:
            return None

    async def rename(self, key: Key, vibe_id: str, name: str) -> StoredVibe | None:
        """Call a vibe something else; ``None`` if this key may not see it."""
        return await self._change(key, vibe_id, {"name": name})

    async def delete(self, key: Key, vibe_id: str) -> bool:
        """Forget a vibe; its encoding would have to be paid for again."""
        query = vibes.delete().where(vibes.c.id == vibe_id, _visible(key))
        async with self._database.write() as connection:
            return (await connection.execute(query)).rowcount == 1

    async def _change(self, key: Key, vibe_id: str, values: Mapping[str, Any]) -> StoredVibe | None:
        query = vibes.update().where(vibes.c.id == vibe_id, _visible(key)).values(**values)
        async with self._database.write() as connection:
            row = (await connection.execute(query.returning(vibes))).one_or_none()
        return None if row is None else vibe_from(row)


def _visible(key: Key) -> ColumnElement[bool]:
    own = vibes.c.owner_id == key.owner_id
    return own if "admin" in key.limits.scopes else own & (vibes.c.key_id == key.id)
