"""History is searched by title: what a search looks through is folded once, by us, for both databases."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("entry", sa.Column("words", NAME, nullable=False, server_default=""))
    op.execute("UPDATE entry SET words = lower(title)")
