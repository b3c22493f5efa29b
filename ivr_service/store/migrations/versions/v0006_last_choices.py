"""What each mailbox chose for its last call."""

import sqlalchemy as sa
from alembic import op

from ivr_service.store.tables import Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "last_choices",
        sa.Column("mailbox", sa.String(65), nullable=False),
        sa.Column("caller_id", sa.String(32), nullable=False),
        sa.Column("options_json", sa.Text(), nullable=False),
        sa.Column("chosen_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name="pk_last_choices"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("last_choices")
