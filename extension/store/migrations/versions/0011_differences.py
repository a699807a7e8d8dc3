"""What a person says of two totals that differ is said of exactly these two."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("decision", sa.Column("about", sa.Text, nullable=True))
