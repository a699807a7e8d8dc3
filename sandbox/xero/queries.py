"""Lists (facts/xero.md 3.5): which rows, in which order, which page.

The answer to a question is kept until a row of the kind changes, so that walking a hundred pages sorts once. With
the lag switch on, a list shows each row as it was that long ago.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.xero import fields
from sandbox.xero.ledger import Desk, folded
from sandbox.xero.refusals import BadQuery
from sandbox.xero.tables import Row, Table
from sandbox.xero.where import Getter, parse_order, parse_where, sort_key

DEFAULT_PAGE_SIZE = 100
LARGEST_PAGE = 1000
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Question:
    """What a list was asked for; hashable, so that its answer can be kept."""

    modified_since: datetime | None = None
    where: str = ""
    order: str = ""
    ids: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    contact_ids: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    include_archived: bool = False
    search: str = ""
    by_this_app: bool = False
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Page:
    number: int = 1
    size: int = DEFAULT_PAGE_SIZE

    def pagination(self, count: int) -> Row:
        return {
            "page": self.number,
            "pageSize": self.size,
            "pageCount": -(-count // self.size),
            "itemCount": count,
        }


@dataclass
class Listing:
    """The rows of one page, of `count` in all."""

    rows: list[Row]
    count: int
    pagination: Row | None = field(default=None)


SEARCHED = {
    "Contacts": ("Name", "FirstName", "LastName", "ContactNumber", "EmailAddress", "CompanyNumber"),
    "Invoices": ("InvoiceNumber", "Reference"),
}


def listing(desk: Desk, table: Table, question: Question, page: Page | None) -> Listing:
    """Answer a question about one kind."""
    source = _source(desk, table)
    if source is table.rows:
        through = "contact" in (question.where + question.order).lower()
        context = (desk.ledger.contacts.version if through else 0, desk.switches.modified_since)
        ids = table.memo((question, context), lambda: _answer(desk, table, question, source))
    else:
        ids = _answer(desk, table, question, source)
    if page is None:
        return Listing([source[record_id] for record_id in ids], len(ids))
    start = (page.number - 1) * page.size
    rows = [source[record_id] for record_id in ids[start : start + page.size]]
    return Listing(rows, len(ids), page.pagination(len(ids)))


def _source(desk: Desk, table: Table) -> dict[str, Row]:
    lag = desk.switches.list_lag_seconds
    then = desk.now - timedelta(seconds=lag)
    if not lag:
        table.forget_before(desk.now - timedelta(minutes=30))
        return table.rows
    before = table.as_of(then)
    if not before:
        return table.rows
    source = {**table.rows, **{record_id: row for record_id, row in before.items() if row is not None}}
    for record_id, row in before.items():
        if row is None:
            source.pop(record_id, None)
    return source


def _answer(desk: Desk, table: Table, question: Question, source: dict[str, Row]) -> list[str]:
    """The ids that match, in the order asked for; without one, UpdatedDateUTC then id."""
    keep = _filters(desk, table, question)
    candidates, in_order = _candidates(desk, table, question, source)
    ids = [record_id for record_id in candidates if all(test(source[record_id]) for test in keep)]
    order = _simple(question.order)
    if order == table.id_field.lower():
        whole = source is table.rows and len(ids) == len(source)
        return list(table.by_id) if whole else sorted(ids)
    if order in ("", "updateddateutc"):
        return ids if in_order else sorted(ids, key=lambda record_id: (source[record_id]["UpdatedDateUTC"], record_id))
    ids.sort()
    for getter, descending in reversed(parse_order(question.order, _reach(desk, table))):
        ids.sort(key=_sorted_by(source, getter), reverse=descending)
    return ids


def _simple(order: str) -> str:
    """An ascending order by one field as that field's name, so that the sorted lists can serve it."""
    return re.sub(r"\s+asc$", "", order.strip().lower())


def _sorted_by(source: dict[str, Row], getter: Getter) -> Callable[[str], Any]:
    return lambda record_id: sort_key(getter(source[record_id]))


