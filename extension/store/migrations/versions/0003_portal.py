"""What the portal needs: tasks, previews, letters, numbers for pages, the installation's own, and people's words."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
MOMENT = sa.BigInteger()
QUARTER = 900_000_000  # microseconds
ENTITIES = ("account", "contact", "vendor", "product", "invoice", "purchase_order")  # those of version 0002


def tenant() -> sa.Column[Any]:
    return sa.Column("connection_id", KEY, sa.ForeignKey("connection.pk", ondelete="CASCADE"), nullable=False)


def of_task() -> sa.Column[Any]:
    return sa.Column("task_pk", KEY, sa.ForeignKey("task.pk", ondelete="CASCADE"), nullable=False)


def table(name: str, *columns: sa.Column[Any], autoincrement: bool = False) -> None:
    op.create_table(name, sa.Column("pk", KEY, primary_key=True), *columns, sqlite_autoincrement=autoincrement)


def need(name: str, type_: sa.types.TypeEngine[Any], default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, type_, nullable=False, server_default=default)


def may(name: str, type_: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, type_)


def index(name: str, of: str, *columns: str, unique: bool = False, where: str | None = None) -> None:
    condition = sa.text(where) if where else None
    op.create_index(name, of, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def upgrade() -> None:
    create_task()
    create_preview()
    create_mail()
    create_tally()
    create_money()
    create_let_through()
    create_installation()
    widen_hold()
    widen_decision()
    widen_intent()
    index_history()


def create_task() -> None:
    table(
        "task",
        tenant(),
        need("kind", NAME),
        need("scope", sa.Text()),
        need("asked_by", NAME),
        need("asked_at", MOMENT),
        need("email", sa.Boolean()),
        need("state", NAME),
        need("wish", NAME),
        may("owner", NAME),
        may("not_before", MOMENT),
        may("started_at", MOMENT),
        may("ended_at", MOMENT),
        may("beat_at", MOMENT),
        may("run", KEY),
        need("progress", sa.Text()),
        need("result", sa.Text()),
        autoincrement=True,
    )
    index("task_latest", "task", "connection_id", "kind", "pk")
    index("task_mine", "task", "connection_id", "pk")
    index("task_open", "task", "state", "pk", where="state IN ('waiting', 'working', 'paused')")
    index("task_working", "task", "connection_id", unique=True, where="state = 'working'")


def create_preview() -> None:
    table(
        "preview",
        tenant(),
        of_task(),
        need("number", sa.Integer()),
        need("part", NAME),
        need("kind", NAME),
        need("entity", NAME),
        may("side", NAME),
        need("title", NAME),
        may("zoho_id", NAME),
        may("xero_id", NAME),
        need("digest", NAME),
        need("words", NAME),
        need("detail", sa.Text()),
    )
    index("preview_task_pk", "preview", "task_pk")
    index("preview_one", "preview", "connection_id", "task_pk", "number", unique=True)
    index("preview_part", "preview", "connection_id", "task_pk", "part", "number")
    index("preview_kind", "preview", "connection_id", "task_pk", "part", "kind", "number")
    index("preview_entity", "preview", "connection_id", "task_pk", "part", "entity", "number")
    table(
        "preview_count",
        tenant(),
        of_task(),
        need("entity", NAME),
        need("kind", NAME),
        need("n", sa.Integer()),
    )
    index("preview_count_task_pk", "preview_count", "task_pk")
    index("preview_count_one", "preview_count", "connection_id", "task_pk", "entity", "kind", unique=True)


def create_mail() -> None:
    table(
        "mail",
        sa.Column("connection_id", KEY, sa.ForeignKey("connection.pk", ondelete="CASCADE")),
        need("addressee", NAME),
        need("subject", NAME),
        need("text", sa.Text()),
        need("html", sa.Text()),
        need("key", NAME),
        need("made_at", MOMENT),
        may("next_try", MOMENT),
        need("tries", sa.Integer()),
        need("state", NAME),
        need("problem", NAME),
        autoincrement=True,
    )
    index("mail_one", "mail", "connection_id", "key", unique=True, where="connection_id IS NOT NULL")
    index("mail_one_of_all", "mail", "key", unique=True, where="connection_id IS NULL")
    index("mail_due", "mail", "next_try", where="state = 'waiting'")
    index("mail_latest", "mail", "connection_id", "pk")


def create_tally() -> None:
    table("tally", tenant(), need("at", MOMENT), need("outcome", NAME), need("n", sa.Integer()))
    index("tally_one", "tally", "connection_id", "at", "outcome", unique=True)
    quarter = f"at - at % {QUARTER}"
    op.execute(
        f"INSERT INTO tally (connection_id, at, outcome, n)"
        f" SELECT connection_id, {quarter}, outcome, count(*) FROM entry GROUP BY connection_id, {quarter}, outcome"
    )


def create_money() -> None:
    table(
        "money",
        tenant(),
        need("entity", NAME),
        need("side", NAME),
        need("currency", NAME),
        need("status", NAME),
        need("linked", sa.Boolean()),
        need("documents", sa.Integer()),
        need("total", sa.Text()),
        need("at", MOMENT),
    )
    index("money_one", "money", "connection_id", "entity", "side", "currency", "status", "linked", unique=True)


def create_let_through() -> None:
    """Which entities the guards let through once. It was read from the runs, which may be pruned from now on."""
    table("let_through", tenant(), need("entity", NAME))
    index("let_through_one", "let_through", "connection_id", "entity", unique=True)
    runs = op.get_bind().execute(sa.text("SELECT DISTINCT connection_id, scope FROM run WHERE state = 'done'"))
    known = {
        (connection, entity)
        for connection, text in runs.all()
        if not (scope := json.loads(text)).get("record")
        for entity in scope.get("entities") or ENTITIES
    }
    rows = [{"connection": connection, "entity": entity} for connection, entity in sorted(known)]
    if rows:
        add = sa.text("INSERT INTO let_through (connection_id, entity) VALUES (:connection, :entity)")
        op.get_bind().execute(add, rows)


def create_installation() -> None:
    table(
        "service",
        sa.Column("side", NAME, nullable=False, unique=True),
        need("client_id", NAME),
        need("secret", sa.Text()),
        need("data_centre", NAME),
    )
    table("installation", sa.Column("key", NAME, nullable=False, unique=True), need("value", sa.Text()))
    table(
        "installation_event",
        need("at", MOMENT),
        need("actor", NAME),
        need("action", NAME),
        need("object", NAME),
        may("before", sa.Text()),
        may("after", sa.Text()),
        autoincrement=True,
    )


def widen_hold() -> None:
    op.add_column("hold", may("related", sa.Text()))
    op.add_column("hold", may("sides", sa.Text()))
    op.add_column("hold", need("words", NAME, ""))
    op.drop_index("hold_entity", "hold")
    index("hold_entity", "hold", "connection_id", "entity", "side", "id", "pk")
    index("hold_reason", "hold", "connection_id", "reason", "entity", "side", "id", "pk")


def widen_decision() -> None:
    op.add_column("decision", need("field", NAME, ""))
    op.add_column("decision", may("takes", NAME))
    op.drop_index("decision_one", "decision")
    index("decision_one", "decision", "connection_id", "entity", "side", "id", "field", unique=True)


def widen_intent() -> None:
    op.add_column("intent", may("lost", sa.Text()))
    op.add_column("intent", may("wish", NAME))


def index_history() -> None:
    op.drop_index("entry_zoho", "entry")
    index("entry_zoho", "entry", "connection_id", "zoho_id", "pk", where="zoho_id IS NOT NULL")
    index("entry_xero", "entry", "connection_id", "xero_id", "pk", where="xero_id IS NOT NULL")
    index("entry_outcome", "entry", "connection_id", "outcome", "pk")
    index("entry_entity", "entry", "connection_id", "entity", "outcome", "pk")
    index("entry_at", "entry", "connection_id", "at", "pk")
    index("run_started", "run", "connection_id", "started_at")
