"""``/api/keys``: who may call, and what they may spend.

An administrator manages the keys of his own owner. Only those of this machine's owner may make a
new owner, whose first key they hand over.
"""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from novelai.server.fields import PathName
from novelai.server.http.context import AdminContext
from novelai.server.http.dependencies import ServerSettings
from novelai.server.keys.schemas import KeyChangeIn, KeyIn, KeyList, KeyMade, KeyView, key_view
from novelai.server.keys.service import LOCAL, LastAdminError
from novelai.server.model.problems import PROBLEMS, ProblemError, not_found
from novelai.server.settings import Settings

__all__ = ["router"]

REVOKED = "Its key was revoked."
"""Why a series of a key halts."""

router: APIRouter = APIRouter(prefix="/api/keys", tags=["keys"], responses=PROBLEMS)


@router.get("")
async def list_keys(context: AdminContext) -> KeyList:
    """List the owner's keys, the revoked ones too, oldest first."""
    return KeyList(
        keys=[key_view(one) for one in await context.services.keys.list(context.key.owner_id)]
    )


@router.post("", status_code=201)
async def create(body: KeyIn, context: AdminContext) -> KeyMade:
    """Make a key. Its secrets are in this answer only.

    With ``owner`` the key belongs to a new owner with accounts, pictures and keys of its own;
    only administrators of this machine's owner may do that.
    """
    owner_id = context.key.owner_id
    if body.owner is not None:
        if context.key.owner_id != LOCAL:
            raise ProblemError(
                403,
                "forbidden",
                "Only an administrator of this server may make owners. Leave “owner” out to make "
                "a key of your own.",
            )
        owner_id = await context.services.keys.create_owner(body.owner)
    key, secret = await context.services.keys.create(owner_id, body.name, body.limits)
    return KeyMade(
        key=key_view(key),
        secret=secret,
        webhook_secret=await context.services.webhooks.secret(key.id),
    )


@router.patch("/{key_id}")
async def change(
    key_id: PathName, body: KeyChangeIn, settings: ServerSettings, context: AdminContext
) -> KeyView:
    """Change a key's limits."""
    try:
        key = await context.services.keys.change(
            context.key.owner_id, key_id, body.apply, keep_admin=_unusable(settings)
        )
    except LastAdminError:
        raise _last_admin() from None
    if key is None:
        raise not_found("key")
    return key_view(key)


@router.delete("/{key_id}")
async def revoke(key_id: PathName, settings: ServerSettings, context: AdminContext) -> KeyView:
    """End a key for good. What it queued still runs, but for its series, which halt."""
    if key_id == LOCAL and context.key.owner_id == LOCAL:
        raise ProblemError(
            409, "conflict", "The key of the person at this machine cannot be revoked."
        )
    try:
        key = await context.services.keys.revoke(
            context.key.owner_id, key_id, keep_admin=_unusable(settings)
        )
    except LastAdminError:
        raise _last_admin() from None
    if key is None:
        raise not_found("key")
    await context.services.series.halt_of_key(key_id, REVOKED)
    return key_view(key)


def _unusable(settings: Settings) -> list[str]:
    """Keys nobody can call with: where all must show one, that of this machine has no secret."""
    return [LOCAL] if settings.needs_keys else []


def _last_admin() -> ProblemError:
    return ProblemError(
        409,
        "conflict",
        "This is the last key that may manage keys. Make another one with scope “admin” first.",
    )


class KeyPath(BaseModel):
    """A secret in front of addresses. It is shown this once.

    Attributes:
        path: what goes between the server's address and the client's own path.
    """

    path: str = Field(repr=False)


@router.post("/{key_id}/path")
async def open_path(key_id: str, context: AdminContext) -> KeyPath:
    """Let a key be shown in addresses, for clients that can send no header.

    It has a secret of its own for that, which ends an earlier one and gives no administrator's
    rights. Addresses get around: prefer a header where the client can send one.
    """
    secret = await context.services.keys.open_path(context.key.owner_id, key_id)
    if secret is None:
        raise not_found("key")
    return KeyPath(path=f"/k/{secret}")


@router.delete("/{key_id}/path", status_code=204)
async def close_path(key_id: str, context: AdminContext) -> None:
    """End the secret that a key has for addresses. The key itself stays valid."""
    if not await context.services.keys.close_path(context.key.owner_id, key_id):
        raise not_found("key")
