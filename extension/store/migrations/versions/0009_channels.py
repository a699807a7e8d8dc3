"""Channels by which a CRM tells us that something changed."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()


def need(name: str, type_: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False)


def upgrade() -> None:
    op.create_table(
        "channel",
        sa.Column("pk", KEY, primary_key=True),
        sa.Column("connection_id", KEY, sa.ForeignKey("connection.pk", ondelete="CASCADE"), nullable=False),
        need("remote", NAME),
        need("token_hash", NAME),
        need("url", NAME),
        need("modules", NAME),
        need("expires_at", MOMENT),
        need("open", sa.Boolean()),
        sa.Column("heard_at", MOMENT),
        need("problem", NAME),
        sqlite_autoincrement=True,
    )
    op.create_index("channel_one", "channel", ["remote"], unique=True)
    op.create_index("channel_mine", "channel", ["connection_id"])
