"""The tables behind the portal: what people asked for, what a plan showed them, letters, and the installation's own.

A task is somebody's or the schedule's wish that a run be made, and outlives the process that serves it. `service`,
`installation` and `installation_event` belong to the installation, everything else to one connection.
"""

from __future__ import annotations

import sqlalchemy as sa

from extension.store.columns import Document, Key, Moment, Name
from extension.store.tables import flag, metadata, number, primary_key, tenant, text, where

# ------------------------------------------------------------------ runs that are wished for

task = sa.Table(
    "task",
    metadata,
    primary_key(),
    tenant(),
    text("kind"),
    sa.Column("scope", Document, nullable=False),
    text("asked_by"),
    sa.Column("asked_at", Moment, nullable=False),
    flag("email"),
    text("state"),
    text("wish"),
    sa.Column("place", sa.BigInteger, nullable=False),  # in the queue: whoever makes room goes to the back
    sa.Column("owner", Name),  # who works on it
    sa.Column("host", Key),  # the task inside which it is performed
    sa.Column("not_before", Moment),
    sa.Column("started_at", Moment),
    sa.Column("ended_at", Moment),
    sa.Column("beat_at", Moment),
    sa.Column("run", Key),  # no foreign key: history is pruned, the task tells of it all the same
    sa.Column("progress", Document, nullable=False),
    sa.Column("result", Document, nullable=False),
    sa.Index("task_latest", "connection_id", "kind", "pk"),
    sa.Index("task_open", "state", "pk", **where("state IN ('waiting', 'working', 'paused')")),
    sa.Index("task_place", "place", **where("state IN ('waiting', 'working', 'paused')")),
    sa.Index("task_mine", "connection_id", "pk"),
    sa.Index("task_scheduled", "connection_id", "asked_at", **where("asked_by = 'schedule'")),
    sa.Index("task_working", "connection_id", unique=True, **where("state = 'working' AND host IS NULL")),
    sqlite_autoincrement=True,
)

preview = sa.Table(
    "preview",
    metadata,
    primary_key(),
    tenant(),
    sa.Column("task_pk", Key, sa.ForeignKey("task.pk", ondelete="CASCADE"), nullable=False, index=True),
    number("number"),
    text("part"),
    text("kind"),
    text("entity"),
    sa.Column("side", Name),
    text("title"),
    sa.Column("zoho_id", Name),
    sa.Column("xero_id", Name),
    text("digest"),
    text("words"),  # title and ids, case-folded: what a search looks through
    sa.Column("detail", Document, nullable=False),
    sa.Index("preview_one", "connection_id", "task_pk", "number", unique=True),
    sa.Index("preview_part", "connection_id", "task_pk", "part", "number"),
    sa.Index("preview_kind", "connection_id", "task_pk", "part", "kind", "number"),
    sa.Index("preview_entity", "connection_id", "task_pk", "part", "entity", "number"),
)

preview_count = sa.Table(
    "preview_count",
    metadata,
    primary_key(),
    tenant(),
    sa.Column("task_pk", Key, sa.ForeignKey("task.pk", ondelete="CASCADE"), nullable=False, index=True),
    text("entity"),
    text("kind"),
    number("n"),
    sa.Index("preview_count_one", "connection_id", "task_pk", "entity", "kind", unique=True),
)

# ------------------------------------------------------------------ letters

mail = sa.Table(
    "mail",
    metadata,
    primary_key(),
    sa.Column("connection_id", Key, sa.ForeignKey("connection.pk", ondelete="CASCADE")),  # None: the installation's
    text("addressee"),
    text("subject"),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("html", sa.Text, nullable=False),
    text("key"),  # what it tells of: put twice, kept once
    sa.Column("made_at", Moment, nullable=False),
    sa.Column("next_try", Moment),
    number("tries"),
    text("state"),
    text("problem"),
    sa.Index("mail_one", "connection_id", "key", unique=True, **where("connection_id IS NOT NULL")),
    sa.Index("mail_one_of_all", "key", unique=True, **where("connection_id IS NULL")),
    sa.Index("mail_due", "next_try", **where("state = 'waiting'")),
    sa.Index("mail_latest", "connection_id", "pk"),
    sqlite_autoincrement=True,
)

# ------------------------------------------------------------------ numbers that pages show

tally = sa.Table(
    "tally",
    metadata,
    primary_key(),
    tenant(),
    sa.Column("at", Moment, nullable=False),  # the quarter of an hour: every zone's days are made of these
    text("outcome"),
    number("n"),
    sa.Index("tally_one", "connection_id", "at", "outcome", unique=True),
)

money = sa.Table(
    "money",
    metadata,
    primary_key(),
    tenant(),
    text("entity"),
    text("side"),
    text("currency"),
    text("status"),
    flag("linked"),
    number("documents"),
    sa.Column("total", sa.Text, nullable=False),  # a decimal, exact in both databases
    sa.Column("at", Moment, nullable=False),
    sa.Index("money_one", "connection_id", "entity", "side", "currency", "status", "linked", unique=True),
)

let_through = sa.Table(
    "let_through",
    metadata,
    primary_key(),
    tenant(),
    text("entity"),
    sa.Index("let_through_one", "connection_id", "entity", unique=True),
)

# ------------------------------------------------------------------ the installation itself

service = sa.Table(
    "service",
    metadata,
    primary_key(),
    sa.Column("side", Name, nullable=False, unique=True),
    text("client_id"),
    sa.Column("secret", sa.Text, nullable=False),  # sealed, bound to the side
    text("data_centre"),
)

installation = sa.Table(
    "installation",
    metadata,
    primary_key(),
    sa.Column("key", Name, nullable=False, unique=True),
    sa.Column("value", Document, nullable=False),
)

installation_event = sa.Table(
    "installation_event",
    metadata,
    primary_key(),
    sa.Column("at", Moment, nullable=False),
    text("actor"),
    text("action"),
    text("object"),
    sa.Column("before", Document),
    sa.Column("after", Document),
    sqlite_autoincrement=True,
)
