"""Looking at, naming and deleting encoded vibes."""

from novelai.server.images import repository as images
from novelai.server.keys.key import Key
from novelai.server.storage.blobs import BlobMissingError, Blobs
from novelai.server.storage.engine import Database
from novelai.server.vibes import repository
from novelai.server.vibes.vibe import StoredVibe
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
        async with self._database.read() as connection:
            return await repository.find(connection, key.owner_id, _own(key))

    async def read(self, key: Key, vibe_id: str) -> StoredVibe | None:
        """A vibe, if this key may see it."""
        async with self._database.read() as connection:
            return await repository.by_id(connection, vibe_id, key.owner_id, _own(key))

    async def encoding(self, key: Key, vibe_id: str) -> VibeEncoding | None:
        """The encoding of a vibe, if this key may see it."""
        found = await self.read(key, vibe_id)
        return None if found is None else await self._encoding(found)

    async def file(self, key: Key, vibe_id: str) -> Vibe | None:
        """A vibe with its picture, where that is still here, as `novelai.vibes` writes it."""
        found = await self.read(key, vibe_id)
        if found is None:
            return None
        return Vibe(
            image=await self.picture(found),
            encodings=(await self._encoding(found),),
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
        async with self._database.write() as connection:
            if await repository.by_id(connection, vibe_id, key.owner_id, _own(key)) is None:
                return None
            await repository.change(connection, vibe_id, {"name": name})
            return await repository.by_id(connection, vibe_id, key.owner_id)

    async def delete(self, key: Key, vibe_id: str) -> bool:
        """Forget a vibe, and its bytes where nothing else needs them."""
        async with self._database.write() as connection:
            found = await repository.by_id(connection, vibe_id, key.owner_id, _own(key))
            if found is None:
                return False
            await repository.remove(connection, vibe_id)
            unused = await images.unused(connection, [found.sha256, found.source])
        for sha256 in unused:
            await self._blobs.delete_picture(sha256)
        return True

    async def _encoding(self, vibe: StoredVibe) -> VibeEncoding:
        return VibeEncoding(
            model=vibe.model,
            encoding=await self._blobs.picture(vibe.sha256),
            info_extracted=vibe.info_extracted,
        )


def _own(key: Key) -> str | None:
    return None if "admin" in key.limits.scopes else key.id
