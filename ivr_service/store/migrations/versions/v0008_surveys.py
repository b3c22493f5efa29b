"""Surveys after calls: which dial has one, and what was answered."""

import sqlalchemy as sa
from alembic import op

from ivr_service.store.tables import Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("dials", sa.Column("survey", sa.String(16)))
    op.add_column("dials", sa.Column("surveyed_at", Moment()))
    op.create_table(
        "survey_answers",
        sa.Column("grant_id", sa.String(64), nullable=False),
        sa.Column("question", sa.String(64), nullable=False),
        sa.Column("call_id", sa.String(32), nullable=False),
        sa.Column("mailbox", sa.String(65), nullable=False),
        sa.Column("asked_of", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("answer", sa.String(16), nullable=False),
        sa.Column("recording", sa.String(48)),
        sa.Column("answered_at", Moment(), nullable=False),
        sa.Column("recording_deleted_at", Moment()),
        sa.PrimaryKeyConstraint("grant_id", "question", name="pk_survey_answers"),
    )
    op.create_index("ix_survey_answers_answered_at", "survey_answers", ["answered_at"])


def downgrade() -> None:
    """Drop them; the answers are lost."""
    op.drop_table("survey_answers")
    op.drop_column("dials", "surveyed_at")
    op.drop_column("dials", "survey")
