"""An account's V5 allowance has a rate at which it refills, and a part that was bought."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Go from the schema before to this one; both are filled when the balance is asked for."""
    with op.batch_alter_table("accounts") as table:
        table.add_column(sa.Column("usage_seconds", sa.Double(), nullable=True))
        table.add_column(sa.Column("usage_purchased", sa.Double(), nullable=True))
