"""Which call was recorded to which file, and when its called side had been told."""

import sqlalchemy as sa
from alembic import op

from ivr_service.store.tables import Moment

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("dials", sa.Column("recording", sa.String(48)))
    op.add_column("dials", sa.Column("announced_at", Moment()))


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("dials", "announced_at")
    op.drop_column("dials", "recording")
