"""Series: one order of many jobs."""

# Alembic's operations are annotated in part.
# pyright: reportUnknownArgumentType=false

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"


DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Go from the schema before to this one."""
    _create_series()
    jobs = (
        sa.Column("series_id", sa.String(length=40), nullable=True),
        sa.Column("cell", sa.Integer(), nullable=True),
        sa.Column("take", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lane", sa.Integer(), server_default="0", nullable=False),
        sa.Column("after_job", sa.String(length=40), nullable=True),
        sa.Column("after_output", sa.Integer(), nullable=True),
    )
    for column in jobs:
        op.add_column("jobs", column)
    op.create_index("ix_jobs_series", "jobs", ["series_id", "cell", "take"])
    images = (
        sa.Column("series_id", sa.String(length=40), nullable=True),
        sa.Column("cell", sa.Integer(), nullable=True),
        sa.Column("take", sa.Integer(), nullable=True),
    )
    for column in images:
        op.add_column("images", column)
    op.create_index("ix_images_series", "images", ["owner_id", "series_id", "cell"])
    op.add_column(
        "keys", sa.Column("max_series", sa.Integer(), server_default="200", nullable=False)
    )
    # The person at the machine has no limits.
    op.execute("UPDATE keys SET max_series = 1000000 WHERE secret_hash IS NULL")


def _create_series() -> None:
    op.create_table(
        "series",
        sa.Column("seq", SERIAL, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("owner_id", sa.String(length=40), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("door", sa.String(length=20), nullable=False),
        sa.Column("document", DOCUMENT, nullable=False),
        sa.Column("layout", DOCUMENT, nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=True),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("pictures", sa.Integer(), nullable=False),
        sa.Column("anlas_max", sa.Integer(), nullable=False),
        sa.Column("allowance", sa.Integer(), nullable=False),
        sa.Column("on_failure", sa.String(length=8), nullable=False),
        sa.Column("hold", sa.String(length=8), nullable=True),
        sa.Column("held_at", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("resume_anlas", sa.Integer(), nullable=True),
        sa.Column("counted_from", sa.Double(), nullable=False),
        sa.Column("cancelled_at", sa.Double(), nullable=True),
        sa.Column("webhook", sa.String(length=2000), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("anlas", sa.Integer(), nullable=True),
        sa.Column("sheet", sa.String(length=8), nullable=True),
        sa.Column("sheet_image_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["key_id"], ["keys.id"], name=op.f("fk_series_key_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["owners.id"], name=op.f("fk_series_owner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_series")),
        sa.UniqueConstraint("id", name=op.f("uq_series_id")),
        sa.UniqueConstraint(
            "key_id", "idempotency_key", name=op.f("uq_series_key_id_idempotency_key")
        ),
    )
    op.create_index("ix_series_owner", "series", ["owner_id", "seq"])
    op.create_index("ix_series_key", "series", ["key_id", "created_at"])
    for name, column, where in (
        ("ix_series_open", "key_id", "finished_at IS NULL"),
        ("ix_series_sheet", "sheet", "sheet = 'due'"),
    ):
        op.create_index(
            name,
            "series",
            [column],
            sqlite_where=sa.text(where),
            postgresql_where=sa.text(where),
        )
