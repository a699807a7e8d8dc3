"""What stands behind the portal's pages when they are measured: records in step, history, holds, a preview, money.

Records are observed by the product and linked through the store; history and holds are written through it, as the
engine would, because making them by runs would cost an hour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.changes import AGE
from bench.company import ACCOUNT, Company, crm_id, xero_id
from bench.linked import leased, link_all, observe
from bench.services import Services
from bench.size import Size
from bench.tenant import Tenant, connected
from extension.bootstrap import Planned, Task
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Entry, Outcome, Scope
from extension.sync.ports import HoldRow

RUNS: Final = 40
OUTCOMES: Final[tuple[Outcome, ...]] = ("created", "updated", "updated", "linked", "held", "skipped")
REASONS: Final = ("conflict", "ambiguous", "invalid")


@contextmanager
def grown(size: Size) -> Iterator[Tenant]:
    """A connection with so many records (on both sides together), and a tenth of that in history."""
    pairs = size.many_links // 2
    products, invoices = max(1, pairs * 3 // 10), max(1, pairs // 50)
    accounts = pairs - products - invoices
    books = Company(accounts, products, invoices, datetime.now(UTC) - AGE)
    with Services(books) as services, connected(services) as tenant:
        observe(tenant)
        link_all(tenant, {"account": accounts, "product": products, "invoice": invoices})
        entries = size.many_links // 10
        _history(tenant, entries, accounts)
        _hold(tenant, max(3, entries // 10), accounts)
        _preview(tenant, entries)
        tenant.count_money(tenant.tenant)
        yield tenant


def _history(tenant: Tenant, entries: int, accounts: int) -> None:
    store = tenant.store(tenant.tenant)
    epoch, now = leased(tenant, store), tenant.clock.now()
    for n in range(RUNS):
        at = now - timedelta(hours=12 * (RUNS - n))
        lines = [_entry(i % accounts, i) for i in range(n * entries // RUNS, (n + 1) * entries // RUNS)]
        with store.write(epoch) as tx:
            run = tx.start_run(Scope(), at)
            tx.add_entries(run, at, lines)
            tx.finish_run(run, at + timedelta(minutes=1), "done", {"account": {"updated xero": len(lines)}}, "")
    store.release(epoch)


def _entry(account: int, n: int) -> Entry:
    outcome = OUTCOMES[n % len(OUTCOMES)]
    changes = {"phone": ["+64 9 1", "+64 9 2"], "billing_city": ["Auckland", "Dunedin"]} if outcome == "updated" else {}
    ids = crm_id(ACCOUNT, account), xero_id(ACCOUNT, account)
    reason = "conflict" if outcome == "held" else ""
    return Entry("account", outcome, *ids, XERO, reason, title=_title(account), changes=changes)


def _title(account: int) -> str:
    return f"Company {account:06d} Trading Ltd"


def _hold(tenant: Tenant, holds: int, accounts: int) -> None:
    store = tenant.store(tenant.tenant)
    epoch = leased(tenant, store)
    with store.write(epoch) as tx:
        tx.replace_holds(None, [_held(n % accounts, REASONS[n % len(REASONS)]) for n in range(min(holds, accounts))])
    store.release(epoch)


def _held(account: int, reason: str) -> HoldRow:
    where, message = ("account", ZOHO, crm_id(ACCOUNT, account)), f"{_title(account)} needs a word."
    if reason == "conflict":
        return HoldRow(where, reason, message, "", "phone", _title(account), (), {"phone": ["+64 9 1", "+64 9 2"]})
    related = (("account", XERO, xero_id(ACCOUNT, account)),) if reason == "ambiguous" else ()
    return HoldRow(where, reason, message, "", None, _title(account), related)


def _preview(tenant: Tenant, rows: int) -> None:
    """A preview, and after it an audit; the later one's rows are kept."""
    for kind in ("preview", "audit"):
        task = _ended(tenant, kind, rows)
    tenant.previews.save(tenant.tenant.id, task.id, (_planned(n) for n in range(1, rows + 1)))


def _ended(tenant: Tenant, kind: str, rows: int) -> Task:
    tasks, now = tenant.tasks, tenant.clock.now()
    asked = tasks.ask(tenant.tenant.id, kind, Scope(dry_run=True, full=kind == "audit"), "bench", now)
    tasks.take("bench", now, timedelta(hours=1))
    counts = {"account": {"update xero": rows}}
    result = {"state": "planned", "actions": rows, "planned": counts, "money": [], "cost": {"xero": 3}, "minutes": 1}
    tasks.end(asked.id, "bench", "done", None, result, now)
    return asked


def _planned(n: int) -> Planned:
    ids, title = (crm_id(ACCOUNT, n), xero_id(ACCOUNT, n)), _title(n)
    detail = {"changes": {"phone": ["+64 9 1", "+64 9 2"]}, "money": None}
    return Planned(n, "action", "update", "account", XERO, title, *ids, f"digest {n}", detail)


def of_one(tenant: Tenant) -> dict[str, Sequence[str]]:
    """What fills the arguments of addresses: the newest of each."""
    tasks = tenant.tasks
    found = tasks.latest(tenant.tenant.id, "audit")
    assert found is not None
    run = tenant.past(tenant.tenant).runs(1)[0]["id"]
    return {"task": [str(found.id)], "run": [str(run)], "id": [crm_id(ACCOUNT, 1)]}
