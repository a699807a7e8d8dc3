"""The tables of design section 4 around the synchronisation: connections, who may use them, budgets, signals.

The credential lies apart from the connection, so that no query of settings can bring a token along. States and
session tokens are kept as hashes: whoever reads the database cannot use them.
"""

from __future__ import annotations

import sqlalchemy as sa

from extension.store.columns import Document, Key, Moment, Name
from extension.store.tables import flag, metadata, number, primary_key, tenant, text, where

connection = sa.Table(
    "connection",
    metadata,
    primary_key(),
    text("name"),
    text("zoho_org"),  # empty until the service has said who it is
    text("xero_org"),
    flag("active"),
    sa.Column("settings", Document, nullable=False),
    sa.Column("fetched", Document, nullable=False),
    sa.Column("start_date", Moment),
    sa.Column("next_run_at", Moment),
    sa.Column("stretched", Document),  # why the next runs are further apart than the schedule wishes
    sa.Column("not_before", Moment),
    sa.Column("fresh_at", Moment),  # the end of the last whole run that ended well
    sa.Column("lease_owner", Name),
    sa.Column("lease_until", Moment),
    number("epoch"),
    sa.Index("connection_zoho", "zoho_org", unique=True, **where("active AND zoho_org <> ''")),
    sa.Index("connection_xero", "xero_org", unique=True, **where("active AND xero_org <> ''")),
    sa.Index("connection_due", "next_run_at", **where("active")),
    sqlite_autoincrement=True,
)

credential = sa.Table(
    "credential",
    metadata,
    primary_key(),
    tenant(),
    text("side"),
    sa.Column("secret", sa.Text, nullable=False),  # sealed, bound to connection and side
    number("generation"),
    sa.Column("claimed_until", Moment),
    sa.Column("broken", sa.Text),  # why; None: works
    sa.Index("credential_one", "connection_id", "side", unique=True),
)

audit_event = sa.Table(
    "audit_event",
    metadata,
    primary_key(),
    tenant(),
    sa.Column("at", Moment, nullable=False),
    text("actor"),
    text("action"),
    text("object"),
    sa.Column("before", Document),
    sa.Column("after", Document),
    sa.Index("audit_event_latest", "connection_id", "pk"),
    sqlite_autoincrement=True,
)

session = sa.Table(
    "session",
    metadata,
    primary_key(),
    sa.Column("connection_id", Key, sa.ForeignKey("connection.pk", ondelete="CASCADE"), index=True),
    sa.Column("token_hash", sa.Text, nullable=False, unique=True),
    sa.Column("holder", Document, nullable=False),
    sa.Column("expires_at", Moment, nullable=False, index=True),
)

oauth_state = sa.Table(
    "oauth_state",
    metadata,
    primary_key(),
    sa.Column("state_hash", sa.Text, nullable=False, unique=True),
    sa.Column("secret", sa.Text, nullable=False),  # sealed, bound to the state
    sa.Column("created", Moment, nullable=False, index=True),
)

bucket = sa.Table(
    "bucket",
    metadata,
    primary_key(),
    sa.Column("key", Name, nullable=False, unique=True),
    sa.Column("minute_left", sa.Integer, nullable=False),
    sa.Column("minute_ends", Moment, nullable=False),
    sa.Column("day_left", sa.Integer, nullable=False),
    sa.Column("day_ends", Moment, nullable=False),
    sa.Column("day_used", sa.Integer, nullable=False),
    sa.Column("day_told", Moment),
    flag("rolling"),
    sa.Column("coming", sa.Text, nullable=False, server_default="[]"),  # when calls of the minute come back
    sa.Column("flights", sa.Text, nullable=False, server_default="[]"),  # until when calls are believed under way
)

inbox = sa.Table(
    "inbox",
    metadata,
    primary_key(),
    tenant(),
    text("side"),
    text("event"),  # the service's own name of the event: heard twice, kept once
    text("feed"),
    text("remote"),
    sa.Column("at", Moment, nullable=False),
    sa.Index("inbox_one", "connection_id", "side", "event", unique=True),
    sqlite_autoincrement=True,
)
