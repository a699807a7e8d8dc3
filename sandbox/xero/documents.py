"""What sales invoices, bills and purchase orders have in common (facts/xero.md 3.7 to 3.12).

The contact block has a side effect, dates default to the organisation's day, currencies must be subscribed, nothing
is dated into a locked period, and the totals follow from the lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sandbox.xero import contacts, fields, lines
from sandbox.xero.chart import DAY_RATES, lock_date
from sandbox.xero.ledger import ARCHIVED, Desk
from sandbox.xero.lines import Side
from sandbox.xero.refusals import Problems
from sandbox.xero.tables import Row
from sandbox.xero.totals import ZERO, document_totals
from sandbox.xero.wishes import Wish

AMOUNT_TYPES = ("Exclusive", "Inclusive", "NoTax")
NO_CONTACT = "A Contact must be specified for this type of transaction"
NO_LINES = "One or more line items must be specified"
# Extras of a contact block that are no wish to change the contact: its identity and what only Xero writes.
INERT_CONTACT_FIELDS = fields.READ_ONLY | {"ContactID", "IsCustomer", "IsSupplier"}


@dataclass(frozen=True)
class Form:
    """What one kind of document takes beside the shared fields."""

    side: Side
    lengths: Mapping[str, int]
    days: tuple[str, ...]
    creates_contacts: bool
    locked: bool = True
    """Whether the lock dates of the organisation bind it."""


def filled(desk: Desk, old: Row, wish: Wish, form: Form, *, complete: bool, problems: Problems) -> Row:
    """The document with everything that was sent, priced. `complete`: each line needs all its parts (3.9)."""
    row = {**old, **wish.texts(form.lengths, problems)}
    _take_contact(desk, row, wish, form, problems)
    for name in form.days:
        if name in wish and (wish.day(name) or name != "Date"):
            row[name] = wish.day(name)
    row.setdefault("Date", desk.today)
    if form.locked:
        check_lock(desk, (old.get("Date"), row["Date"]), problems)
    _take_currency(desk, row, wish, problems)
    _take_theme(desk, row, wish, problems)
    kind = wish.choice("LineAmountTypes", (*AMOUNT_TYPES, ""))
    if kind and kind != row["LineAmountTypes"]:
        row["LineAmountTypes"] = kind
        row["LineItems"] = [{k: v for k, v in line.items() if k != "TaxGiven"} for line in row["LineItems"]]
    sent = wish.children("LineItems", fields.LINE)
    if sent is not None:
        row["LineItems"] = lines.merged(desk, form.side, old["LineItems"], sent, problems)
    if not row["LineItems"]:
        problems.add(NO_LINES)
    if complete:
        problems.extend(gap for line in row["LineItems"] for gap in lines.gaps(line))
    return totalled(desk, row, problems)


def totalled(desk: Desk, row: Row, problems: Problems | None = None) -> Row:
    """The document with its lines priced and its sums drawn (3.12)."""
    kind, rounding = row["LineAmountTypes"], desk.rounding
    priced = []
    for line in row["LineItems"]:
        done = lines.priced(line, kind, desk.percents(line.get("TaxType")), rounding)
        if problems is not None:
            problems.extend(lines.amount_problems(line, done["LineAmount"]))
        priced.append(done)
    sums = document_totals(((line["LineAmount"], line["TaxAmount"]) for line in priced), kind)
    discount = sum((lines.discount_of(line, rounding) for line in priced), ZERO)
    return row | {
        "LineItems": priced,
        "SubTotal": sums.sub_total,
        "TotalTax": sums.total_tax,
        "Total": sums.total,
        "TotalDiscount": discount,
        "IsDiscounted": any(line.get("DiscountRate") or line.get("DiscountAmount") for line in priced),
    }


def _take_contact(desk: Desk, row: Row, wish: Wish, form: Form, problems: Problems) -> None:
    block = wish.child("Contact", fields.CONTACT)
    if block is None:
        if "ContactID" not in row:
            problems.add(NO_CONTACT)
        return
    contact = contacts.find(desk, block)
    if contact is None:
        if form.creates_contacts and block.guid("ContactID") is None and block.text("Name"):
            contact = contacts.save(desk, block, create=False)
        else:
            problems.add(NO_CONTACT if block.guid("ContactID") is None else unknown_contact())
            return
    elif contact["ContactStatus"] in ARCHIVED and contact["ContactID"] != row.get("ContactID"):
        problems.add(contacts.ARCHIVED_LOCK)
        return
    else:
        _change_contact(desk, contact, block)
    row["ContactID"] = contact["ContactID"]


def unknown_contact() -> str:
    """Not recorded: what a document says about a ContactID that does not exist."""
    return "The Contact with the specified ContactID could not be found"


def _change_contact(desk: Desk, contact: Row, block: Wish) -> None:
    """Whatever else the block says is written to the contact, and persons not listed are dropped (3.10)."""
    identity = INERT_CONTACT_FIELDS if block.guid("ContactID") else INERT_CONTACT_FIELDS | {"Name", "ContactNumber"}
    if not any(name not in identity for name in block):
        return
    changes = {name: value for name, value in block.raw.items() if name not in INERT_CONTACT_FIELDS}
    changes.setdefault("ContactPersons", [])
    contacts.save(desk, Wish(changes, fields.CONTACT, desk.switches), create=False, record_id=contact["ContactID"])


def check_lock(desk: Desk, days: Iterable[date | None], problems: Problems) -> None:
    """Nothing may be dated, moved out of or retired in a locked period."""
    locked = lock_date(desk.ledger.organisation)
    if locked is not None and any(day is not None and day <= locked for day in days):
        problems.add(
            "The document date cannot be before the period lock date, "
            f"currently set at {locked.day} {locked.strftime('%B %Y')}"
        )


def _take_currency(desk: Desk, row: Row, wish: Wish, problems: Problems) -> None:
    code = wish.text("CurrencyCode")
    if not code and "CurrencyCode" not in row:
        contact = desk.ledger.contacts.get(row.get("ContactID", ""))
        code = (contact or {}).get("DefaultCurrency") or desk.base_currency
    if code and code not in desk.ledger.currencies:
        problems.add(contacts.not_subscribed(code))
    elif code and code != row.get("CurrencyCode"):
        row["CurrencyCode"], row["CurrencyRate"] = code, day_rate(desk, code)
    rate = wish.number("CurrencyRate")
    if rate is not None and row.get("CurrencyCode") != desk.base_currency:
        row["CurrencyRate"] = rate


def day_rate(desk: Desk, code: str) -> Decimal:
    """The rate of the day, as the real service takes it from XE: units of the currency for one of the base."""
    base = DAY_RATES.get(desk.base_currency, Decimal(1))
    return (DAY_RATES.get(code, Decimal(1)) / base).quantize(Decimal("0.000001"))


def _take_theme(desk: Desk, row: Row, wish: Wish, problems: Problems) -> None:
    theme = wish.guid("BrandingThemeID")
    if theme and theme not in desk.ledger.themes:
        problems.add("The branding theme with the specified id could not be found")
    elif theme:
        row["BrandingThemeID"] = theme
