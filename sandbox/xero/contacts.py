"""Writing contacts (facts/xero.md 3.8, 3.9, 3.13).

Found by id, else number, else the name of an active contact; archived ones are locked for the API. What a contact is
(customer, supplier) follows from its documents and cannot be sent.
"""

from __future__ import annotations

import re
from typing import Any

from sandbox.xero import fields
from sandbox.xero.ledger import ARCHIVED, Desk, folded
from sandbox.xero.refusals import BadBody, Invalid, Missing, Problems
from sandbox.xero.tables import Row
from sandbox.xero.wishes import Wish

ARCHIVED_LOCK = (
    "The specified contact details matched an archived contact. "
    "Archived contacts cannot currently be edited via the API."
)
NO_IDENTITY = (
    "The Contact must contain at least 1 of the following elements to identify the contact: "
    "Name, ContactID, ContactNumber"
)
MOST_PERSONS = 5
PERSON_FIELDS = frozenset({"FirstName", "LastName", "EmailAddress", "IncludeInEmails"})
TERM_TYPES = (
    "DAYSAFTERBILLDATE",
    "DAYSAFTERBILLMONTH",
    "OFCURRENTMONTH",
    "OFFOLLOWINGMONTH",
)

# ASCII only: umlauts are documented as not supported.
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")


def name_taken(name: str) -> str:
    return (
        f"The contact name {name} is already assigned to another contact. "
        "The contact name must be unique across all active contacts."
    )


def number_taken(number: str) -> str:
    return (
        f"The contact number {number} is already assigned to another contact. "
        "The contact number must be unique across all contacts."
    )


def not_subscribed(currency: str) -> str:
    return f"Users Organisation is not subscribed to currency {currency}"


def save(desk: Desk, wish: Wish, *, create: bool, record_id: str | None = None) -> Row:
    """Create, or update what the wish matches."""
    target = _match(desk, wish, create=create, record_id=record_id)
    if target is None:
        return _put(desk, _blank(desk), wish)
    if target["ContactStatus"] in ARCHIVED and not desk.person:
        raise Invalid(ARCHIVED_LOCK)
    return _put(desk, target, wish)


def find(desk: Desk, wish: Wish) -> Row | None:
    """The contact that a document names; an unknown id is the element's fault there, not the request's."""
    contacts = desk.ledger.contacts
    if record_id := wish.guid("ContactID"):
        return contacts.get(record_id)
    if (number := folded(wish.text("ContactNumber"))) and (row := contacts.find_one("number", number)):
        return row
    name = folded(wish.text("Name"))
    return contacts.find_one("name", name) if name else None


def _match(desk: Desk, wish: Wish, *, create: bool, record_id: str | None) -> Row | None:
    contacts = desk.ledger.contacts
    if record_id is None:
        record_id = wish.guid("ContactID")
    if record_id is not None:
        row = contacts.get(record_id)
        if row is None:
            raise Missing(record_id)
        if create:
            raise Invalid(name_taken(row["Name"]))
        return row
    number, name = folded(wish.text("ContactNumber")), folded(wish.text("Name"))
    if not number and not name:
        raise Invalid(NO_IDENTITY)
    if create:
        return None
    found = contacts.find_one("number", number) if number else None
    if found is None and name and desk.switches.names_unique:
        found = contacts.find_one("name", name)
    return found


def _blank(desk: Desk) -> Row:
    return {
        "ContactID": desk.ids.guid(),
        "ContactStatus": "ACTIVE",
        "EmailAddress": "",
        "BankAccountDetails": "",
        "Addresses": [],
        "Phones": [],
        "ContactPersons": [],
        "IsSupplier": False,
        "IsCustomer": False,
    }


def _put(desk: Desk, old: Row, wish: Wish) -> Row:
    problems = Problems()
    row = {**old, **wish.texts(fields.CONTACT_LENGTHS, problems)}
    row["Name"] = _name(desk, row.get("Name", ""), problems)
    _check_keys(desk, row, problems)
    _check_email(row.get("EmailAddress", ""), problems)
    row |= _choices(desk, wish, problems)
    row["Addresses"] = _by_type(old["Addresses"], wish, "Addresses", problems)
    row["Phones"] = _by_type(old["Phones"], wish, "Phones", problems)
    if (persons := wish.children("ContactPersons", PERSON_FIELDS)) is not None:
        row["ContactPersons"] = _persons(persons, problems)
    problems.check()
    return desk.put(desk.ledger.contacts, row)


