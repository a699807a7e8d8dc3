"""Entries by their run, whoever's it is: each run that was forgotten read the entries of all connections through, as
the foreign key asks for them by the run alone."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.drop_index("entry_run", "entry")
    op.create_index("entry_run", "entry", ["run_pk", "connection_id", "pk"])
