"""What a caller asks for in JSON, as checked parameters with their pictures."""

from collections.abc import Collection, Mapping
from typing import Any, cast

from pydantic import ValidationError

from novelai.errors import InvalidParamsError
from novelai.server.images import repository as images
from novelai.server.jobs import repository
from novelai.server.jobs.request_pictures import with_images
from novelai.server.model.job import visible_to
from novelai.server.model.key import Key, default_model
from novelai.server.model.params import READERS, JobKind, JobParams, references
from novelai.server.storage.blobs import Blobs
from novelai.server.storage.engine import Database
from novelai.server.storage.image_info import unsupported_image
from novelai.server.uploads.service import UploadService
from novelai.server.vibes.service import VibeService
from novelai.types.base import problems_of

__all__ = ["ParamsService", "check_params"]

MODELLED = frozenset({"generate", "encode_vibe"})
"""Kinds of jobs whose model is chosen."""


class ParamsService:
    """Reads orders.

    Args:
        database: where uploads and pictures are listed.
        blobs: where their bytes are.
        uploads: what was handed in before.
        vibes: encodings that were paid for.
    """

    def __init__(
        self, database: Database, blobs: Blobs, uploads: UploadService, vibes: VibeService
    ) -> None:
        self._database = database
        self._blobs = blobs
        self._uploads = uploads
        self._vibes = vibes

    async def read(
        self,
        key: Key,
        kind: JobKind,
        params: Mapping[str, Any],
        *,
        own: Collection[str] = (),
    ) -> JobParams:
        """Check parameters that came as JSON.

        Args:
            key: of the caller, who may name its own uploads, pictures and vibes.
            kind: what they are for.
            params: as the models of `novelai.types` name them; for pictures see `with_pictures`.
            own: sha256 of what the job has already that is changed: it may be named so.

        Raises:
            ProblemError: 422; a picture cannot be read.
            InvalidParamsError: a value is wrong; all findings are named.
        """
        return check_params(key, kind, await self.with_bytes(key, params, own))

    async def change(
        self, key: Key, kind: JobKind, fields: Mapping[str, Any], changes: Mapping[str, Any]
    ) -> JobParams:
        """Parameters that are here already, with changes that came as JSON.

        Args:
            key: of the caller.
            kind: what they are for.
            fields: the parameters.
            changes: by name; ``None`` takes one away.

        Raises:
            ProblemError: 422; a picture cannot be read.
            InvalidParamsError: a value is wrong.
        """
        given = await self.with_bytes(key, {n: v for n, v in changes.items() if v is not None})
        kept = {name: value for name, value in fields.items() if name not in changes}
        return check_params(key, kind, kept | given)

    async def with_bytes(
        self, key: Key, params: Mapping[str, Any], own: Collection[str] = ()
    ) -> dict[str, Any]:
        """Return parameters that came as JSON with bytes in place of pictures, and vibes by name.

        Args:
            key: of the caller.
            params: the JSON.
            own: sha256 of what may be named so.

        Raises:
            ProblemError: 422; a picture cannot be read.
        """

        async def resolve(form: str, name: str, field: str) -> bytes:
            if form == "sha256" and name in own:
                return await self._blobs.image(name)
            return await self._resolve_name(key, form, name, field)

        limit = self._uploads.pixel_limit
        full = await with_images(dict(params), named=resolve, pixel_limit=limit)
        return await self._with_vibes(key, full)

    async def _resolve_name(self, key: Key, form: str, name: str, field: str) -> bytes:
        if form in {"upload", "sha256"}:
            found = await self._uploads.read(key, name)
            if found is None:
                raise unsupported_image(field, "names an upload that is not here; hand it in again")
            return found[0]
        if form == "job":
            return await self._read_of_job(key, name, field)
        own = None if "admin" in key.limits.scopes else key.id
        async with self._database.read() as connection:
            pictures = await images.by_ids(connection, key.owner_id, [name], own)
        if not pictures:
            raise unsupported_image(field, "names a picture that is not in the gallery")
        return await self._blobs.image(pictures[0].sha256)

    async def _read_of_job(self, key: Key, name: str, field: str) -> bytes:
        """Return a picture that a job was given: who sees the job may order with it again."""
        job_id, _, sha256 = name.partition("/")
        async with self._database.read() as connection:
            job = visible_to(key, await repository.by_id(connection, job_id))
        if job is None or sha256 not in references(job.params):
            raise unsupported_image(field, "names a picture of a job that is not here")
        return await self._blobs.image(sha256)

    async def _with_vibes(self, key: Key, params: dict[str, Any]) -> dict[str, Any]:
        given = params.get("vibes")
        if not isinstance(given, list):
            return params
        vibes: list[Any] = []
        for index, vibe in enumerate(cast("list[Any]", given)):
            if not isinstance(vibe, Mapping) or "vibe" not in vibe:
                vibes.append(vibe)
                continue
            members = dict(cast("Mapping[str, Any]", vibe))
            encoding = await self._vibes.encoding(key, str(members.pop("vibe")))
            if encoding is None:
                raise unsupported_image(f"vibes.{index}", "names a vibe that is not here")
            # Burnt into the encoding, so whatever the caller says of it does not count.
            members["info_extracted"] = max(encoding.info_extracted or 0.01, 0.01)
            vibes.append(members | {"encodings": [encoding.model_dump()]})
        return params | {"vibes": vibes}


def check_params(key: Key, kind: JobKind, fields: Mapping[str, Any]) -> JobParams:
    """Check parameters whose pictures are bytes; without a model they get the key's.

    Raises:
        InvalidParamsError: a value is wrong; all findings are named.
    """
    if kind in MODELLED and fields.get("model") is None:
        fields = {**fields, "model": default_model(key)}
    try:
        return READERS[kind].validate_python(fields)
    except ValidationError as error:
        raise InvalidParamsError(problems_of(error)) from None
