"""The tables of design section 4 that remember one connection's synchronisation.

Every row of a tenant carries `connection_id`, and the indexes that queries use begin with it. Rows have integer keys
of their own (`pk`); `id` is always the service's own id. Partial unique indexes hold the rules that must never be
broken; queries that use one repeat its condition literally, because a planner cannot prove it of a parameter.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from extension.store.columns import Document, Key, Moment, Name

metadata = sa.MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
        "uq": "%(table_name)s_%(column_0_name)s_unique",
        "ix": "%(table_name)s_%(column_0_name)s",
    }
)

KEYS = 4  # natural keys of one record
CLEAN, DIRTY, PARKED = 0, 1, 2  # record.look


def where(condition: str) -> dict[str, Any]:
    """The condition of a partial index, for both databases."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def primary_key() -> sa.Column[int]:
    return sa.Column("pk", Key, primary_key=True)


def tenant() -> sa.Column[int]:
    return sa.Column("connection_id", Key, sa.ForeignKey("connection.pk", ondelete="CASCADE"), nullable=False)


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, Name, nullable=False)


def flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean, nullable=False)


def number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False)


# ------------------------------------------------------------------ what was observed

feed = sa.Table(
    "feed",
    metadata,
    primary_key(),
    tenant(),
    text("side"),
    text("feed"),
    sa.Column("watermark", Moment),
    sa.Column("resume_since", Moment),
    sa.Column("resume_started", Moment),  # None: no walk is unfinished
    sa.Column("resume_position", sa.Text),
    flag("resume_full"),
    number("resume_version"),
    sa.Column("scanned", Moment),
    sa.Column("scan_rows", sa.Integer),
    number("version"),
    sa.Column("roused", Moment),
    sa.Index("feed_one", "connection_id", "side", "feed", unique=True),
)

