"""Where a canonical field lives in a service's row, and how it is read and written there.

Pure. A path is `Name`, `Outer.Name`, `Phones[DEFAULT]`, `Addresses[POBOX].City`, `Addresses[POBOX].Street` (the
four address lines) or `Payments[last].Date` (the latest of all money that came in, read only). Reading is compiled
once per entity and side, because every observed row passes here. Writing fills a body; arrays are written whole,
merged into the row as it is, since what an array lacks is deleted.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from extension.entities.values import lines_of
from extension.sync.canonical import Value
from extension.sync.errors import BadInput

Body: TypeAlias = dict[str, Any]
Clean: TypeAlias = Callable[[Any], Value]

ENTRY_TYPE: Final = {"Phones": "PhoneType", "Addresses": "AddressType"}
# A phone is one field, an address is several.
_HAS_PARTS: Final = {"Phones": False, "Addresses": True, "Payments": True}
LAST: Final = "last"
# An over- or prepayment is money that came in; a credit note is none.
RECEIVED: Final = ("Payments", "Overpayments", "Prepayments")
STREET: Final = "Street"
STREET_LINES: Final = ("AddressLine1", "AddressLine2", "AddressLine3", "AddressLine4")
LONGEST_STREET_LINE: Final = 500  # facts/xero.md 3.9
PHONE_PARTS: Final = ("PhoneCountryCode", "PhoneAreaCode", "PhoneNumber")
# Parts of the row that a write must repeat whole; any other object (a document's Contact) carries our part alone,
# because its other fields would be written through to the contact (facts/xero.md 3.10).
REPEATED: Final = frozenset({"SalesDetails", "PurchaseDetails"})

_PATH = re.compile(r"(\w+)(?:\[(\w+)\])?(?:\.(\w+))?")


@dataclass(frozen=True, slots=True)
class Path:
    """One parsed path: `head`, `head.tail`, `head[entry]` or `head[entry].tail`."""

    head: str
    entry: str | None = None
    tail: str | None = None

    @staticmethod
    def parse(given: str) -> Path:
        match = _PATH.fullmatch(given)
        if match is None or (match[2] and bool(match[3]) is not _HAS_PARTS.get(match[1])):
            raise BadInput(f"“{given}” is not the name of a field.")
        if (match[1] == "Payments" and match[2] is not None) is not (match[2] == LAST):
            raise BadInput(f"“{given}” is not the name of a field.")
        return Path(match[1], match[2], match[3])


# ------------------------------------------------------------------ reading


Column: TypeAlias = tuple[str, str, Clean]
"""(canonical name, native name, how the value is cleaned)."""


@dataclass(frozen=True, slots=True)
class _Entries:
    """What is read of one entry of an array: columns, and parts put together from several."""

    columns: list[Column] = field(default_factory=list)
    parts: list[tuple[str, Callable[[Mapping[str, Any]], Any], Clean]] = field(default_factory=list)


class Reader:
    """Reads the mapped fields of a row; everything that can be decided beforehand is decided here."""

    def __init__(self, fields: Iterable[tuple[str, Path, Clean]]) -> None:
        self._plain: list[Column] = []
        nested: dict[str, list[Column]] = {}
        arrays: dict[str, dict[str, _Entries]] = {}
        self._latest: list[Column] = []
        self._absent: dict[str, Value] = {}  # an array may lack the entry
        for name, path, clean in fields:
            if path.entry == LAST:
                self._latest.append((name, path.tail or "", clean))
            elif path.entry is not None:
                self._absent[name] = None
                entries = arrays.setdefault(path.head, {}).setdefault(path.entry, _Entries())
                if path.head == "Phones" or path.tail == STREET:
                    entries.parts.append((name, _phone if path.head == "Phones" else _street, clean))
                else:
                    entries.columns.append((name, path.tail or "", clean))
            elif path.tail is not None:
                nested.setdefault(path.head, []).append((name, path.tail, clean))
            else:
                self._plain.append((name, path.head, clean))
        self._nested = list(nested.items())
        self._arrays = [(head, ENTRY_TYPE[head], wanted) for head, wanted in arrays.items()]

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Value]:
        get = row.get
        out = dict(self._absent)
        for name, native, clean in self._plain:
            value = get(native)
            out[name] = None if value is None else clean(value)
        for outer, columns in self._nested:
            inner = get(outer) or {}
            for name, native, clean in columns:
                value = inner.get(native)
                out[name] = None if value is None else clean(value)
        for name, native, clean in self._latest:
            found = [value for head in RECEIVED for entry in get(head) or () if (value := entry.get(native))]
            out[name] = clean(max(found)) if found else None
        for head, kind, wanted in self._arrays:
            seen: set[str] = set()
            for entry in get(head) or ():
                type_ = entry.get(kind)
                entries = wanted.get(type_)
                if entries is None or type_ in seen:  # of several of one type the first counts, as for a write
                    continue
                seen.add(type_)
                for name, native, clean in entries.columns:
                    if value := entry.get(native):  # these are texts: blank is what `absent` says already
                        out[name] = clean(value)
                for name, part, clean in entries.parts:
                    if (whole := part(entry)) is not None:
                        out[name] = clean(whole)
        return out


def _phone(entry: Mapping[str, Any]) -> str | None:
    number = entry.get("PhoneNumber")
    if not number:
        return None
    country, area = entry.get("PhoneCountryCode"), entry.get("PhoneAreaCode")
    return number if not (country or area) else " ".join(part for part in (country, area, number) if part)


def _street(entry: Mapping[str, Any]) -> str | None:
    return "\n".join([line for name in STREET_LINES if (line := entry.get(name))]) or None


# ------------------------------------------------------------------ writing


def write(body: Body, path: Path, value: Any, current: Mapping[str, Any]) -> None:
    """Put a native value at its place in `body`; `current` is the row as it stands, for what must be repeated."""
    if path.entry is not None:
        _write_entry(_entry(body, path.head, path.entry, current), path, value)
    elif path.tail is not None:
        kept = current.get(path.head) if path.head in REPEATED else None
        body.setdefault(path.head, dict(kept or {}))[path.tail] = value
    else:
        body[path.head] = value


def _entry(body: Body, head: str, wanted: str, current: Mapping[str, Any]) -> Body:
    kind = ENTRY_TYPE[head]
    array: list[Body] = body.setdefault(head, [dict(entry) for entry in current.get(head) or ()])
    for entry in array:
        if entry.get(kind) == wanted:
            return entry
    array.append({kind: wanted})
    return array[-1]


def _write_entry(entry: Body, path: Path, value: Any) -> None:
    if path.head == "Phones":  # the number whole: nobody can tell which of its digits are the area's
        entry.update(dict.fromkeys(PHONE_PARTS, ""))
        entry["PhoneNumber"] = value
    elif path.tail == STREET:
        lines = [*lines_of(value), "", "", "", ""]
        entry.update(zip(STREET_LINES, lines, strict=False))
    elif path.tail is not None:
        entry[path.tail] = value
