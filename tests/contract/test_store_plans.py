"""Every question of a page is answered from an index: what SQLite would do is asked of SQLite itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from extension.store import EVERYBODY, Connections, Database, Mails, Previews, SqlStore, Tasks, Word
from extension.store.figures import Figures
from extension.store.pruning import Pruning
from extension.sync.canonical import ZOHO
from extension.sync.model import Scope
from tests.contract.conftest import NUMBERS
from tests.contract.store_cases import LATER, NOW

Ask = Callable[[Database, int], object]

QUESTIONS: dict[str, Ask] = {
    "the next task": lambda db, n: Tasks(db).take("nobody", NOW, timedelta(0)),
    "open tasks": lambda db, n: Tasks(db).open(n),
    "the latest task": lambda db, n: Tasks(db).latest(n),
    "the latest audit": lambda db, n: Tasks(db).latest(n, "audit"),
    "an equal task": lambda db, n: Tasks(db).ask(n, "sync", Scope(), "Ann", NOW),
    "a preview": lambda db, n: Previews(db).page(n, 1),
    "a part of a preview": lambda db, n: Previews(db).page(n, 1, part="skip", after=7),
    "a kind of a preview": lambda db, n: Previews(db).page(n, 1, part="action", kind="create"),
    "a module of a preview": lambda db, n: Previews(db).page(n, 1, part="action", entity="invoice", words="x"),
    "counts of a preview": lambda db, n: Previews(db).counts(n, 1),
    "digests of a preview": lambda db, n: Previews(db).digests(n, 1, part="action"),
    "letters that are due": lambda db, n: Mails(db).due(NOW),
    "letters of a connection": lambda db, n: Mails(db).recent(n),
    "letters of the installation": lambda db, n: Mails(db).recent(None),
    "holds": lambda db, n: SqlStore(db, n).holds_page(50),
    "holds of a module": lambda db, n: SqlStore(db, n).holds_page(50, after="account:zoho:1:7", entity="account"),
    "holds for a reason": lambda db, n: SqlStore(db, n).holds_page(50, reason="conflict", words="x"),
    "counts of holds": lambda db, n: SqlStore(db, n).holds_counts(),
    "one hold": lambda db, n: SqlStore(db, n).hold(1),
    "modules that were let through": lambda db, n: SqlStore(db, n).let_through(),
    "outcomes of each day": lambda db, n: Figures(db, n).days(NOW, UTC),
    "money": lambda db, n: Figures(db, n).money(),
    "a word": lambda db, n: _speak(db, n),
    "old history": lambda db, n: Pruning(db, n).prune(NOW, LATER),
    "old tasks": lambda db, n: Pruning(db, n).ended_tasks(NOW - timedelta(days=30), batches=1),
    "quiet runs": lambda db, n: Pruning(db, n).quiet_runs(NOW - timedelta(days=30), batches=1),
}
MAY_SORT = {"the next task", "open tasks", "letters of the installation", "money", "counts of a preview"}  # a handful


def _speak(database: Database, number: int) -> None:
    with database.writing(EVERYBODY) as transaction:
        word = Word(transaction, number)
        word.undecide(("account", ZOHO, "1"))
        word.forgive([("account", ZOHO, "1")])
        word.approve(["a"])
        word.unpark()


@pytest.mark.parametrize("name", QUESTIONS)
def test_no_table_is_read_through(sqlite_database: Database, name: str) -> None:
    number = Connections(sqlite_database).create(f"plans {next(NUMBERS)}").id
    asked: list[tuple[str, Any]] = []

    def hear(_c: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if statement.split(" ", 1)[0] in ("SELECT", "UPDATE", "DELETE", "INSERT"):
            asked.append((statement, parameters))

    sa.event.listen(sqlite_database.engine, "before_cursor_execute", hear)
    try:
        QUESTIONS[name](sqlite_database, number)
    finally:
        sa.event.remove(sqlite_database.engine, "before_cursor_execute", hear)
    assert asked
    with sqlite_database.reading(EVERYBODY) as transaction:
        for statement, parameters in asked:
            rows = parameters if isinstance(parameters, list) else [parameters]
            plan = transaction.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", rows[0]).all()
            words = [str(row[-1]) for row in plan]
            assert not [word for word in words if word.startswith("SCAN") and "USING" not in word], (statement, words)
            assert name in MAY_SORT or not [word for word in words if "TEMP B-TREE" in word], (statement, words)
