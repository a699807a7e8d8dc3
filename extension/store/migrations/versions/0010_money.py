"""Which documents may change without their modified time moving, when they were read again, and who took whose place.

What was read before counts from the next look at it; approved sales invoices of Xero are known by their status.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("feed", sa.Column("roused", sa.BigInteger(), nullable=True))
    op.add_column("record", sa.Column("restless", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("record", sa.Column("successor", NAME, nullable=True))
    restless = sa.text("restless")
    columns = ["connection_id", "side", "feed", "remote"]
    op.create_index("record_restless", "record", columns, sqlite_where=restless, postgresql_where=restless)
    record = sa.table(
        "record", *(sa.column(name) for name in ("side", "feed", "fields")), sa.column("restless", sa.Boolean())
    )
    open_ = record.c.fields.contains('"status":"AUTHORISED"')
    op.execute(
        record.update().where(record.c.side == "xero", record.c.feed == "Invoices", open_).values(restless=sa.true())
    )
