"""What a service said of its day, and why a connection runs less often than its schedule wishes."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("bucket", sa.Column("day_told", sa.BigInteger(), nullable=True))
    op.add_column("bucket", sa.Column("rolling", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("connection", sa.Column("stretched", sa.Text(), nullable=True))
