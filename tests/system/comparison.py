"""Two ends of the same company, compared as a person would: every record by its name, references by what they name.

Pure. What a run made has an id, perhaps a number, that depends on the order of its calls; each is replaced by the
name of the record wherever it stands. What was there before keeps its id. Times are left out, all else must be equal,
and nothing may be there twice that is not twice in the other end.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

Row = Mapping[str, Any]
State = Mapping[str, Mapping[str, Sequence[Row]]]
Flat = dict[str, str]

ID: Final = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<![0-9])[0-9]{16,20}(?![0-9])")
TIMES: Final = frozenset(
    {"Created_Time", "Modified_Time", "Last_Activity_Time", "UpdatedDateUTC", "UpdatedDateUTCString"}
    | {"createdDateUtc", "updatedDateUtc"}
)

# Kind -> its id, the number that the service gives, and what a person calls a record by.
NAMED: Final[Mapping[tuple[str, str], tuple[str, str, tuple[str, ...]]]] = {
    ("zoho", "Accounts"): ("id", "", ("Account_Name",)),
    ("zoho", "Contacts"): ("id", "", ("Full_Name", "Email", "Account_Name.name")),
    ("zoho", "Vendors"): ("id", "", ("Vendor_Name",)),
    ("zoho", "Products"): ("id", "", ("Product_Code", "Product_Name")),
    ("zoho", "Invoices"): ("id", "Invoice_Number", ("Subject", "Account_Name.name", "Invoice_Date", "Grand_Total")),
    ("zoho", "Purchase_Orders"): ("id", "PO_Number", ("Subject", "Vendor_Name.name", "PO_Date", "Grand_Total")),
    ("xero", "Contacts"): ("ContactID", "", ("Name",)),
    ("xero", "Items"): ("ItemID", "", ("Code",)),
    ("xero", "Invoices"): ("InvoiceID", "InvoiceNumber", ("Type", "Reference", "Contact.Name", "DateString", "Total")),
    ("xero", "PurchaseOrders"): (
        "PurchaseOrderID",
        "PurchaseOrderNumber",
        ("Reference", "Contact.Name", "DateString", "Total"),
    ),
}


class End:
    """One end, told against what was there before."""

    def __init__(self, before: State, after: State) -> None:
        self._old = frozenset(text for _, _, row in _rows(before) for text in _texts(row))
        self._old_ids = ids_of(before)
        self._names: dict[str, str] = {}
        for side, kind, row in _rows(after):
            self._learn(side, kind, row)
        self.records: dict[str, list[Flat]] = {}
        for side, kind, row in _rows(after):
            self.records.setdefault(self._label(side, kind, row), []).append(dict(self._flat(row)))
        for twins in self.records.values():
            twins.sort(key=lambda flat: sorted(flat.items()))

    @property
    def made(self) -> Counter[str]:
        """How many records a run made, by kind."""
        return Counter(name.partition(" “")[0] for id_, name in self._names.items() if ID.fullmatch(id_))

    @property
    def twice(self) -> list[str]:
        """Made records of one name."""
        made = Counter(name for id_, name in self._names.items() if ID.fullmatch(id_))
        return sorted(name for name, times in made.items() if times > 1)

    def _learn(self, side: str, kind: str, row: Row) -> None:
        if (side, kind) not in NAMED:
            return
        field, number, _ = NAMED[side, kind]
        name = _name(side, kind, row)
        if row[field] not in self._old_ids:
            self._names[row[field]] = name
            if number and row.get(number) and row[number] not in self._old:
                self._names[row[number]] = f"(number of {name})"

    def _label(self, side: str, kind: str, row: Row) -> str:
        if (side, kind) not in NAMED:
            return f"{side} {kind}"
        old = row[NAMED[side, kind][0]] in self._old_ids
        return _name(side, kind, row) + (f" {row[NAMED[side, kind][0]]}" if old else "")

    def _flat(self, value: Any, path: str = "") -> Iterator[tuple[str, str]]:
        if isinstance(value, Mapping):
            for name, inner in value.items():
                if name not in TIMES:
                    yield from self._flat(inner, f"{path}.{name}" if path else name)
        elif isinstance(value, list | tuple):
            yield f"{path}[]", str(len(value))
            for number, inner in enumerate(value):
                yield from self._flat(inner, f"{path}[{number}]")
        else:
            yield path, self._said(value)

    def _said(self, value: Any) -> str:
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return f"{Decimal(str(value)).normalize():f}"
        if not isinstance(value, str):
            return str(value)
        return self._names.get(value) or ID.sub(self._known, value)

    def _known(self, found: re.Match[str]) -> str:
        text = found.group()
        return text if text in self._old_ids else self._names.get(text, "(made)")


def ids_of(state: State) -> frozenset[str]:
    """Every id that stands anywhere."""
    texts = (text for _, _, row in _rows(state) for text in _texts(row))
    return frozenset(found for text in texts for found in ID.findall(text))


def differences(expected: End, found: End) -> list[str]:
    """In words; empty: the same."""
    words: list[str] = []
    for label in sorted(expected.records.keys() | found.records.keys()):
        mine, theirs = expected.records.get(label, []), found.records.get(label, [])
        if len(mine) != len(theirs):
            words.append(f"{label}: {len(theirs)} times instead of {len(mine)}")
            continue
        for a, b in zip(mine, theirs, strict=True):
            words += [
                f"{label}: {path} is {b.get(path, 'absent')!r} instead of {a.get(path, 'absent')!r}"
                for path in sorted(a.keys() | b.keys())
                if a.get(path) != b.get(path)
            ]
    return words


def _rows(state: State) -> Iterator[tuple[str, str, Row]]:
    for side, kinds in state.items():
        for kind, rows in kinds.items():
            for row in rows:
                yield side, kind, row


def _name(side: str, kind: str, row: Row) -> str:
    return f"{side} {kind} “{' | '.join(str(_at(row, path)) for path in NAMED[side, kind][2])}”"


def _at(row: Row, path: str) -> Any:
    value: Any = row
    for step in path.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
