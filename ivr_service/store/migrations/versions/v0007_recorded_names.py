"""Speed dials that were made by telephone: what their owner calls them is a recording."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column. The slots of before have a written name."""
    op.add_column("speed_dials", sa.Column("recording", sa.String(48)))


def downgrade() -> None:
    """Drop the column, and the slots that have no written name: the version before cannot say them."""
    op.execute("DELETE FROM speed_dials WHERE name = ''")
    op.drop_column("speed_dials", "recording")
