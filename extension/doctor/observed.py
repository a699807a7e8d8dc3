"""What the documents and products that were observed need of both organisations, counted in one walk over them.

Pure. A document counts where a run would look at it: it is linked, or it would be created on the other side. Read from
what is remembered: no service is asked, and what changed there since the last run is not in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from extension.entities.locks import locked
from extension.entities.postings import Postings
from extension.entities.statuses import ENDED
from extension.entities.taxes import Trade
from extension.entities.values import key
from extension.sync.canonical import XERO, ZOHO, Fields, Side
from extension.sync.model import Record

Walk: TypeAlias = Callable[[str, Side], Iterable[tuple[Record, str | None]]]
"""Every record of an entity and side, those included that are no more, with the id of its counterpart."""
EXAMPLES: Final = 3
OF_HEADER: Final = "document."  # begins the id of such a line


@dataclass
class Tally:
    """How many, and what the first of them are called."""

    n: int = 0
    titles: list[str] = field(default_factory=list)

    def add(self, title: str) -> None:
        self.n += 1
        if title and len(self.titles) < EXAMPLES:
            self.titles.append(title)


def tallies() -> defaultdict[str | None, Tally]:
    return defaultdict(Tally)


@dataclass(frozen=True, slots=True)
class Paper:
    """One document by its number, normalised. `party`: within which it counts, "" where it counts everywhere. `ended`:
    voided or deleted."""

    title: str
    number: str
    party: str
    linked: bool
    ended: bool


Posting: TypeAlias = tuple[str | None, str | None]
"""(account of a line, None where nothing is said of it; the tax as its side calls it)."""


@dataclass
class Documents:
    """The documents of one entity on one side that a run would look at. `postings` and `lockable`: of new ones in the
    CRM, and of linked ones in Xero that may still be edited. `papers`: in the CRM those that would be created in Xero;
    in Xero those that have the number of one of them. `taken`: (party, number) of
    linked ones in the CRM. `numberless`, `rateless`, `whole`: new ones in the CRM without a number; without a rate,
    by currency; with an amount beside their lines, by its kind. `itemless`: new ones in Xero."""

    count: int = 0
    statuses: defaultdict[str | None, Tally] = field(default_factory=tallies)
    taxes: defaultdict[str | None, Tally] = field(default_factory=tallies)
    currencies: defaultdict[str | None, Tally] = field(default_factory=tallies)
    themes: defaultdict[str | None, Tally] = field(default_factory=tallies)
    postings: defaultdict[Posting, Tally] = field(default_factory=lambda: defaultdict(Tally))
    itemless: Tally = field(default_factory=Tally)
    rateless: defaultdict[str | None, Tally] = field(default_factory=tallies)
    whole: defaultdict[str | None, Tally] = field(default_factory=tallies)
    papers: list[Paper] = field(default_factory=list)
    taken: set[tuple[str, str]] = field(default_factory=set)
    numberless: Tally = field(default_factory=Tally)
    lockable: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))  # editable ones by their day


@dataclass(frozen=True)
class Good:
    """A product of the CRM that a run would look at."""

    id: str
    title: str
    code: str | None
    linked: bool


@dataclass
class Observed:
    """`scanned`: whether both sides were ever read to the end."""

    documents: dict[tuple[str, Side], Documents] = field(default_factory=dict)
    goods: list[Good] = field(default_factory=list)
    products: dict[str, bool] = field(default_factory=dict)  # every product of the CRM by its id -> is it there?
    scanned: bool = True

    def of(self, entity: str, side: Side) -> Documents:
        return self.documents.get((entity, side)) or Documents()


@dataclass(frozen=True)
class Reach:
    """What a run would look at: kinds of documents with their direction of trade, and since when records count."""

    trades: Mapping[str, Trade]
    products: bool = True
    start: datetime | None = None
    postings: Mapping[Trade, Postings] = field(default_factory=dict)

    def new(self, record: Record, twin: str | None) -> bool:
        """Whether it would be created on the other side."""
        young = self.start is None or record.modified >= self.start
        return twin is None and record.state == "active" and record.births and young


def observe(walk: Walk, reach: Reach) -> Observed:
    """One walk over everything that is remembered of documents and products."""
    found = Observed()
    codes = _Codes(reach.postings)
    if reach.products:
        for record, _ in walk("product", XERO):
            if record.live:
                codes.items[record.id] = record
        for record, twin in walk("product", ZOHO):
            found.products[record.id] = record.live
            if record.live:
                codes.know(record, twin)
            if reach.new(record, twin) or (twin is not None and record.state == "active"):
                found.goods.append(Good(record.id, record.title, record.fields.get("code"), twin is not None))
    for entity, trade in reach.trades.items():
        for side in (ZOHO, XERO):
            documents = found.documents[entity, side] = Documents()
            numbers = {paper.number for paper in found.of(entity, ZOHO).papers}
            for record, twin in walk(entity, side):
                new = reach.new(record, twin)
                _note_number(documents, record, twin, numbers, new=new)
                if new or (twin is not None and record.state == "active"):
                    _count(documents, record, codes.said[trade], new=new)
    return found


@dataclass
class _Codes:
    """What is said of the account of each product's lines, but for the default."""

    postings: Mapping[Trade, Postings]
    items: dict[str, Record] = field(default_factory=dict)
    said: dict[Trade, dict[str, str]] = field(default_factory=lambda: {"sales": {}, "purchases": {}})

    def know(self, product: Record, twin: str | None) -> None:
        for trade, postings in self.postings.items():
            if code := postings.account_of(product, self.items.get(twin or "")):
                self.said[trade][product.id] = code


