"""Jobs tell which vibe they encode, and how often NovelAI failed at them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go from the schema before to this one."""
    op.add_column("jobs", sa.Column("encoding", sa.String(length=200), nullable=True))
    failures = sa.Column("failures", sa.Integer(), server_default="0", nullable=False)
    op.add_column("jobs", failures)
