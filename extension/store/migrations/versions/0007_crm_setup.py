"""What the set-up made in a CRM, so that it alone can be taken away again."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def need(name: str, type_: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False)


def upgrade() -> None:
    op.create_table(
        "crm_made",
        sa.Column("pk", KEY, primary_key=True),
        sa.Column("connection_id", KEY, sa.ForeignKey("connection.pk", ondelete="CASCADE"), nullable=False),
        need("module", NAME),
        need("kind", NAME),
        need("label", NAME),
        need("layout", NAME),
        need("remote", NAME),
        need("placed", sa.Boolean()),
        sqlite_autoincrement=True,
    )
    one = ("connection_id", "module", "kind", "layout", "label")
    op.create_index("crm_made_one", "crm_made", one, unique=True)
