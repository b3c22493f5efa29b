"""When a number was last called is looked up by the number."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("ix_dials_number_dials_decided_at", "dials", ["number", "decided_at"])


def downgrade() -> None:
    """Drop the index."""
    op.drop_index("ix_dials_number_dials_decided_at", "dials")
