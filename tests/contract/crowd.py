"""A PostgreSQL in which many connections have lived for long: one of them large, the others alike. Made by the server
itself, some hundred thousand rows a second; what no statement asks for is empty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from extension.store import EVERYBODY, Database
from extension.store.columns import Document
from extension.store.tables import metadata

LARGE: Final = 1  # the connection that has a tenth of everything
NOON: Final = 1_777_896_000_000_000  # 4 May 2026, in microseconds
HOUR: Final = 3_600_000_000

ENTITY: Final = "(ARRAY['account','contact','vendor','product','invoice','purchase_order'])[1 + n % 6]"
SIDE: Final = "(ARRAY['zoho','xero'])[1 + n / 6 % 2]"
WHOLE: Final = '\'{"entities": [], "record": null}\''  # a run of everything
TWIN: Final = "(n / 12)::text"  # the same id on both sides


@dataclass(frozen=True)
class Crowd:
    connections: int
    records: int


def settle(database: Database, crowd: Crowd) -> None:
    """Fills an empty database."""
    database.upgrade()
    many = crowd.connections
    own, small = crowd.records // 10, crowd.records * 9 // 10
    each = f"CASE WHEN n <= {own} THEN {LARGE} ELSE 2 + n % {many - 1} END"
    of_all = f"1 + n % {many}"
    whose = {"connection_id": each}
    known = {"entity": ENTITY, "side": SIDE, "id": TWIN}
    titled = {"title": "'Title ' || n", "words": "'title ' || n"}
    body = {"fields": "'{\"name\":\"' || repeat('x', 400) || '\"}'", "digest": "md5(n::text)", "state": "'live'"}
    reads = {"feed": ENTITY, "remote": TWIN, "key1": "'k' || n", "stamp": "'s' || n", "look": "(n % 500 = 0)::int"}
    rows = {
        "connection": (
            many,
            {
                "name": "'c' || n",
                "zoho_org": "'z' || n",
                "xero_org": "'x' || n",
                "active": "true",
                "next_run_at": f"{NOON} + n % 900 * 1000000",
            },
        ),
        "credential": (2 * many, {"connection_id": of_all, "side": f"(ARRAY['zoho','xero'])[1 + n / {many} % 2]"}),
        "bucket": (2 * many, {"key": "'zoho:z' || n", "coming": "'[]'", "flights": "'[]'"}),
        "feed": (12 * many, {"connection_id": of_all, "side": "'zoho'", "feed": f"'f' || n / {many}"}),
        "record": (own + small, {**whose, **known, **reads, **body, "title": "'Title ' || n", "version": "n % 7"}),
        "link": (
            (own + small) // 2,
            {
                "connection_id": f"CASE WHEN n <= {own // 2} THEN {LARGE} ELSE 2 + n % {many - 1} END",
                "entity": ENTITY,
                "zoho_id": "n::text",
                "xero_id": "n::text",
                "state": "'live'",
            },
        ),
        "run": (
            20 * many,
            {"connection_id": of_all, "state": "'done'", "scope": WHOLE, "started_at": f"{NOON} - n * {HOUR // 60}"},
        ),
        "entry": (
            own + small,
            {
                **whose,
                "run_pk": f"1 + n % {20 * many}",
                "at": f"{NOON} - ({own + small} - n) * 10000000::bigint",
                "entity": ENTITY,
                "outcome": "(ARRAY['created','updated','held'])[1 + n % 3]",
                "zoho_id": TWIN,
                **titled,
            },
        ),
        "hold": (10 * many, {"connection_id": of_all, **known, **titled, "reason": "'conflict'"}),
        "task": (
            10 * many,
            {
                "connection_id": of_all,
                "kind": "'sync'",
                "state": f"CASE WHEN n <= {many // 20} THEN 'waiting' ELSE 'done' END",
                "asked_by": "'schedule'",
                "scope": WHOLE,
                "asked_at": f"{NOON} - n",
                "place": "n",
            },
        ),
        "tally": (30 * many, {"connection_id": of_all, "at": f"{NOON} - n * {HOUR // 60}", "outcome": "'created'"}),
        "mail": (2 * many, {"connection_id": of_all, "key": "n::text", "state": "'sent'"}),
        "audit_event": (5 * many, {"connection_id": of_all, "at": f"{NOON} - n"}),
        "decision": (5 * many, {"connection_id": of_all, "entity": ENTITY, "side": SIDE, "id": "n::text"}),
        "session": (many, {"connection_id": of_all, "token_hash": "md5(n::text)", "expires_at": f"{NOON} + {HOUR}"}),
        "oauth_state": (many, {"state_hash": "md5(n::text)", "created": f"{NOON}"}),
        "preview": (
            5000,
            {"connection_id": f"{LARGE}", "task_pk": "1", "number": "n", "part": "'action'", "kind": "'create'"},
        ),
        "proposal": (2000, {"connection_id": f"{LARGE}", "zoho_id": "n::text", "xero_id": "n::text"}),
    }
    with database.writing(EVERYBODY) as transaction:
        # Or each check of a reference would be planned anew.
        transaction.exec_driver_sql("SET LOCAL plan_cache_mode = auto")
        for name, (count, columns) in rows.items():
            transaction.execute(sa.text(_made(metadata.tables[name], count, columns)))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as raw:
        raw.exec_driver_sql("VACUUM ANALYZE")


def _made(table: sa.Table, count: int, columns: dict[str, str]) -> str:
    """Whatever is not named is as empty as its column allows."""
    given = {column.name: _empty(column) for column in table.c if not column.nullable and column.name != "pk"} | columns
    names = ", ".join(f'"{name}"' for name in given)
    values = ", ".join(given.values())
    return f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM generate_series(1, {count}::bigint) n'


def _empty(column: sa.Column[object]) -> str:
    if isinstance(column.type, Document):
        return "'{}'"
    if isinstance(column.type, sa.Boolean):
        return "false"
    return "''" if isinstance(column.type, sa.Text) else "0"
