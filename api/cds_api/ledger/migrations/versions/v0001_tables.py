"""The first tables of the ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ENTRY = (
    "time",
    "caller",
    "route",
    "hook_instance",
    "parameters",
    "rulebooks",
    "engine",
    "input_digest",
    "input_kept",
    "input_kept_digest",
    "answer_digest",
    "answer_type",
    "answer_kept_digest",
    "salt",
)
FEEDBACK = (
    "time",
    "caller",
    "entry",
    "card",
    "service",
    "rule",
    "outcome",
    "outcome_time",
    "reason",
    "salt",
)


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "chains",
        sa.Column("chain", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("started", sa.Text, nullable=False),
        sa.Column("writer", sa.Text, nullable=False),
        sa.Column("engine", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    for name, content, blobs in (("entries", ENTRY, ("input", "answer")), ("feedback", FEEDBACK, ())):
        op.create_table(
            name,
            sa.Column("chain", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("sequence", sa.Integer, primary_key=True, autoincrement=False),
            sa.Column("id", sa.Text, nullable=False),
            sa.Column("digest", sa.Text, nullable=False),
            sa.Column("link", sa.Text, nullable=False),
            *(sa.Column(column, sa.Text) for column in content),
            *(sa.Column(column, sa.LargeBinary) for column in blobs),
            sa.UniqueConstraint("id", name=f"{name}_id"),
        )
    op.create_index("feedback_entry", "feedback", ["entry"])
    op.create_table(
        "rulebooks",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "checkpoints",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
        sa.Column("public_key", sa.Text, nullable=False),
    )
    op.create_table(
        "coverage",
        sa.Column("chain", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("length", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("checkpoint", sa.Integer, nullable=False),
    )
    op.create_table(
        "cards",
        sa.Column("card", sa.Text, primary_key=True),
        sa.Column("entry", sa.Text, primary_key=True),
    )
