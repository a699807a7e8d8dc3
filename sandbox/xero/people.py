"""What a person does in Xero's own screens: no token, no limits, no locks of the API, the same arithmetic.

Actions: create, edit, delete, void, archive, unarchive (also: restore), merge, pay, unpay, credit, uncredit, allocate,
convert.
A refusal is a ValueError with the service's own words, a record that is not there a KeyError.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sandbox.xero import credits, items, payments
from sandbox.xero.dates import parse_day
from sandbox.xero.kinds import CONTACTS, INVOICES, ITEMS, KINDS, PAYMENTS, PURCHASE_ORDERS, Kind
from sandbox.xero.ledger import Desk
from sandbox.xero.refusals import Missing, Refusal
from sandbox.xero.tables import Row
from sandbox.xero.wishes import Wish

BANK_ACCOUNT = "090"
LOCK_DATES = ("PeriodLockDate", "EndOfYearLockDate")
# Which set-up a person can change, and by which field its rows are known.
SET_UP = {
    "Accounts": ("accounts", "Code"),
    "TaxRates": ("tax_rates", "TaxType"),
    "BrandingThemes": ("themes", "BrandingThemeID"),
    "Currencies": ("currencies", "Code"),
}


def act(desk: Desk, do: str, kind: str, record_id: str | None, changes: Mapping[str, Any]) -> str:
    """Carry out one action; answers with the id of the record, or of the payment that was made."""
    if kind in ("Organisation", "Organisations"):
        return _edit_organisation(desk, changes)
    if kind in SET_UP:
        return _set_up(desk, do, kind, record_id, changes)
    if kind not in KINDS:
        raise ValueError(f"there is no kind {kind!r}; there are {', '.join((*KINDS, *SET_UP, 'Organisation'))}")
    action = ACTIONS.get(do)
    if action is None:
        raise ValueError(f"nobody can {do!r}; one can {', '.join(ACTIONS)}")
    if record_id is not None and KINDS[kind].table(desk.ledger).get(record_id) is None:
        raise KeyError(record_id)
    if record_id is None and do != "create":
        raise ValueError(f"{do} needs an id")
    try:
        with desk.attempt():
            return action(desk, KINDS[kind], (record_id or "").lower(), changes)
    except Missing as missing:
        raise KeyError(str(missing)) from missing
    except Refusal as refusal:
        raise ValueError(str(refusal)) from refusal


def _save(desk: Desk, kind: Kind, record_id: str | None, changes: Mapping[str, Any]) -> str:
    wish = Wish(changes, kind.fields, desk.switches)
    row = kind.save(desk, wish, create=record_id is None, record_id=record_id)
    return str(row[kind.id_field])


def _create(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    return _save(desk, kind, None, changes)


def _edit(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    if kind is ITEMS:  # the code is always on the form
        changes = {"Code": desk.ledger.items.rows[record_id]["Code"], **changes}
    return _save(desk, kind, record_id, changes)


def _delete(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    if kind is CONTACTS:
        raise ValueError("contacts are archived, never deleted")
    if kind is ITEMS:
        items.delete(desk, record_id)
        return record_id
    return _save(desk, kind, record_id, {"Status": "DELETED"})


def _void(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    return _save(desk, kind, record_id, {"Status": "VOIDED"})


def _archive(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    _only(kind, CONTACTS, "archived")
    return _save(desk, kind, record_id, {"ContactStatus": "ARCHIVED"})


def _unarchive(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    _only(kind, CONTACTS, "restored")
    return _save(desk, kind, record_id, {"ContactStatus": "ACTIVE"})


def _merge(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    """Everything of this contact goes to another; it stays behind archived, pointing there (3.13)."""
    _only(kind, CONTACTS, "merged")
    contacts = desk.ledger.contacts
    into, source = contacts.get(str(changes.get("into", ""))), contacts.rows[record_id]
    if into is None or into is source:
        raise ValueError('merge needs the id of another contact: {"into": id}')
    desk.put(contacts, source | {"ContactStatus": "ARCHIVED", "MergedToContactID": into["ContactID"]})
    flags = {flag: into[flag] or source[flag] for flag in ("IsCustomer", "IsSupplier")}
    desk.put(contacts, into | flags, quietly=True)
    for table in (desk.ledger.invoices, desk.ledger.orders):
        for row in table.find("contact", record_id):
            moved = row | {"ContactID": into["ContactID"]}
            desk.put(table, moved, quietly=not desk.switches.merge_touches_documents)
    return record_id


def _pay(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    """In full, unless an Amount is given."""
    _only(kind, INVOICES, "paid")
    invoice = desk.ledger.invoices.rows[record_id]
    wanted = {"Amount": invoice["AmountDue"], "Account": {"Code": BANK_ACCOUNT}, **changes}
    return _save(desk, PAYMENTS, None, {**wanted, "Invoice": {"InvoiceID": record_id}})


def _unpay(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    """Remove one payment, or all of an invoice's."""
    if kind is PAYMENTS:
        return _save(desk, PAYMENTS, record_id, {"Status": "DELETED"})
    _only(kind, INVOICES, "unpaid")
    for payment in desk.ledger.payments.find("invoice", record_id):
        payments.save(
            desk,
            Wish({"Status": "DELETED"}, PAYMENTS.fields, desk.switches),
            create=False,
            record_id=payment["PaymentID"],
        )
    return record_id


