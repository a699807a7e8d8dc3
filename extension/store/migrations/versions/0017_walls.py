"""A second wall between connections: on PostgreSQL the database hides every row that is not of the connection served.

The setting is read once in a statement, not for each row; a CASE, because the planner guesses a half of it, where a
comparison with an unknown number would make every table look empty. Forced, because the tables belong to us.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

WHOSE = "(SELECT current_setting('app.connection_id')::bigint)"


def upgrade() -> None:
    bind = op.get_bind()
    if bind.dialect.name != "postgresql":
        return
    tables = sa.inspect(bind)
    for table in sorted(tables.get_table_names()):
        names = {column["name"] for column in tables.get_columns(table)}
        if table == "connection":
            wall(table, "pk")
        elif "connection_id" in names:
            wall(table, "connection_id")


def wall(table: str, column: str) -> None:
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    op.execute(
        f'CREATE POLICY wall ON "{table}" USING (CASE {WHOSE} WHEN 0 THEN true WHEN {column} THEN true ELSE false END)'
    )