record = sa.Table(
    "record",
    metadata,
    primary_key(),
    tenant(),
    text("entity"),
    text("side"),
    text("id"),
    text("feed"),
    text("remote"),
    sa.Column("handle", Name),  # None: the id, as for most
    *(sa.Column(f"key{n}", Name) for n in range(1, KEYS + 1)),
    sa.Column("stamp", Name),
    sa.Column("scope_entity", Name),
    sa.Column("scope_handle", Name),
    sa.Column("refs", sa.Text),
    sa.Column("demands", sa.Text),
    sa.Column("modified", Moment, nullable=False),
    text("state"),
    flag("births"),
    flag("restless"),
    sa.Column("successor", Name),
    text("title"),
    number("version"),
    sa.Column("read_at", Moment),
    sa.Column("first_seen", Moment),
    sa.Column("seen_at", Moment),  # start of the last full scan that saw it
    sa.Column("fields", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("look", sa.SmallInteger, nullable=False),
    sa.Index("record_one", "connection_id", "entity", "side", "id", unique=True),
    sa.Index("record_remote", "connection_id", "side", "feed", "remote"),
    sa.Index("record_handle", "connection_id", "entity", "side", "handle", **where("handle IS NOT NULL")),
    *(sa.Index(f"record_key{n}", "connection_id", "entity", f"key{n}", **where(f"key{n} IS NOT NULL")) for n in (1, 2)),
    sa.Index("record_key3", "connection_id", "entity", "key3", **where("key3 IS NOT NULL")),
    sa.Index("record_key4", "connection_id", "entity", "key4", **where("key4 IS NOT NULL")),
    sa.Index("record_stamp", "connection_id", "entity", "side", "stamp", **where("stamp IS NOT NULL")),
    sa.Index("record_scope", "connection_id", "entity", "side", "scope_handle", **where("scope_handle IS NOT NULL")),
    sa.Index("record_restless", "connection_id", "side", "feed", "remote", **where("restless")),
    sa.Index("record_live", "connection_id", "entity", "side", "state"),  # counting reads nothing else
    sa.Index("record_todo", "connection_id", "look", "entity", "side", "id", **where("look > 0")),
)

# ------------------------------------------------------------------ who is who

link = sa.Table(
    "link",
    metadata,
    primary_key(),
    tenant(),
    text("entity"),
    text("zoho_id"),
    text("xero_id"),
    sa.Column("zoho_base", sa.Text, nullable=False),
    sa.Column("xero_base", sa.Text, nullable=False),
    sa.Column("zoho_digest", sa.Text, nullable=False),
    sa.Column("xero_digest", sa.Text, nullable=False),
    sa.Column("pairs", sa.Text),
    sa.Column("put_back", sa.Text),
    text("state"),
    text("made_by"),
    number("version"),
    flag("settled"),
    sa.Index("link_zoho", "connection_id", "entity", "zoho_id"),
    sa.Index("link_xero", "connection_id", "entity", "xero_id"),
    sa.Index("link_live_zoho", "connection_id", "entity", "zoho_id", unique=True, **where("state = 'live'")),
    sa.Index("link_live_xero", "connection_id", "entity", "xero_id", unique=True, **where("state = 'live'")),
    sqlite_autoincrement=True,
)

# ------------------------------------------------------------------ writes under way

call = sa.Table(
    "call",
    metadata,
    primary_key(),
    tenant(),
    text("id"),  # UUID: the idempotency key
    text("side"),
    text("feed"),
    text("verb"),
    text("method"),
    text("path"),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("headers", Document, nullable=False),
    number("size"),
    sa.Column("first_sent", Moment),
    sa.Column("last_sent", Moment),
    flag("open"),
    sa.Index("call_one", "connection_id", "id", unique=True),
    sa.Index("call_open", "connection_id", **where("open")),
    sqlite_autoincrement=True,
)

intent = sa.Table(
    "intent",
    metadata,
    primary_key(),
    tenant(),
    sa.Column("call_pk", Key, sa.ForeignKey("call.pk", ondelete="CASCADE"), nullable=False, index=True),
    number("position"),
    text("verb"),
    text("entity"),
    text("side"),
    text("feed"),
    sa.Column("sent", sa.Text, nullable=False),
    sa.Column("read", sa.Text, nullable=False),
    sa.Column("source", Name),
    sa.Column("link", Key),
    sa.Column("target", Name),
    sa.Column("remote", Name),
    # The remote record that this element of the call writes; only the first of its intents carries it.
    sa.Column("claims", Name),
    sa.Column("keys", sa.Text),
    sa.Column("stamp", Name),
    sa.Column("pairs", sa.Text),
    sa.Column("lost", sa.Text),
    sa.Column("wish", Name),
    sa.Index(
        "intent_one_create",
        *("connection_id", "entity", "side", "source"),
        unique=True,
        **where("verb = 'create' AND source IS NOT NULL"),
    ),
    sa.Index(
        "intent_one_write",
        *("connection_id", "side", "feed", "claims"),
        unique=True,
        **where("claims IS NOT NULL"),
    ),
    sqlite_autoincrement=True,
)

# ------------------------------------------------------------------ what people see and say

hold = sa.Table(
    "hold",
    metadata,
    primary_key(),
    tenant(),
    text("entity"),
    text("side"),
    text("id"),
    text("reason"),
    text("message"),
    text("hint"),
    sa.Column("field", Name),
    text("title"),
    sa.Column("related", sa.Text),
    sa.Column("sides", sa.Text),  # the values of both sides, where they disagree
    text("words"),  # title, ids and names of fields, case-folded: what a search looks through
    sa.Index("hold_entity", "connection_id", "entity", "side", "id", "pk"),
    sa.Index("hold_reason", "connection_id", "reason", "entity", "side", "id", "pk"),
)

rejection = sa.Table(
    "rejection",
    metadata,
    primary_key(),
    tenant(),
    text("entity"),
    text("side"),
    text("id"),
    text("digest"),
    text("reason"),
    text("message"),
    text("hint"),
    sa.Index("rejection_one", "connection_id", "entity", "side", "id", unique=True),
)

decision = sa.Table(
    "decision",
    metadata,
    primary_key(),
    tenant(),
    text("entity"),
    text("side"),
    text("id"),
    text("verb"),
    sa.Column("twin", Name),
    text("field"),  # "": of the record as a whole
    sa.Column("takes", Name),  # the side whose value counts
    sa.Column("about", sa.Text),  # the two values that a word was said of
    sa.Index("decision_one", "connection_id", "entity", "side", "id", "field", unique=True),
)

approval = sa.Table(
    "approval",
    metadata,
    primary_key(),
    tenant(),
    text("digest"),
    sa.Index("approval_one", "connection_id", "digest", unique=True),
)

run = sa.Table(
    "run",
    metadata,
    primary_key(),
    tenant(),
    text("trigger"),
    sa.Column("scope", Document, nullable=False),
    text("state"),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("ended_at", Moment),
    sa.Column("counts", Document, nullable=False),
    text("problem"),
    sa.Index("run_latest", "connection_id", "pk"),
    sa.Index("run_started", "connection_id", "started_at"),
    sqlite_autoincrement=True,
)

entry = sa.Table(
    "entry",
    metadata,
    primary_key(),
    tenant(),
    sa.Column("run_pk", Key, sa.ForeignKey("run.pk", ondelete="CASCADE"), nullable=False),
    sa.Column("at", Moment, nullable=False),
    text("entity"),
    text("outcome"),
    sa.Column("side", Name),
    sa.Column("zoho_id", Name),
    sa.Column("xero_id", Name),
    text("reason"),
    text("message"),
    text("hint"),
    text("title"),
    text("words"),  # the title, case-folded: what a search looks through
    sa.Column("changes", sa.Text),
    sa.Index("entry_latest", "connection_id", "pk"),
    sa.Index("entry_run", "run_pk", "connection_id", "pk"),  # the run first: a run that goes asks for its own by it
    sa.Index("entry_zoho", "connection_id", "zoho_id", "pk", **where("zoho_id IS NOT NULL")),
    sa.Index("entry_xero", "connection_id", "xero_id", "pk", **where("xero_id IS NOT NULL")),
    sa.Index("entry_outcome", "connection_id", "outcome", "pk"),
    sa.Index("entry_entity", "connection_id", "entity", "outcome", "pk"),
    sa.Index("entry_at", "connection_id", "at", "pk"),
    sqlite_autoincrement=True,
)
