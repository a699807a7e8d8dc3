"""What a call was for, told from its line in the service's journal, and the fewest calls that the work could take.

Pure. The floor is arithmetic over what changed and what must be written: one call per feed and per deletions feed,
the further pages, full batches, and one GET per document on the Zoho side, whose lists carry no lines
(facts/zoho.md 3.4). Everything beyond it is overhead, by kind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil
from typing import Final, Literal
from urllib.parse import parse_qs

from extension.sync.canonical import XERO, ZOHO, Side

Kind = Literal[
    "feed", "further page", "deletions feed", "document", "write", "read again", "query", "identity", "token", "other"
]
KINDS: Final[tuple[Kind, ...]] = Kind.__args__  # type: ignore[attr-defined]

PAGE: Final[Mapping[Side, int]] = {ZOHO: 200, XERO: 1_000}
BATCH: Final[Mapping[Side, int]] = {ZOHO: 100, XERO: 50}
FEEDS: Final[Mapping[Side, int]] = {ZOHO: 6, XERO: 4}
DOCUMENTS: Final = frozenset({"Invoices", "Purchase_Orders"})
"""Zoho's modules whose lists and answers to writes carry no lines: each record is one GET."""

_ZOHO = re.compile(r"/crm/v\d/(?P<module>\w+)(?:/(?P<one>\w+))?")
_XERO = re.compile(r"/api\.xro/2\.0/(?P<module>\w+)(?:/(?P<one>[\w-]+))?")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a journal. `at`: when, by the service's clock."""

    side: Side
    method: str
    path: str
    query: str
    status: int
    at: str = ""


def kind_of(line: Line) -> Kind:
    """What this call was for."""
    path = line.path.lower()  # as xero-python spells it: /Connections
    if path.endswith(("/token", "/authorize", "/auth", "/revocation", "/revoke")):
        return "token"
    if path.endswith(("/crm/v8/org", "/connections")):
        return "identity"
    found = (_ZOHO if line.side == ZOHO else _XERO).fullmatch(line.path)
    if found is None:
        return "other"
    if found["module"] == "coql":
        return "query"
    if line.method != "GET":
        return "write"
    return _read(line.side, found["one"], parse_qs(line.query))


def _read(side: Side, one: str | None, asked: Mapping[str, list[str]]) -> Kind:
    if one == "deleted" and side == ZOHO:
        return "deletions feed"
    if one is not None:
        return "document" if side == ZOHO else "read again"
    if "ids" in asked or "IDs" in asked:
        return "read again"
    return "further page" if "page_token" in asked or asked.get("page", ["1"]) != ["1"] else "feed"


def by_kind(lines: Iterable[Line]) -> Counter[tuple[Side, Kind]]:
    return Counter((line.side, kind_of(line)) for line in lines)


@dataclass(frozen=True)
class Work:
    """What happened in the world: rows per (side, module) that changed there, and rows that must be written there."""

    changed: Mapping[tuple[Side, str], int] = field(default_factory=dict)
    written: Mapping[tuple[Side, str], int] = field(default_factory=dict)


def floor(work: Work) -> Counter[tuple[Side, Kind]]:
    """The fewest calls, by kind."""
    least: Counter[tuple[Side, Kind]] = Counter({(side, "feed"): feeds for side, feeds in FEEDS.items()})
    least[ZOHO, "deletions feed"] = FEEDS[ZOHO]
    for (side, module), rows in work.changed.items():
        least[side, "further page"] += max(0, ceil(rows / PAGE[side]) - 1)
        least[side, "document"] += rows if _singly(side, module) else 0
    for (side, module), rows in work.written.items():
        batches = ceil(rows / BATCH[side])
        least[side, "write"] += batches
        if _singly(side, module):
            least[side, "document"] += rows
        elif side == ZOHO:  # answers id and time only; Xero's answers carry the row
            least[side, "read again"] += batches
    return +least


def _singly(side: Side, module: str) -> bool:
    return side == ZOHO and module in DOCUMENTS
