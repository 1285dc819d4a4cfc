"""Pictures that were handed in ahead of a job, by the sha256 of their bytes."""

from dataclasses import dataclass

import anyio.to_thread
from sqlalchemy import case, func, select
from sqlalchemy.dialects import postgresql, sqlite

from novelai.server.model.key import Key
from novelai.server.model.problems import ProblemError
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.clock import Clock
from novelai.server.storage.engine import Database
from novelai.server.storage.image_info import ImageInfo, read_image_info
from novelai.server.storage.tables import keys, uploads

__all__ = ["NO_QUOTA", "Upload", "UploadQuota", "UploadService"]


MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadQuota:
    """Bytes that may be there at once; 0 is without limit."""

    key: int = 0
    owner: int = 0


NO_QUOTA = UploadQuota()


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A picture that was handed in."""

    sha256: str
    size: int
    seen: ImageInfo


class UploadService:
    """Keeps what callers hand in until it is used or expires.

    Args:
        database: where it is listed.
        blobs: where the bytes are.
        clock: what time it is.
        pixel_limit: the most pixels a picture may have.
        quota: bytes of each key and owner.
    """

    def __init__(
        self,
        database: Database,
        blobs: Blobs,
        clock: Clock,
        *,
        pixel_limit: int,
        quota: UploadQuota = NO_QUOTA,
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._clock = clock
        self.pixel_limit = pixel_limit
        self._quota = quota

    async def add(self, key: Key, data: bytes) -> Upload:
        """Take a picture.

        Raises:
            ProblemError: 422; it is no picture, or too large. 413; there are too many already.
        """
        seen = await anyio.to_thread.run_sync(
            lambda: read_image_info(data, pixel_limit=self.pixel_limit, field="picture")
        )
        await self._check_quota(key, len(data))
        sha256 = await self._blobs.put_handed_in(data)
        async with self._database.write() as connection:
            insert = postgresql.insert if not self._database.is_sqlite else sqlite.insert
            now = await self._clock.now(connection)
            values = {
                "key_id": key.id,
                "sha256": sha256,
                "media_type": seen.media_type,
                "bytes": len(data),
                "width": seen.width,
                "height": seen.height,
                "used_at": now,
            }
            await connection.execute(
                insert(uploads)
                .values(values)
                .on_conflict_do_update(index_elements=["key_id", "sha256"], set_={"used_at": now})
            )
        return Upload(sha256=sha256, size=len(data), seen=seen)

    async def _check_quota(self, key: Key, size: int) -> None:
        """Go on only if there is room for so many bytes more.

        It is looked at before they are kept: several at once may go over it by themselves, once.
        """
        mine = func.sum(case((uploads.c.key_id == key.id, uploads.c.bytes), else_=0))
        query = (
            select(mine, func.sum(uploads.c.bytes))
            .join(keys, keys.c.id == uploads.c.key_id)
            .where(keys.c.owner_id == key.owner_id)
        )
        async with self._database.look() as connection:
            of_key, of_owner = (await connection.execute(query)).one()
        for whose, held, most in (
            ("This key", of_key, self._quota.key),
            ("The keys of this owner", of_owner, self._quota.owner),
        ):
            if most and (held or 0) + size > most:
                raise ProblemError(
                    413,
                    "upload_quota",
                    f"{whose} may have {most // MIB:,} MiB of pictures handed in, and "
                    f"{(held or 0) // MIB:,} MiB are there. Those that are not used go by "
                    "themselves after some days. Nothing was kept, sent or charged.",
                )

    async def read(self, key: Key, sha256: str) -> tuple[bytes, str] | None:
        """Return the bytes and media type of a picture this key handed in, or ``None``."""
        async with self._database.write() as connection:
            now = await self._clock.now(connection)
            mine = (uploads.c.key_id == key.id) & (uploads.c.sha256 == sha256)
            found = await connection.execute(select(uploads.c.media_type).where(mine))
            media_type = found.scalar_one_or_none()
            if media_type is None:
                return None
            await connection.execute(uploads.update().where(mine).values(used_at=now))
        return await self._blobs.image(sha256), media_type