def _name(desk: Desk, name: str, problems: Problems) -> str:
    if not name:
        problems.add(NO_IDENTITY)
    tidy = " ".join(name.split())
    if tidy != name and desk.switches.name_spaces == "refuse":
        # Wording not recorded (3.9).
        problems.add("The contact name must not contain leading, trailing or repeated spaces.")
    if "<" in name or ">" in name:
        problems.add("The contact name must not contain < or >.")
    return tidy


def _check_keys(desk: Desk, row: Row, problems: Problems) -> None:
    contacts, own_id = desk.ledger.contacts, row["ContactID"]
    name, number = folded(row["Name"]), folded(row.get("ContactNumber"))
    if name and desk.switches.names_unique:
        if any(other["ContactID"] != own_id for other in contacts.find("name", name)):
            problems.add(name_taken(row["Name"]))
        elif not desk.switches.archived_name_reuse and any(
            other["ContactID"] != own_id for other in contacts.find("archived_name", name)
        ):
            problems.add(ARCHIVED_LOCK)
    if number and any(other["ContactID"] != own_id for other in contacts.find("number", number)):
        problems.add(number_taken(row["ContactNumber"]))


def _check_email(address: str, problems: Problems) -> None:
    if address and not _EMAIL.fullmatch(address):
        problems.add("Email address must be valid.")


def _choices(desk: Desk, wish: Wish, problems: Problems) -> Row:
    """The fields whose value is one of a list."""
    found: Row = {}
    if (status := wish.choice("ContactStatus", ("", "ACTIVE", "ARCHIVED", "GDPRREQUEST"))) is not None and status:
        found["ContactStatus"] = status
    if (currency := wish.text("DefaultCurrency")) is not None:
        if currency and currency not in desk.ledger.currencies:
            problems.add(not_subscribed(currency))
        found["DefaultCurrency"] = currency
    for side in ("Sales", "Purchases"):
        name = f"{side}DefaultLineAmountType"
        if kind := wish.choice(name, ("", "INCLUSIVE", "EXCLUSIVE", "NONE")):
            found[name] = kind
    if (terms := wish.child("PaymentTerms", frozenset({"Bills", "Sales"}))) is not None:
        found["PaymentTerms"] = {side: _term(terms, side) for side in terms if _term(terms, side)}
    return found


def _term(terms: Wish, side: str) -> dict[str, Any]:
    term = terms.child(side, frozenset({"Day", "Type"}))
    if term is None or not (kind := term.choice("Type", TERM_TYPES)):
        return {}
    day = term.number("Day")
    if day is None or day != int(day):
        raise BadBody("PaymentTerms.Day is not a whole number")
    return {"Day": int(day), "Type": kind}


def _by_type(old: list[Row], wish: Wish, name: str, problems: Problems) -> list[Row]:
    """Addresses or phones: a type that is sent replaces that type, the others stay; a write spells out blanks."""
    kind, types, lengths = {
        "Addresses": ("AddressType", fields.ADDRESS_TYPES, fields.ADDRESS_LENGTHS),
        "Phones": ("PhoneType", fields.PHONE_TYPES, fields.PHONE_LENGTHS),
    }[name]
    now = {row[kind]: row for row in old}
    for sent in wish.children(name, frozenset(lengths) | {kind}) or ():
        if not (each := sent.choice(kind, (*types, "OFFICE"))):
            raise BadBody(f"{kind} is missing")
        now[each] = sent.texts(lengths, problems)
    order = (*types, *(extra for extra in now if extra not in types))
    return [{kind: each, **_spelt_out(now.get(each, {}), lengths)} for each in order]


def _spelt_out(row: Row, lengths: dict[str, int]) -> Row:
    # Address lines are left out when blank, every other part is "" (3.13).
    return {name: row.get(name, "") for name in lengths if row.get(name) or not name.startswith("AddressLine")}


def _persons(sent: list[Wish], problems: Problems) -> list[Row]:
    if len(sent) > MOST_PERSONS:
        problems.add(f"A contact can have at most {MOST_PERSONS} contact persons.")
    rows = []
    for person in sent:
        texts = person.texts(fields.PERSON_LENGTHS, problems)
        _check_email(texts.get("EmailAddress", ""), problems)
        rows.append(
            {
                **{name: texts.get(name, "") for name in fields.PERSON_LENGTHS},
                "IncludeInEmails": person.flag("IncludeInEmails") or False,
            }
        )
    return rows
