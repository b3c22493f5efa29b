"""Numbers that may not be called any more."""

import sqlalchemy as sa
from alembic import op

from ivr_service.store.tables import Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "blocked_numbers",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("mailbox", sa.String(65), nullable=False),
        sa.Column("blocked_by", sa.String(65), nullable=False),
        sa.Column("call_id", sa.String(32), nullable=False),
        sa.Column("blocked_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("number", "mailbox", name="pk_blocked_numbers"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("blocked_numbers")
