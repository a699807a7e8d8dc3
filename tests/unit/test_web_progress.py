"""A run in words: what happens now, how far it is, what came of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from extension.bootstrap import Task
from extension.sync.model import Scope
from extension.web import progress

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def task(state: str = "working", **more: Any) -> Task:
    return Task(1, 1, "sync", Scope(), "Ann", NOW, False, state, **more)


def reading(side: str, feed: str) -> dict[str, str]:
    return {"step": "observing", "side": side, "feed": feed}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (task("waiting"), "Waits for its turn"),
        (task("waiting", result={"problem": "Xero asked for a pause."}), "Xero asked for a pause."),
        (task("paused"), "Paused. What is done stays done; it goes on where it stopped"),
        (task(wish="cancel"), "Stops as soon as the step under way is safely recorded"),
        (task(), "Begins"),
        (task(progress=reading("zoho", "Accounts")), "Reading Accounts in Zoho CRM"),
        (task(progress=reading("xero", "PurchaseOrders")), "Reading Purchase orders in Xero"),
        (task(progress=reading("zoho", "Purchase_Orders")), "Reading Purchase orders in Zoho CRM"),
        (task(progress={"step": "writing"}), "Working through what there is to do"),
        (task(progress={"step": "something new"}), "Begins"),
    ],
)
def test_what_happens_now(given: Task, said: str) -> None:
    assert progress.step(given) == said


def test_only_what_is_known_is_told() -> None:
    assert progress.figures(task()) == []
    assert progress.figures(task(progress={"rows": 1200, "planned": 0, "outcomes": 44})) == [
        ("Records read", "1,200"),
        ("Done", "44"),
    ]
    assert progress.share(task()) is None
    assert progress.share(task(progress={"done": 1.7})) == 1.0
    assert progress.left(task(progress={"left_seconds": 20})) == "less than a minute left"
    assert progress.left(task(progress={"left_seconds": 100})) == "about 2 minutes left"
    assert progress.left(task("paused", progress={"left_seconds": 100})) == ""


def test_the_report_leaves_out_what_is_empty() -> None:
    counts = {"account": {"created xero": 2, "held zoho": 1, "held xero": 1}, "vendor": {}, "product": {"linked": 3}}
    heads, rows = progress.outcomes(task("done", result={"counts": counts}))
    assert heads == ["Created in Xero", "Linked", "Needs attention"]
    assert rows == [("account", [2, 0, 2]), ("product", [0, 3, 0])]
    assert progress.outcomes(task("done")) == ([], [])


def test_a_stop_is_named_whatever_names_it() -> None:
    assert "first run" in progress.stops({"stops": ["first_run"]})[0]
    assert "first run" in progress.stops({"stops": [], "code": "first_run"})[0]
    assert progress.stops({"code": "throttled"}) == []
    assert progress.stops({}) == []


@pytest.mark.parametrize(
    ("scope", "modules", "direction", "records"),
    [
        (Scope(), "all", "Both ways", "changed since the last run"),
        (Scope(window_days=1), "all", "Both ways", "changed in the last day"),
        (Scope(window_days=4000), "all", "Both ways", "changed in the last 4,000 days"),
        (Scope(entities=("invoice", "vendor"), mode="xero-to-zoho"), "Invoices, Vendors", "Xero to CRM", None),
        (Scope(mode="zoho-to-xero", full=True), "all", "CRM to Xero", "everything"),
    ],
)
def test_what_a_run_looks_at(scope: Scope, modules: str, direction: str, records: str | None) -> None:
    found = dict(progress.scope(scope))
    assert (found["Modules"], found["Direction"]) == (modules, direction)
    assert found["Records"] == (records or "changed since the last run")


def test_what_a_fetch_and_a_press_on_one_record_look_at() -> None:
    assert progress.scope(Scope(observe_only=True))[0] == ("Reads", "what changed since the last time")
    assert progress.scope(Scope(observe_only=True, full=True)) == [("Reads", "everything again"), ("Writes", "nothing")]
    assert progress.scope(Scope(record=("account", "7"))) == [("Record", "Accounts, 7")]
