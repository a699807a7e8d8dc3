"""What one connection remembers: records, links, calls, history."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()


def tenant() -> sa.Column[Any]:
    return sa.Column("connection_id", KEY, sa.ForeignKey("connection.pk", ondelete="CASCADE"), nullable=False)


def table(name: str, *columns: sa.Column[Any], autoincrement: bool = False) -> None:
    op.create_table(name, sa.Column("pk", KEY, primary_key=True), *columns, sqlite_autoincrement=autoincrement)


def need(name: str, type_: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False)


def may(name: str, type_: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, type_)


def index(name: str, of: str, *columns: str, unique: bool = False, where: str | None = None) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, of, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    create_feed()
    create_record()
    create_link()
    create_call()
    create_intent()
    create_hold()
    create_rejection()
    create_decision()
    create_approval()
    create_run()
    create_entry()


def create_feed() -> None:
    table(
        "feed",
        tenant(),
        need("side", NAME),
        need("feed", NAME),
        may("watermark", MOMENT),
        may("resume_since", MOMENT),
        may("resume_started", MOMENT),
        may("resume_position", sa.Text()),
        need("resume_full", sa.Boolean()),
        need("resume_version", sa.Integer()),
        may("scanned", MOMENT),
        may("scan_rows", sa.Integer()),
        need("version", sa.Integer()),
    )
    index("feed_one", "feed", "connection_id", "side", "feed", unique=True)


def create_record() -> None:
    table(
        "record",
        tenant(),
        need("entity", NAME),
        need("side", NAME),
        need("id", NAME),
        need("feed", NAME),
        need("remote", NAME),
        may("handle", NAME),
        may("key1", NAME),
        may("key2", NAME),
        may("key3", NAME),
        may("key4", NAME),
        may("stamp", NAME),
        may("scope_entity", NAME),
        may("scope_handle", NAME),
        may("refs", sa.Text()),
        may("demands", sa.Text()),
        need("modified", MOMENT),
        need("state", NAME),
        need("births", sa.Boolean()),
        need("title", NAME),
        need("version", sa.Integer()),
        may("read_at", MOMENT),
        may("first_seen", MOMENT),
        may("seen_at", MOMENT),
        need("fields", sa.Text()),
        need("digest", sa.Text()),
        need("look", sa.SmallInteger()),
    )
    index("record_handle", "record", "connection_id", "entity", "side", "handle", where="handle IS NOT NULL")
    index("record_key1", "record", "connection_id", "entity", "key1", where="key1 IS NOT NULL")
    index("record_key2", "record", "connection_id", "entity", "key2", where="key2 IS NOT NULL")
    index("record_key3", "record", "connection_id", "entity", "key3", where="key3 IS NOT NULL")
    index("record_key4", "record", "connection_id", "entity", "key4", where="key4 IS NOT NULL")
    index("record_live", "record", "connection_id", "entity", "side", "state")
    index("record_one", "record", "connection_id", "entity", "side", "id", unique=True)
    index("record_remote", "record", "connection_id", "side", "feed", "remote")
    index("record_scope", "record", "connection_id", "entity", "side", "scope_handle", where="scope_handle IS NOT NULL")
    index("record_stamp", "record", "connection_id", "entity", "side", "stamp", where="stamp IS NOT NULL")
    index("record_todo", "record", "connection_id", "look", "entity", "side", "id", where="look > 0")


def create_link() -> None:
    table(
        "link",
        tenant(),
        need("entity", NAME),
        need("zoho_id", NAME),
        need("xero_id", NAME),
        need("zoho_base", sa.Text()),
        need("xero_base", sa.Text()),
        need("zoho_digest", sa.Text()),
        need("xero_digest", sa.Text()),
        may("pairs", sa.Text()),
        may("put_back", sa.Text()),
        need("state", NAME),
        need("made_by", NAME),
        need("version", sa.Integer()),
        need("settled", sa.Boolean()),
        autoincrement=True,
    )
    index("link_live_xero", "link", "connection_id", "entity", "xero_id", unique=True, where="state = 'live'")
    index("link_live_zoho", "link", "connection_id", "entity", "zoho_id", unique=True, where="state = 'live'")
    index("link_xero", "link", "connection_id", "entity", "xero_id")
    index("link_zoho", "link", "connection_id", "entity", "zoho_id")


def create_call() -> None:
    table(
        "call",
        tenant(),
        need("id", NAME),
        need("side", NAME),
        need("feed", NAME),
        need("verb", NAME),
        need("method", NAME),
        need("path", NAME),
        need("body", sa.LargeBinary()),
        need("headers", sa.Text()),
        need("size", sa.Integer()),
        may("first_sent", MOMENT),
        may("last_sent", MOMENT),
        need("open", sa.Boolean()),
        autoincrement=True,
    )
    index("call_one", "call", "connection_id", "id", unique=True)
    index("call_open", "call", "connection_id", where="open")


def create_intent() -> None:
    table(
        "intent",
        tenant(),
        sa.Column("call_pk", KEY, sa.ForeignKey("call.pk", ondelete="CASCADE"), nullable=False),
        need("position", sa.Integer()),
        need("verb", NAME),
        need("entity", NAME),
        need("side", NAME),
        need("feed", NAME),
        need("sent", sa.Text()),
        need("read", sa.Text()),
        may("source", NAME),
        may("link", KEY),
        may("target", NAME),
        may("remote", NAME),
        may("claims", NAME),
        may("keys", sa.Text()),
        may("stamp", NAME),
        may("pairs", sa.Text()),
        autoincrement=True,
    )
    index("intent_call_pk", "intent", "call_pk")
    index(
        "intent_one_create",
        "intent",
        "connection_id",
        "entity",
        "side",
        "source",
        unique=True,
        where="verb = 'create' AND source IS NOT NULL",
    )
    index(
        "intent_one_write", "intent", "connection_id", "side", "feed", "claims", unique=True, where="claims IS NOT NULL"
    )


def create_hold() -> None:
    table(
        "hold",
        tenant(),
        need("entity", NAME),
        need("side", NAME),
        need("id", NAME),
        need("reason", NAME),
        need("message", NAME),
        need("hint", NAME),
        may("field", NAME),
        need("title", NAME),
    )
    index("hold_entity", "hold", "connection_id", "entity", "side", "id")


def create_rejection() -> None:
    table(
        "rejection",
        tenant(),
        need("entity", NAME),
        need("side", NAME),
        need("id", NAME),
        need("digest", NAME),
        need("reason", NAME),
        need("message", NAME),
        need("hint", NAME),
    )
    index("rejection_one", "rejection", "connection_id", "entity", "side", "id", unique=True)


def create_decision() -> None:
    table(
        "decision",
        tenant(),
        need("entity", NAME),
        need("side", NAME),
        need("id", NAME),
        need("verb", NAME),
        may("twin", NAME),
    )
    index("decision_one", "decision", "connection_id", "entity", "side", "id", unique=True)


def create_approval() -> None:
    table("approval", tenant(), need("digest", NAME))
    index("approval_one", "approval", "connection_id", "digest", unique=True)


def create_run() -> None:
    table(
        "run",
        tenant(),
        need("trigger", NAME),
        need("scope", sa.Text()),
        need("state", NAME),
        need("started_at", MOMENT),
        may("ended_at", MOMENT),
        need("counts", sa.Text()),
        need("problem", NAME),
        autoincrement=True,
    )
    index("run_latest", "run", "connection_id", "pk")


def create_entry() -> None:
    table(
        "entry",
        tenant(),
        sa.Column("run_pk", KEY, sa.ForeignKey("run.pk", ondelete="CASCADE"), nullable=False),
        need("at", MOMENT),
        need("entity", NAME),
        need("outcome", NAME),
        may("side", NAME),
        may("zoho_id", NAME),
        may("xero_id", NAME),
        need("reason", NAME),
        need("message", NAME),
        need("hint", NAME),
        need("title", NAME),
        may("changes", sa.Text()),
        autoincrement=True,
    )
    index("entry_latest", "entry", "connection_id", "pk")
    index("entry_run", "entry", "connection_id", "run_pk", "pk")
    index("entry_zoho", "entry", "connection_id", "entity", "zoho_id", where="zoho_id IS NOT NULL")
