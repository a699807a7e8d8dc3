"""Finding a record that a lost create may have made: by its stamp or by its natural key.

By COQL, which reads the table itself; by the search index where a setting says so. The caller compares what is found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from extension.remote.zoho.reading import Reader
from extension.sync.canonical import chunks
from extension.sync.model import Row
from extension.sync.ports import Probe

IN_LIST: Final = 50
CRITERIA: Final = 10


@dataclass(frozen=True, slots=True)
class Finder:
    """Which native fields say who a record is. `parent`: the lookup that a key is compared within."""

    stamp: str | None = "Xero_ID"
    keys: tuple[str, ...] = ()
    parent: str | None = None


# The default set-up's names; a connection gives its own.
FINDERS: Final[Mapping[str, Finder]] = {
    "Accounts": Finder(keys=("Account_Name",)),
    "Contacts": Finder(keys=("Email", "Full_Name"), parent="Account_Name"),
    "Vendors": Finder(keys=("Vendor_Name",)),
    "Products": Finder(keys=("Product_Code", "Product_Name")),
    "Invoices": Finder(keys=("Xero_Invoice_No", "Subject")),
    "Purchase_Orders": Finder(keys=("Xero_Invoice_No", "PO_Number", "Subject")),
}


def find(
    reader: Reader, feed: str, finder: Finder, probes: Sequence[Probe], known: Sequence[str], *, search: bool
) -> list[Row]:
    """Whole rows that may be one of those asked for. `known`: the fields that this organisation has."""
    ids: set[str] = set()
    for name, values in _questions(finder, probes, known):
        if search:
            for part in chunks(values, CRITERIA):
                ids.update(reader.search(feed, "or".join(f"({name}:equals:{_escaped(v)})" for v in part)))
        else:
            for part in chunks(values, IN_LIST):
                listed = ", ".join(_quoted(v) for v in part)
                ids.update(reader.ids_where(feed, f"{name} in ({listed})"))
    rows = reader.whole(feed, sorted(ids))
    return [row for row in rows.values() if row is not None]


def _questions(finder: Finder, probes: Sequence[Probe], known: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    stamps = sorted({p.stamp for p in probes if p.stamp})
    if finder.stamp in known and finder.stamp is not None and stamps:
        yield finder.stamp, stamps
    keys = sorted({p.key for p in probes if p.key})
    if keys:
        yield from ((name, keys) for name in finder.keys if name in known)
    parents = sorted({p.parent for p in probes if p.parent and not p.key})
    if finder.parent is not None and finder.parent in known and parents:
        yield finder.parent, parents  # people without any key: everyone of that account


def _quoted(text: str) -> str:
    """A COQL literal."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _escaped(text: str) -> str:
    """A value of search criteria."""
    return re.sub(r"([\\(),])", r"\\\1", text)
