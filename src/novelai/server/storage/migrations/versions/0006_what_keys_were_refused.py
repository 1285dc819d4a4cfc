"""Keys can bring orders inside what is free, and what they were refused lately is kept."""

# pyright: reportUnknownArgumentType=false

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Go from the schema before to this one; keys stay as they were."""
    fitting = sa.Column("fit_free", sa.Boolean(), server_default=sa.false(), nullable=False)
    op.add_column("keys", fitting)
    op.create_table(
        "refusals",
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=40), nullable=False),
        sa.Column("request", sa.String(length=200), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("sentence", sa.String(length=500), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"], ["keys.id"], name=op.f("fk_refusals_key_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_id", "digest", name=op.f("pk_refusals")),
    )
    op.create_index("ix_refusals_key", "refusals", ["key_id", "at"])
