"""Jobs tell which vibe they encode, so that no two of an owner pay for the same."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Go from the schema before to this one."""
    op.add_column("jobs", sa.Column("encoding", sa.String(length=200), nullable=True))
