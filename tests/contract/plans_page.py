"""`make plans`: how PostgreSQL answers every question of ours beside many connections; writes docs/plans.md."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import psycopg

from extension.store import Database, new_key
from tests.contract.crowd import LARGE, Crowd, settle
from tests.contract.postgres import cluster
from tests.contract.questions import OF_ALL, OF_ONE, Plan, plans

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "plans.md"
WHOLE: Final = (5_000, 10_000_000)  # connections, records: what one installation is to carry
MANY: Final = 2_000  # buffers of 8 KB: what one statement may read
SMALL: Final = 7  # a connection like all the others
SMALLER: Final = """**This run was smaller than an installation may be ({:,} records).** What goes by an index reads a
page or two more there; what reads a table through grows with it.
"""


def main(arguments: Sequence[str]) -> int:
    """`connections` and `records`, if not WHOLE."""
    connections, records = (int(each) for each in arguments) if arguments else WHOLE
    with cluster() as server:
        database = Database(server.url, [new_key()])
        begun = time.monotonic()
        settle(database, Crowd(connections, records))
        took = time.monotonic() - begun
        with psycopg.connect(server.above) as above:
            [size] = above.execute("SELECT pg_database_size('app') / 1e9").fetchone() or [0]
        found = list(_all(database))
        database.dispose()
    PAGE.write_text("\n".join(_page(found, connections, records, float(size), took)) + "\n")
    return 0


def _all(database: Database) -> Iterator[tuple[str, Plan]]:
    for name, ask in OF_ONE.items():
        for whose, number in (("the largest", LARGE), ("any other", SMALL)):
            yield from ((whose, plan) for plan in plans(database, name, ask, number))
    for name, ask in OF_ALL.items():
        yield from (("all", plan) for plan in plans(database, name, ask, SMALL))


def _page(found: list[tuple[str, Plan]], connections: int, records: int, size: float, took: float) -> Iterator[str]:
    flagged = [(whose, plan) for whose, plan in found if _flags(plan)]
    yield "# How PostgreSQL answers"
    yield ""
    today = datetime.now(UTC).date()
    yield f"Written by `make plans` on {today}, beside {connections:,} connections and {records:,} observed records, as"
    yield f"many entries of history and half as many links: {size:.1f} GB, made in {took:.0f} s. One connection has a"
    yield "tenth of all records; the others share the rest alike."
    yield ""
    if records < WHOLE[1]:
        yield SMALLER.format(WHOLE[1])
    yield f"{len(found)} statements: every one that went to the server while the functions behind pages, tick, queue,"
    yield "walk and plan were called (`tests/contract/questions.py`), each explained (`EXPLAIN (ANALYZE, BUFFERS)`) as"
    yield "the role of the application, behind its policies. Buffers are of 8 KB, from memory or disk; times are of a"
    yield f"machine with other work. Flagged: a table with rows that is read through, or more than {MANY:,} buffers."
    yield ""
    yield from _bare(found)
    yield f"## Flagged: {len(flagged)}"
    yield ""
    yield from _table(flagged, statements=True)
    yield ""
    yield "## All"
    yield ""
    yield from _table(found, statements=False)


def _bare(found: list[tuple[str, Plan]]) -> Iterator[str]:
    """The server reads an empty table through, whatever its indexes: such a plan tells nothing, so it is named."""
    tables = sorted({table for _, plan in found for table in plan.bare})
    if tables:
        yield f"Nothing is told here of tables that were empty: {', '.join(tables)}. That the questions about"
        yield "them have an index is tested with reading through made dear (`tests/contract/test_store_crowd.py`)."
        yield ""


def _flags(plan: Plan) -> str:
    many = [f"{plan.buffers:,} buffers"] if plan.buffers > MANY else []
    return ", ".join([*(f"reads {table} through" for table in plan.walks if table not in plan.bare), *many])


def _table(found: list[tuple[str, Plan]], *, statements: bool) -> Iterator[str]:
    yield f"| question | of | by | rows | buffers | ms |{' why | statement |' if statements else ''}"
    yield f"|---|---|---|---|---|---|{'---|---|' if statements else ''}"
    for whose, plan in found:
        by = ", ".join(plan.by) or "no index"
        row = f"| {plan.question} | {whose} | {by} | {plan.rows:,} | {plan.buffers:,} | {plan.milliseconds:,} |"
        shown = plan.statement.partition(" FROM ")[2] or plan.statement
        yield row + (f" {_flags(plan)} | `{shown[:160].replace('|', ' ')}` |" if statements else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
