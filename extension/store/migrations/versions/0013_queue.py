"""A task's place in the queue: one that made room for others goes to the back, whatever its number.

The tables of the queue's engine are no matter of these migrations (extension/store/queue_schema.py).
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

OPEN = sa.text("state IN ('waiting', 'working', 'paused')")


def upgrade() -> None:
    op.add_column("task", sa.Column("place", sa.BigInteger(), nullable=False, server_default="0"))
    op.execute("UPDATE task SET place = pk")
    op.create_index("task_place", "task", ["place"], sqlite_where=OPEN, postgresql_where=OPEN)
