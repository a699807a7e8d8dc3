"""Zoho CRM as `sync.ports.Remote`: records over REST v8.

Not through zcrmsdk: its v2 path is 15 to 20 times slower, cannot clear a field, takes no Decimal and knows no
optimistic lock (facts/zoho.md 1.2 to 1.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

from extension.remote.line import Line
from extension.remote.oauth import Authority
from extension.remote.pool import IN_FLIGHT
from extension.remote.transport import Transport
from extension.remote.zoho import finding, people, words
from extension.remote.zoho.reading import Reader
from extension.remote.zoho.walk import TOKEN_ROWS, walk
from extension.remote.zoho.writing import BATCH, Writer
from extension.sync.actions import Call, Write
from extension.sync.canonical import ZOHO, Side
from extension.sync.model import Row
from extension.sync.ports import Answer, FeedFacts, Page, Probe, Tombstone

FEEDS: Final = ("Accounts", "Contacts", "Vendors", "Products", "Invoices", "Purchase_Orders")


def line(transport: Transport, authority: Authority, organisation_id: str, *, background: bool = False) -> Line:
    """The way to one CRM organisation, on its own budget."""
    return Line(
        transport,
        authority,
        scheme="Zoho-oauthtoken",
        listen=words.listen,
        account=f"zoho:{organisation_id}",
        background=background,
    )


def identity(way: Line) -> str:
    """The id of the organisation that a grant reaches."""
    return people.organisation(way)[0]


class ZohoRemote:
    """One CRM organisation. `fields`: the native fields that a feed must bring; `unique_stamp`: whether a feed's
    Xero ID field refuses duplicates, so that sending a create again is safe."""

    side: Side = ZOHO

    def __init__(
        self,
        transport: Transport,
        authority: Authority,
        organisation_id: str,
        fields: Callable[[str], Sequence[str]],
        unique_stamp: Mapping[str, bool],
        background: bool = False,
        *,
        max_in_flight: int = IN_FLIGHT,
        trigger: Sequence[str] | None = (),
        finders: Mapping[str, finding.Finder] = finding.FINDERS,
        search: bool = False,
        token_rows: int = TOKEN_ROWS,
    ) -> None:
        self._authority = authority
        self._line = line(transport, authority, organisation_id, background=background)
        self._reader = Reader(self._line, fields, max_in_flight)
        self._writer = Writer(self._line, self._reader, trigger)
        self._fields, self._unique, self._finders = fields, unique_stamp, finders
        self._search, self._token_rows = search, token_rows

    def identity(self) -> str:
        return self._authority.reached(lambda: identity(self._line))

    def clock(self) -> datetime | None:
        return self._line.clock

    def facts(self, feed: str) -> FeedFacts:
        return FeedFacts(batch=BATCH, unique=self._unique.get(feed, False), deletions=True)

    def size(self, feed: str) -> int | None:
        return self._reader.size(feed)

    def walk(self, feed: str, since: datetime | None, position: str | None) -> Iterator[Page]:
        return walk(self._reader, feed, since, position, self._token_rows)

    def deleted(self, feed: str, since: datetime | None) -> Iterator[Sequence[Tombstone]]:
        return self._reader.deleted(feed, since)

    def restless(self, feed: str) -> Iterator[Page]:
        """The CRM dates every change of a record."""
        return iter(())

    def fetch(self, feed: str, ids: Sequence[str]) -> Mapping[str, Row | None]:
        return self._reader.whole(feed, ids)

    def find(self, feed: str, probes: Sequence[Probe]) -> Sequence[Row]:
        finder = self._finders.get(feed, finding.Finder())
        return finding.find(self._reader, feed, finder, probes, self._fields(feed), search=self._search)

    def draft(self, writes: Sequence[Write]) -> Sequence[tuple[Call, Sequence[Write]]]:
        return self._writer.draft(writes)

    def send(self, call: Call) -> Sequence[Answer]:
        return self._writer.send(call)