def _candidates(desk: Desk, table: Table, question: Question, source: dict[str, Row]) -> tuple[Iterable[str], bool]:
    """Ids worth a look, and whether they come in modified order."""
    fresh, since = source is table.rows, question.modified_since
    if since is not None and desk.switches.modified_since == "exclusive":
        since += SECOND  # compared by the whole second (3.5)
    if question.ids:
        found = [record_id for record_id in dict.fromkeys(question.ids) if record_id in source]
        return [r for r in found if since is None or source[r]["UpdatedDateUTC"] >= since], False
    if since is None:
        return ([record_id for _, record_id in table.by_modified], True) if fresh else (source, False)
    if fresh:
        return table.modified_since(since), True
    return [record_id for record_id, row in source.items() if row["UpdatedDateUTC"] >= since], False


def _filters(desk: Desk, table: Table, question: Question) -> list[Callable[[Row], bool]]:
    keep: list[Callable[[Row], bool]] = []
    if table.name == "Contacts" and not question.include_archived:
        keep.append(lambda row: row["ContactStatus"] == "ACTIVE")
    if question.statuses:
        statuses = frozenset(question.statuses)
        keep.append(lambda row: row["Status"] in statuses)
    if question.contact_ids:
        wanted = frozenset(question.contact_ids)
        keep.append(lambda row: row["ContactID"] in wanted)
    if question.numbers:
        numbers = frozenset(folded(number) for number in question.numbers)
        keep.append(lambda row: folded(row["InvoiceNumber"]) in numbers)
    if (first := question.first_day) is not None:
        keep.append(lambda row: row["Date"] >= first)
    if (last := question.last_day) is not None:
        keep.append(lambda row: row["Date"] <= last)
    if question.by_this_app:
        keep.append(lambda row: bool(row.get("ByThisApp")))
    if question.search:
        part, names = question.search.casefold(), SEARCHED[table.name]
        keep.append(lambda row: any(part in str(row.get(name, "")).casefold() for name in names))
    if question.where:
        keep.append(parse_where(question.where, _reach(desk, table)))
    return keep


def _reach(desk: Desk, table: Table) -> Callable[[tuple[str, ...]], Getter]:
    """Field paths of one kind; `Contact.Name` goes through the contact."""
    known = {name.lower(): name for name in fields.BY_KIND[table.name]}
    contact_fields = {name.lower(): name for name in fields.CONTACT}
    contacts, invoices = desk.ledger.contacts.rows, desk.ledger.invoices.rows

    def reach(path: tuple[str, ...]) -> Getter:
        first = known.get(path[0].lower())
        if first is None or len(path) > 2:
            raise BadQuery(f"No property or field '{path[0]}' exists in type '{table.name.rstrip('s')}'")
        if len(path) == 1:
            return lambda row: row.get(first)
        second = (contact_fields if first == "Contact" else {}).get(path[1].lower(), path[1])
        if first == "Contact" and second in fields.CONTACT:
            return _through(contacts, "ContactID", second)
        if first == "Invoice" and second in fields.INVOICE:
            return _through(invoices, "InvoiceID", second)
        if first in ("SalesDetails", "PurchaseDetails"):
            return lambda row: row.get(first, {}).get(second)
        raise BadQuery(f"No property or field '{path[1]}' exists in type '{first}'")

    return reach


def _through(rows: dict[str, Row], link: str, name: str) -> Getter:
    if name == link:
        return lambda row: row.get(link)
    return lambda row: rows.get(row.get(link, ""), {}).get(name)


def reference_rows(rows: Iterable[Row], where: str, order: str, modified_since: datetime | None) -> list[Row]:
    """A list of the organisation's set-up, which has no paging."""
    known = {name.lower(): name for name in fields.REFERENCE}

    def reach(path: tuple[str, ...]) -> Getter:
        name = known.get(path[0].lower())
        if name is None or len(path) > 1:
            raise BadQuery(f"No property or field '{'.'.join(path)}' exists")
        return lambda row: row.get(name)

    found = list(rows)
    if modified_since is not None:
        found = [row for row in found if row.get("UpdatedDateUTC", modified_since) >= modified_since]
    if where:
        test = parse_where(where, reach)
        found = [row for row in found if test(row)]
    for getter, descending in reversed(parse_order(order, reach) if order else []):
        found.sort(key=lambda row, getter=getter: sort_key(getter(row)), reverse=descending)  # type: ignore[misc]
    return found