def _credit(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    """Apply a credit note: to all that is due, unless an Amount is given."""
    _only(kind, INVOICES, "credited")
    return credits.apply(desk, record_id, "CreditNotes", changes)


def _allocate(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    """Apply an overpayment or prepayment: {"from": "Overpayments"}, to all that is due unless an Amount is given."""
    _only(kind, INVOICES, "settled by an allocation")
    return credits.apply(desk, record_id, str(changes.get("from", "")), changes)


def _uncredit(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    """Take back what was applied: {"credit": id}, or all of it."""
    _only(kind, INVOICES, "credited")
    credits.remove(desk, record_id, changes.get("credit"))
    return record_id


def _convert(desk: Desk, kind: Kind, record_id: str, changes: Mapping[str, Any]) -> str:
    """An approved purchase order becomes a bill, a draft unless changes say otherwise; the id is the bill's (3.11)."""
    _only(kind, PURCHASE_ORDERS, "copied to a bill")
    order = desk.ledger.orders.rows[record_id]
    if order["Status"] != "AUTHORISED":
        raise ValueError("only an approved purchase order is copied to a bill")
    lines = [{name: value for name, value in line.items() if name != "LineItemID"} for line in _shown(desk, order)]
    bill = {
        "Type": "ACCPAY",
        "Contact": {"ContactID": order["ContactID"]},
        "InvoiceNumber": order["PurchaseOrderNumber"],
        "LineAmountTypes": order["LineAmountTypes"],
        "LineItems": lines,
        **changes,
    }
    made = _save(desk, INVOICES, None, bill)
    _save(desk, PURCHASE_ORDERS, record_id, {"Status": "BILLED"})
    return made


def _shown(desk: Desk, order: Row) -> list[Row]:
    """The lines as the API shows them."""
    lines: list[Row] = PURCHASE_ORDERS.read(desk, order)["LineItems"]
    return lines


def _only(kind: Kind, wanted: Kind, done: str) -> None:
    if kind is not wanted:
        raise ValueError(f"only {wanted.name} are {done}")


ACTIONS: dict[str, Callable[[Desk, Kind, str, Mapping[str, Any]], str]] = {
    "create": _create,
    "edit": _edit,
    "delete": _delete,
    "void": _void,
    "archive": _archive,
    "unarchive": _unarchive,
    "restore": _unarchive,
    "merge": _merge,
    "pay": _pay,
    "unpay": _unpay,
    "credit": _credit,
    "uncredit": _uncredit,
    "allocate": _allocate,
    "convert": _convert,
}


def _edit_organisation(desk: Desk, changes: Mapping[str, Any]) -> str:
    ledger = desk.ledger
    days: dict[str, date | None] = {
        name: parse_day(value) if value else None for name, value in changes.items() if name in LOCK_DATES
    }
    kept = {name: value for name, value in {**ledger.organisation, **changes, **days}.items() if value is not None}
    ledger.organisation = kept
    return ledger.id


def _set_up(desk: Desk, do: str, kind: str, record_id: str | None, changes: Mapping[str, Any]) -> str:
    attribute, id_field = SET_UP[kind]
    rows: dict[str, Row] = getattr(desk.ledger, attribute)
    key = str(record_id or changes.get(id_field, ""))
    if do == "create" and key and key not in rows:
        template = next(iter(rows.values()))
        rows[key] = {**template, **changes, id_field: key}
        if kind == "Accounts":
            rows[key]["AccountID"] = desk.ids.guid()
        return key
    if key not in rows:
        raise KeyError(key)
    if do == "delete":
        del rows[key]
    elif do in ("edit", "archive", "unarchive", "restore"):
        status = {} if do == "edit" else {"Status": "ARCHIVED" if do == "archive" else "ACTIVE"}
        rows[key] = {**rows[key], **changes, **status}
        if "UpdatedDateUTC" in rows[key]:
            rows[key]["UpdatedDateUTC"] = desk.now
    else:
        raise ValueError(f"nobody can {do!r} {kind}")
    return key
