"""How many calls of our own a day saw: a service says what is left, and counts other programs as well."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("bucket", sa.Column("day_used", sa.Integer(), nullable=False, server_default="0"))
