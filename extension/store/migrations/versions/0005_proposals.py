"""Pairs that may belong together, for a person to decide about, and records found by their title."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def need(name: str, type_: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False)


def upgrade() -> None:
    op.create_table(
        "proposal",
        sa.Column("pk", KEY, primary_key=True),
        sa.Column("connection_id", KEY, sa.ForeignKey("connection.pk", ondelete="CASCADE"), nullable=False),
        need("entity", NAME),
        need("zoho_id", NAME),
        need("xero_id", NAME),
        need("score", sa.Integer()),
        need("rank", sa.Integer()),
        need("sure", sa.Boolean()),
        need("reasons", sa.Text()),
        need("words", NAME),
        need("apart", sa.Boolean()),
        sqlite_autoincrement=True,
    )
    one = ("connection_id", "entity", "zoho_id", "xero_id")
    op.create_index("proposal_one", "proposal", one, unique=True)
    op.create_index("proposal_rank", "proposal", ("connection_id", "apart", "rank", "pk"))
    op.create_index("proposal_entity", "proposal", ("connection_id", "apart", "entity", "rank", "pk"))
    named = sa.text("twin IS NOT NULL")
    twin = ("connection_id", "entity", "twin")
    op.create_index("decision_twin", "decision", twin, sqlite_where=named, postgresql_where=named)
    op.create_index("record_title", "record", ("connection_id", "entity", "side", "title"))
