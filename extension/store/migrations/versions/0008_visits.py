"""A task that is performed inside a longer one of the same connection, under the lease that this one holds."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("task", sa.Column("host", KEY, nullable=True))
    op.drop_index("task_working", "task")
    alone = sa.text("state = 'working' AND host IS NULL")
    op.create_index("task_working", "task", ["connection_id"], unique=True, sqlite_where=alone, postgresql_where=alone)
