"""Pictures that were put together here tell what NovelAI sent."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Go from the schema before to this one."""
    op.add_column("images", sa.Column("received", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_images_received"), "images", ["received"])
