"""Looking at, naming, taking and deleting encoded vibes."""

from collections.abc import Iterator, Sequence

import anyio.to_thread

from novelai.catalogue import base_model, known_model
from novelai.server.images import repository as images
from novelai.server.model.artifact import EncodingKey
from novelai.server.model.key import Key
from novelai.server.model.vibe import StoredVibe
from novelai.server.storage.blobs import BlobMissingError, Blobs
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.server.storage.image_info import read_image_info
from novelai.server.vibes import repository
from novelai.types.vibe import Vibe, VibeEncoding
from novelai.vibes import read_vibes

__all__ = ["VibeService"]


class VibeService:
    """Vibes that a key may see: its own, with scope ``admin`` all of its owner's.

    Args:
        database: where they are listed.
        blobs: where encodings and pictures are.
        clock: what time it is.
        pixel_limit: the most pixels a picture may have.
    """

    def __init__(self, database: Database, blobs: Blobs, clock: Clock, *, pixel_limit: int) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self._pixel_limit = pixel_limit

    async def list(self, key: Key) -> list[StoredVibe]:
        """Newest first."""
        async with self._database.read() as connection:
            return await repository.find(connection, key.owner_id, _own(key))

    async def read(self, key: Key, vibe_id: str) -> StoredVibe | None:
        """Return a vibe, if this key may see it."""
        async with self._database.read() as connection:
            return await repository.by_id(connection, vibe_id, key.owner_id, _own(key))

    async def encoding(self, key: Key, vibe_id: str) -> VibeEncoding | None:
        """Return the encoding of a vibe, if this key may see it."""
        found = await self.read(key, vibe_id)
        return None if found is None else await self._encoding(found)

    async def take(self, key: Key, data: bytes) -> Sequence[StoredVibe]:
        """Keep the encodings of a vibe file, which somebody paid for already.

        Those without their picture, or for a model that is not known, are left out. An encoding
        that is here already stays.

        Args:
            key: whose they become.
            data: the contents of the file.

        Returns:
            all of the owner's for the pictures in the file.

        Raises:
            InvalidParamsError: it is no vibe file.
            ProblemError: 422; a picture in it is none.
        """
        taken: list[StoredVibe] = []
        for vibe in await anyio.to_thread.run_sync(read_vibes, data):
            image = vibe.image
            if not isinstance(image, bytes):
                continue
            await anyio.to_thread.run_sync(
                lambda image=image: read_image_info(image, pixel_limit=self._pixel_limit)
            )
            source = await self._blobs.put_handed_in(image)
            name = "".join(letter for letter in vibe.name or "" if letter.isprintable())
            for one in _usable(vibe):
                wanted = EncodingKey(
                    source=source,
                    model=base_model(one.model),
                    info_extracted=max(one.info_extracted or 0.01, 0.01),
                )
                sha256 = await self._blobs.put_handed_in(one.encoding)
                async with self._database.write() as connection:
                    now = await self._clock.now(connection)
                    await repository.add(connection, key, wanted, sha256=sha256, name=name, now=now)
                    found = await repository.find_encoding(connection, key.owner_id, wanted)
                taken += [found] if found is not None else []
        return taken

    async def file(self, key: Key, vibe_id: str) -> Vibe | None:
        """Get a vibe with its picture, where that is still here, as `novelai.vibes` writes it."""
        found = await self.read(key, vibe_id)
        if found is None:
            return None
        return Vibe(
            image=await self.image(found),
            encodings=(await self._encoding(found),),
            info_extracted=found.info_extracted,
            name=found.name,
        )

    async def image(self, vibe: StoredVibe) -> bytes | None:
        """Return the picture that was encoded, if it is still here."""
        try:
            return await self._blobs.image(vibe.source)
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
            unused = await images.find_unused(connection, [found.sha256, found.source])
        for sha256 in unused:
            await self._blobs.delete_image(sha256)
        return True

    async def _encoding(self, vibe: StoredVibe) -> VibeEncoding:
        return VibeEncoding(
            model=vibe.model,
            encoding=await self._blobs.image(vibe.sha256),
            info_extracted=vibe.info_extracted,
        )


def _usable(vibe: Vibe) -> Iterator[VibeEncoding]:
    return (
        one for one in vibe.encodings if known_model(one.model) and one.info_extracted is not None
    )


def _own(key: Key) -> str | None:
    return None if "admin" in key.limits.scopes else key.id