def _count(documents: Documents, record: Record, said: Mapping[str, str], *, new: bool) -> None:
    fields, title = record.fields, record.title
    documents.count += 1
    documents.statuses[fields.get("status")].add(title)
    documents.currencies[fields.get("currency")].add(title)
    documents.themes[fields.get("theme")].add(title)
    lines: Sequence[Fields] = [line for line in fields.get("lines") or () if not _of_header(line)]
    for tax in {line.get("tax") for line in lines}:
        documents.taxes[tax].add(title)
    if record.side == XERO and new and any(not line.get("product") for line in lines):
        documents.itemless.add(title)
    if record.side == ZOHO and new:
        if "rate" in fields and not fields["rate"]:
            documents.rateless[fields.get("currency")].add(title)
        for kind in _amounts_of_the_whole(fields):
            documents.whole[kind].add(title)
    if new == (record.side == ZOHO) and not (record.side == XERO and locked(fields)):
        documents.lockable[str(fields.get("date") or "")].add(title)
        for posting in _postings(record.side, lines, said):
            documents.postings[posting].add(title)


def _of_header(line: Fields) -> bool:
    """A line that stands for an amount of the header of a document of the CRM."""
    return str(line.get("id")).startswith(OF_HEADER)


def _amounts_of_the_whole(fields: Fields) -> set[str]:
    """What a document of the CRM has beside its lines: a discount, an adjustment, a tax."""
    found = {str(line["id"]).removeprefix(OF_HEADER) for line in fields.get("lines") or () if _of_header(line)}
    named = {"discount": "document_discount", "adjustment": "adjustment", "tax": "document_tax"}
    return found | {kind for kind, name in named.items() if fields.get(name)}


def _postings(side: Side, lines: Iterable[Fields], said: Mapping[str, str]) -> set[Posting]:
    if side == XERO:
        return {(line.get("account"), line.get("tax")) for line in lines if line.get("account")}
    return {(said.get(line.get("product") or ""), line.get("tax")) for line in lines}


def _note_number(documents: Documents, record: Record, twin: str | None, wanted: Collection[str], *, new: bool) -> None:
    """Numbers are compared as Xero does: whatever their case; a bill's within its supplier."""
    number, status = key(record.fields.get("number")), record.fields.get("status")
    party = record.scope.handle if record.scope is not None else ""
    if record.side == ZOHO and not new:
        documents.taken |= {(party, number)} if number and twin is not None and record.live else set()
    elif not number:
        if record.side == ZOHO:
            documents.numberless.add(record.title)
    else:
        ended = record.side == XERO and status in ENDED
        if record.side == ZOHO or (number in wanted and (record.live or ended)):
            documents.papers.append(Paper(record.title, number, party, twin is not None, ended))
