"""Finding a record that a lost create may have made: by stamp, code or number. The caller compares what is found.

Text in `where` compares without regard to case. Values with a quote or a backslash go by `searchTerm` instead: how
they would have to be escaped is written nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from extension.remote.pool import IN_FLIGHT, in_order
from extension.remote.xero.feeds import FEEDS, Feed
from extension.remote.xero.reading import LONGEST_WHERE, Reader
from extension.sync.model import Row
from extension.sync.ports import Probe

_IN_PATH: Final = re.compile(r"[\w. -]+", re.ASCII)


class Finder:
    """Looks for creates of one organisation. `numbered`: feeds whose documents carry a number that we send."""

    def __init__(self, reader: Reader, numbered: frozenset[str], feeds: Mapping[str, Feed] = FEEDS) -> None:
        self._reader, self._numbered, self._feeds = reader, numbered, feeds

    def find(self, feed: Feed, probes: Sequence[Probe]) -> list[Row]:
        stamps = sorted({p.stamp for p in probes if p.stamp})
        keys = sorted({p.key for p in probes if p.key})
        match feed.name:
            case "Contacts":
                rows = self._contacts(stamps, keys, sorted({p.parent for p in probes if p.parent}))
            case "Items":
                rows = self._items(keys)
            case "Invoices":
                rows = self._invoices(keys)
            case _:
                rows = self._orders(feed, keys)
        return list({one.id: one for one in rows if one.state != "gone"}.values())

    def _contacts(self, stamps: Sequence[str], keys: Sequence[str], parents: Sequence[str]) -> list[Row]:
        """Archived ones count only by their number: that stays taken, while an archived name is free again."""
        feed = self._feeds["Contacts"]
        numbered = self._asked(feed, "ContactNumber", stamps)
        named = [one for one in self._asked(feed, "Name", keys) if one.state == "live"]
        inside = [one for one in self._reader.whole(feed, parents).values() if one is not None]
        return [*numbered, *named, *inside]

    def _items(self, keys: Sequence[str]) -> list[Row]:
        """Items come as one list anyway."""
        wanted = {key.casefold() for key in keys}
        rows = self._reader.listed(self._feeds["Items"]) if wanted else []
        return [one for one in rows if str(one.body.get("Code", "")).casefold() in wanted]

    def _invoices(self, keys: Sequence[str]) -> list[Row]:
        feed = self._feeds["Invoices"]
        plain = [key for key in keys if "," not in key]
        rows = [one for part in _portions(plain, 0) for one in self._reader.listed(feed, invoice_numbers=list(part))]
        rows += self._asked(feed, "InvoiceNumber", [key for key in keys if "," in key])
        if feed.name not in self._numbered:  # where Xero gave the number, `Reference` carries ours
            rows += self._asked(feed, "Reference", keys)
        return rows

    def _orders(self, feed: Feed, keys: Sequence[str]) -> list[Row]:
        """Purchase orders can be had by number, as long as it survives in a path. For all else they are looked
        through, since this endpoint has no `where`."""
        direct = [key for key in keys if _IN_PATH.fullmatch(key)]
        by_number = "get_purchase_order_by_number"
        found = dict(
            zip(direct, in_order(lambda key: self._reader.one(feed, key, by_number), direct, IN_FLIGHT), strict=True)
        )
        rows = [one for one in found.values() if one is not None]
        names = ["PurchaseOrderNumber"] + ["Reference"] * (feed.name not in self._numbered)
        done = set(direct) if feed.name in self._numbered else {key for key, one in found.items() if one is not None}
        open_ = {key.casefold() for key in keys if key not in done}
        if open_:
            rows += [
                one
                for one in self._reader.listed(feed)
                if any(str(one.body.get(name, "")).casefold() in open_ for name in names)
            ]
        return rows

    def _asked(self, feed: Feed, name: str, values: Sequence[str]) -> list[Row]:
        """By `where` in portions that fit into an address."""
        odd = [value for value in values if '"' in value or "\\" in value]
        fine = [value for value in values if value not in odd]
        rows: list[Row] = []
        base = feed.asked.get("where")
        for part in _portions(fine, len(name) + 12):
            some = " OR ".join(f'{name}=="{value}"' for value in part)
            rows += self._reader.listed(feed, where=f"{base} AND ({some})" if base else some)
        for value in odd:
            rows += self._reader.listed(feed, search_term=value)
        return rows


def _portions(values: Sequence[str], overhead: int) -> Iterator[list[str]]:
    part: list[str] = []
    size = 0
    for value in values:
        longer = len(quote(value)) + overhead + 3
        if part and size + longer > LONGEST_WHERE:
            yield part
            part, size = [], 0
        part.append(value)
        size += longer
    if part:
        yield part
