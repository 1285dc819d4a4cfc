"""All SQL on drafts."""

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from novelai.server.drafts.draft import Draft
from novelai.server.storage.tables import drafts

__all__ = ["of_key", "save"]


async def of_key(connection: AsyncConnection, key_id: str) -> Draft:
    """Return a key's draft; an empty one when nothing was saved yet."""
    query = select(drafts.c.revision, drafts.c.document, drafts.c.updated_at)
    row = (await connection.execute(query.where(drafts.c.key_id == key_id))).one_or_none()
    if row is None:
        return Draft()
    return Draft(revision=row.revision, document=row.document, updated_at=row.updated_at)


async def save(connection: AsyncConnection, key_id: str, draft: Draft) -> bool:
    """Put a draft in the place of the revision before it; ``False`` when that is not there."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    values = {
        "revision": draft.revision,
        "document": draft.document,
        "updated_at": draft.updated_at,
    }
    if draft.revision == 1:
        added = insert(drafts).values(key_id=key_id, **values).on_conflict_do_nothing()
        return (await connection.execute(added)).rowcount == 1
    before = (drafts.c.key_id == key_id) & (drafts.c.revision == draft.revision - 1)
    return (await connection.execute(drafts.update().where(before).values(values))).rowcount == 1
