"""``/api/keys/{id}/path``: letting a key be shown in addresses, and ending that."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from novelai.server.http.dependencies import Admin, Room
from novelai.server.model.problems import PROBLEMS, not_found

__all__ = ["key_path_router"]

router = APIRouter(prefix="/api/keys", tags=["keys"], responses=PROBLEMS)


class KeyPath(BaseModel):
    """A secret in front of addresses. It is shown this once.

    Attributes:
        path: what goes between the server's address and the client's own path.
    """

    path: str = Field(repr=False)


def key_path_router() -> APIRouter:
    """The routes of secrets in addresses."""
    return router


@router.post("/{key_id}/path")
async def open_path(key_id: str, caller: Admin, room: Room) -> KeyPath:
    """Let a key be shown in addresses, for clients that can send no header.

    It has a secret of its own for that, which ends an earlier one and gives no administrator's
    rights. Addresses get around: prefer a header where the client can send one.
    """
    secret = await room.keys.open_path(caller.owner_id, key_id)
    if secret is None:
        raise not_found("key")
    return KeyPath(path=f"/k/{secret}")


@router.delete("/{key_id}/path", status_code=204)
async def close_path(key_id: str, caller: Admin, room: Room) -> None:
    """End the secret that a key has for addresses. The key itself stays valid."""
    if not await room.keys.close_path(caller.owner_id, key_id):
        raise not_found("key")
