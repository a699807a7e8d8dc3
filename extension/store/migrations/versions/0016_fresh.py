"""When a connection was last brought in step as a whole: its runs are forgotten one day, and looking through them all
for the last good one of 5,000 connections takes too long to be asked every few seconds."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0013"

SCOPE = "replace(run.scope, ' ', '')"
WHOLE = f"""
    {SCOPE} LIKE '%"record"\\:null%' AND {SCOPE} NOT LIKE '%"records"\\:[[%'
    AND ({SCOPE} LIKE '%"entities"\\:[]%' OR run.trigger = 'schedule')
"""
FILL = f"""
    UPDATE connection SET fresh_at = (
        SELECT max(run.ended_at) FROM run
        WHERE run.connection_id = connection.pk AND run.state = 'done' AND {WHOLE}
    )
"""


def upgrade() -> None:
    op.add_column("connection", sa.Column("fresh_at", sa.BigInteger(), nullable=True))
    op.execute(FILL)
