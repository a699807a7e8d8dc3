"""Connections, who may use them, budgets and signals."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

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
    create_connection()
    create_credential()
    create_audit_event()
    create_session()
    create_oauth_state()
    create_bucket()
    create_inbox()


def create_connection() -> None:
    table(
        "connection",
        need("name", NAME),
        need("zoho_org", NAME),
        need("xero_org", NAME),
        need("active", sa.Boolean()),
        need("settings", sa.Text()),
        need("fetched", sa.Text()),
        may("start_date", MOMENT),
        may("next_run_at", MOMENT),
        may("not_before", MOMENT),
        may("lease_owner", NAME),
        may("lease_until", MOMENT),
        need("epoch", sa.Integer()),
        autoincrement=True,
    )
    index("connection_due", "connection", "next_run_at", where="active")
    index("connection_xero", "connection", "xero_org", unique=True, where="active AND xero_org <> ''")
    index("connection_zoho", "connection", "zoho_org", unique=True, where="active AND zoho_org <> ''")


def create_credential() -> None:
    table(
        "credential",
        tenant(),
        need("side", NAME),
        need("secret", sa.Text()),
        need("generation", sa.Integer()),
        may("claimed_until", MOMENT),
        may("broken", sa.Text()),
    )
    index("credential_one", "credential", "connection_id", "side", unique=True)


def create_audit_event() -> None:
    table(
        "audit_event",
        tenant(),
        need("at", MOMENT),
        need("actor", NAME),
        need("action", NAME),
        need("object", NAME),
        may("before", sa.Text()),
        may("after", sa.Text()),
        autoincrement=True,
    )
    index("audit_event_latest", "audit_event", "connection_id", "pk")


def create_session() -> None:
    table(
        "session",
        sa.Column("connection_id", KEY, sa.ForeignKey("connection.pk", ondelete="CASCADE")),
        sa.Column("token_hash", sa.Text(), nullable=False, unique=True),
        need("holder", sa.Text()),
        need("expires_at", MOMENT),
    )
    index("session_connection_id", "session", "connection_id")
    index("session_expires_at", "session", "expires_at")


def create_oauth_state() -> None:
    table(
        "oauth_state",
        sa.Column("state_hash", sa.Text(), nullable=False, unique=True),
        need("secret", sa.Text()),
        need("created", MOMENT),
    )
    index("oauth_state_created", "oauth_state", "created")


def create_bucket() -> None:
    table(
        "bucket",
        sa.Column("key", NAME, nullable=False, unique=True),
        need("minute_left", sa.Integer()),
        need("minute_ends", MOMENT),
        need("day_left", sa.Integer()),
        need("day_ends", MOMENT),
    )


def create_inbox() -> None:
    table(
        "inbox",
        tenant(),
        need("side", NAME),
        need("event", NAME),
        need("feed", NAME),
        need("remote", NAME),
        need("at", MOMENT),
        autoincrement=True,
    )
    index("inbox_one", "inbox", "connection_id", "side", "event", unique=True)
