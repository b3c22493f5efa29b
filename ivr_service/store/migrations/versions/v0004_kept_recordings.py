"""What became of each recording, and whether notice was given."""

import sqlalchemy as sa
from alembic import op

from ivr_service.store.tables import Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. All recordings of before were with notice; nobody has looked for their files."""
    op.add_column("dials", sa.Column("recording_state", sa.String(16)))
    op.add_column("dials", sa.Column("has_notice", sa.Boolean()))
    op.add_column("dials", sa.Column("recording_deleted_at", Moment()))
    op.execute(
        "UPDATE dials SET recording_state = 'recording', has_notice = true WHERE recording IS NOT NULL"
    )


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("dials", "recording_deleted_at")
    op.drop_column("dials", "has_notice")
    op.drop_column("dials", "recording_state")
