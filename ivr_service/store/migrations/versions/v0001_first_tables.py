"""The first tables."""

import sqlalchemy as sa
from alembic import op

from ivr_service.store.tables import Moment

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the one row of quota_lock."""
    _create_calls()
    _create_dials()
    lock = op.create_table(
        "quota_lock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_quota_lock"),
    )
    op.bulk_insert(lock, [{"id": 1}])
    _create_pins()
    op.create_table(
        "speed_dials",
        sa.Column("mailbox", sa.String(65), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("set_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", "slot", name="pk_speed_dials"),
    )


def downgrade() -> None:
    """Remove everything."""
    for name in ("speed_dials", "pin_failures", "pins", "quota_lock", "dials", "calls"):
        op.drop_table(name)


def _create_calls() -> None:
    op.create_table(
        "calls",
        sa.Column("call_id", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("mailbox", sa.String(65), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("phone", sa.String(128), nullable=False),
        sa.Column("extension", sa.String(128), nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("touched_at", Moment(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("state_json", sa.Text(), nullable=False),
        sa.Column("reply_json", sa.Text(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("call_id", name="pk_calls"),
    )
    op.create_index("ix_calls_touched_at", "calls", ["touched_at"])


def _create_dials() -> None:
    op.create_table(
        "dials",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("call_id", sa.String(32), nullable=False),
        sa.Column("mailbox", sa.String(65), nullable=False),
        sa.Column("number", sa.String(128), nullable=False),
        sa.Column("number_class", sa.String(16), nullable=True),
        sa.Column("caller_id", sa.String(32), nullable=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("origin", sa.String(16), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(32), nullable=True),
        sa.Column("grant_id", sa.String(64), nullable=True),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.Column("outcome", sa.String(16), nullable=True),
        sa.Column("answered_s", sa.Integer(), nullable=True),
        sa.Column("hangup_cause", sa.Integer(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_dials"),
        sa.UniqueConstraint("grant_id", name="uq_dials_grant_id"),
    )
    op.create_index("ix_dials_call_id", "dials", ["call_id"])
    op.create_index("ix_dials_decided_at", "dials", ["decided_at"])
    op.create_index("ix_dials_mailbox_dials_decided_at", "dials", ["mailbox", "decided_at"])
    op.create_index("ix_dials_outcome_dials_expires_at", "dials", ["outcome", "expires_at"])


def _create_pins() -> None:
    op.create_table(
        "pins",
        sa.Column("mailbox", sa.String(65), nullable=False),
        sa.Column("hash", sa.String(255), nullable=False),
        sa.Column("set_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name="pk_pins"),
    )
    op.create_table(
        "pin_failures",
        sa.Column("mailbox", sa.String(65), nullable=False),
        sa.Column("in_a_row", sa.Integer(), nullable=False),
        sa.Column("last_failed_at", Moment(), nullable=True),
        sa.Column("locked_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("mailbox", name="pk_pin_failures"),
    )
