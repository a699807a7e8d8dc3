"""Which runs the schedule asked for lately: asked at each of them, of a history that grows by hundreds a day."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

SCHEDULED = sa.text("asked_by = 'schedule'")


def upgrade() -> None:
    columns = ["connection_id", "asked_at"]
    op.create_index("task_scheduled", "task", columns, sqlite_where=SCHEDULED, postgresql_where=SCHEDULED)
