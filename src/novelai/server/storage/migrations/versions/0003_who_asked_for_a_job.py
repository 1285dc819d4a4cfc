"""What jobs are found by has columns of its own; it was packed into their idempotency keys."""

import re
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"

AT_ONCE = 1_000
DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
JOBS = sa.table(
    "jobs",
    sa.column("seq", sa.BigInteger()),
    sa.column("key_id", sa.String()),
    sa.column("door", sa.String()),
    sa.column("request_id", sa.String()),
    sa.column("dedupe_key", sa.String()),
    sa.column("place", sa.Integer()),
    sa.column("client_data", DOCUMENT),
)

COMFY = re.compile(r"comfy\|([0-9a-f]{16})\|[^|]*\|([^|]*)\|([^|]*)")
LINK = re.compile(r"(link:[0-9a-f]{40}):(\d{1,9})")
OPENAI = re.compile(r"(openai:([^:]*):[^:]*):(\d{1,9})")
NUMBERED = re.compile(r"(.*):(\d{1,9})", re.DOTALL)
FURTHER = re.compile(r"(.*) (\d{1,3})(second)?", re.DOTALL)
SECOND = 1_000
"""Places of jobs that went on with the picture of another one."""

BATCHING = ("a1111", "naifu", "nai2api")
"""APIs that gave a request's key to its first job, and one made from it to the others."""


def upgrade() -> None:
    """Go from the schema before to this one."""
    with op.batch_alter_table("jobs") as table:
        table.drop_constraint("uq_jobs_key_id_idempotency_key", type_="unique")
        table.alter_column(
            "idempotency_key", new_column_name="dedupe_key", existing_type=sa.String(length=200)
        )
        table.add_column(sa.Column("request_id", sa.String(length=200), nullable=True))
        table.add_column(sa.Column("place", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("client_data", DOCUMENT, nullable=True))
    # Made in the same step, the constraint would look for the column's old name and be dropped.
    with op.batch_alter_table("jobs") as table:
        table.create_unique_constraint(
            "uq_jobs_key_id_dedupe_key_place", ["key_id", "dedupe_key", "place"]
        )
    _unpack_all(op.get_bind())
    op.create_index("ix_jobs_request", "jobs", ["key_id", "request_id", "seq"])
    op.create_index(
        "ix_jobs_client", "jobs", ["key_id", sa.text("(client_data ->> 'lookup')"), "seq"]
    )


def _unpack_all(connection: sa.Connection) -> None:
    change = (
        sa.update(JOBS)
        .where(JOBS.c.seq == sa.bindparam("job"))
        .values({name: sa.bindparam(name) for name in ("request_id", "dedupe_key", "place")})
    )
    keep = (
        sa.update(JOBS)
        .where(JOBS.c.seq == sa.bindparam("job"))
        .values(client_data=sa.bindparam("data", type_=DOCUMENT))
    )
    last = 0
    while True:
        rows = connection.execute(
            sa.select(JOBS.c.seq, JOBS.c.key_id, JOBS.c.door, JOBS.c.dedupe_key)
            .where(JOBS.c.seq > last, JOBS.c.dedupe_key.is_not(None))
            .order_by(JOBS.c.seq)
            .limit(AT_ONCE)
        ).all()
        if not rows:
            return
        last = rows[-1].seq
        changes: list[dict[str, Any]] = []
        kept: list[dict[str, Any]] = []
        for row in rows:
            found = _unpack(connection, row.key_id, row.door, row.dedupe_key)
            if found is None:
                continue
            data = found.pop("client_data", None)
            changes.append({"job": row.seq, **found})
            if data is not None:
                kept.append({"job": row.seq, "data": data})
        if changes:
            connection.execute(change, changes)
        if kept:
            connection.execute(keep, kept)


def _unpack(  # noqa: PLR0911 - one for each API
    connection: sa.Connection, key_id: str, door: str, packed: str
) -> dict[str, Any] | None:
    """Return the columns that a packed key stands for; ``None``: it is what a caller sent."""
    if found := COMFY.fullmatch(packed):
        data = {"lookup": f"comfy {found[1]}", "sampler": found[2], "output": found[3]}
        return {**_columns(None, None, 0), "client_data": data}
    if found := LINK.fullmatch(packed) if door == "link" else None:
        return _columns(found[1], found[1], int(found[2]))
    if found := OPENAI.fullmatch(packed) if door == "openai" else None:
        data = {"lookup": f"openai {found[2]}"}
        return {**_columns(found[1], found[1], int(found[3])), "client_data": data}
    if found := NUMBERED.fullmatch(packed) if door in ("openai", "native") else None:
        return _columns(found[1] if door == "openai" else None, found[1], int(found[2]))
    if door == "nai2api" and packed.startswith("nai2api:"):
        found = NUMBERED.fullmatch(packed)
        return found and _columns(None, found[1], int(found[2]))
    if found := FURTHER.fullmatch(packed) if door in BATCHING else None:
        first = sa.select(JOBS.c.seq).where(
            JOBS.c.key_id == key_id, JOBS.c.dedupe_key == found[1], JOBS.c.door == door
        )
        # A caller's own key may look like this.
        if connection.execute(first.limit(1)).first() is not None:
            place = int(found[2]) + (SECOND if found[3] else 0)
            return _columns(None, found[1], place)
    return None


def _columns(request_id: str | None, dedupe_key: str | None, place: int) -> dict[str, Any]:
    return {"request_id": request_id, "dedupe_key": dedupe_key, "place": place}
