"""When the calls of a minute come back one by one, and which calls are under way."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    for name in ("coming", "flights"):
        op.add_column("bucket", sa.Column(name, sa.Text(), nullable=False, server_default="[]"))
