"""How many jobs of a key wait is counted by an index, however many there are."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Go from the schema before to this one."""
    op.create_index("ix_jobs_key_state", "jobs", ["key_id", "state"])
