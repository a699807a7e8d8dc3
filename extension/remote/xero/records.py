"""Xero as `sync.ports.Remote`: contacts, items, sales invoices, bills, purchase orders.

Raw JSON both ways: the SDK's models turn null into the text "None", and one unknown enum value costs a whole page
(facts/xero.md 2.4).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from extension.remote import wire
from extension.remote.line import Line
from extension.remote.oauth import Authority
from extension.remote.pool import IN_FLIGHT
from extension.remote.transport import Transport
from extension.remote.xero import words
from extension.remote.xero.client import Composer
from extension.remote.xero.feeds import FEEDS, of_types
from extension.remote.xero.finding import Finder
from extension.remote.xero.reading import Reader
from extension.remote.xero.writing import BATCH, Writer
from extension.sync import errors
from extension.sync.actions import Call, Write
from extension.sync.canonical import XERO, Side
from extension.sync.model import Row
from extension.sync.ports import Answer, FeedFacts, Page, Probe, Tombstone

SALES_ONLY: Final[Mapping[str, Sequence[str]]] = {"Invoices": ("ACCREC",)}
KEY_SECONDS: Final = 300  # Xero keeps a key for 360: what is left covers a slow answer and clocks that disagree


@dataclass(frozen=True, slots=True)
class Tenant:
    """An organisation that a grant reaches. `connection` is what a disconnect names."""

    id: str
    name: str
    connection: str


def line(transport: Transport, authority: Authority, tenant_id: str, *, background: bool = False) -> Line:
    """The way to one Xero organisation, on its own budget."""
    return Line(
        transport,
        authority,
        scheme="Bearer",
        listen=words.listen,
        account=f"xero:{tenant_id}",
        background=background,
    )


def tenants(way: Line) -> list[Tenant]:
    """The organisations that a grant reaches; practices and others are no books."""
    built = Composer("-").connections()
    answer = way.ask("connections", built.method, built.path, headers=built.headers, counted=False)
    found = answer.json()
    return [
        Tenant(str(one["tenantId"]), wire.redact(one.get("tenantName") or ""), str(one.get("id") or ""))
        for one in (found if isinstance(found, list) else [])
        if one.get("tenantType") == "ORGANISATION" and one.get("tenantId")
    ]


def disconnect(way: Line, tenant_id: str) -> None:
    """Ends our access to this organisation alone. Revoking the token would end everything that the person connected
    (facts/xero.md 3.2), other connections of this installation among it."""
    for each in tenants(way):
        if each.id == tenant_id:
            built = Composer("-").disconnect(each.connection)
            way.ask("connections", built.method, built.path, headers=built.headers, accept=(404,), counted=False)


class XeroRemote:
    """One Xero organisation. `numbered`: the document feeds in which we send the number ourselves, so that Xero
    refuses a second one. `types`: which rows of a feed of several types somebody looks at."""

    side: Side = XERO

    def __init__(
        self,
        transport: Transport,
        authority: Authority,
        tenant_id: str,
        background: bool = False,
        *,
        page_size: int = 1000,
        numbered: Collection[str] = (),
        types: Mapping[str, Sequence[str]] = SALES_ONLY,
        max_in_flight: int = IN_FLIGHT,
    ) -> None:
        self._tenant = tenant_id
        self._line = line(transport, authority, tenant_id, background=background)
        self._authority = authority
        self._numbered = frozenset(numbered)
        composer = Composer(tenant_id)
        self._feeds = {name: of_types(feed, types.get(name, ())) for name, feed in FEEDS.items()}
        self._reader = Reader(self._line, composer, page_size, max_in_flight)
        self._writer = Writer(self._line, composer, self._reader, self._feeds)
        self._finder = Finder(self._reader, self._numbered, self._feeds)

    def identity(self) -> str:
        """Our organisation, as long as it is still among those that the grant reaches."""
        return self._authority.reached(self._connected)

    def _connected(self) -> str:
        if any(tenant.id == self._tenant for tenant in tenants(self._line)):
            return self._tenant
        self._authority.broken("disconnected")
        raise errors.Unauthorised(
            "This Xero organisation is no longer connected.", side=XERO, call="connections", code="disconnected"
        )

    def clock(self) -> datetime | None:
        return self._line.clock

    def facts(self, feed: str) -> FeedFacts:
        return FeedFacts(
            batch=BATCH,
            unique=feed in ("Contacts", "Items") or feed in self._numbered,
            key_seconds=KEY_SECONDS,
            arrays=self._feeds[feed].arrays,
            restless=bool(self._feeds[feed].restless),
        )

    def size(self, feed: str) -> int | None:
        return self._reader.size(self._feeds[feed])

    def walk(self, feed: str, since: datetime | None, position: str | None) -> Iterator[Page]:
        return self._reader.walk(self._feeds[feed], since, position)

    def deleted(self, feed: str, since: datetime | None) -> Iterator[Sequence[Tombstone]]:
        """Xero has none: documents change their status, contacts are archived, items disappear."""
        return iter(())

    def restless(self, feed: str) -> Iterator[Page]:
        asked = self._feeds[feed].restless
        return self._reader.walk(self._feeds[feed], None, None, asked) if asked else iter(())

    def fetch(self, feed: str, ids: Sequence[str]) -> Mapping[str, Row | None]:
        return self._reader.whole(self._feeds[feed], ids)

    def find(self, feed: str, probes: Sequence[Probe]) -> Sequence[Row]:
        return self._finder.find(self._feeds[feed], probes)

    def draft(self, writes: Sequence[Write]) -> Sequence[tuple[Call, Sequence[Write]]]:
        return self._writer.draft(writes) if writes else []

    def send(self, call: Call) -> Sequence[Answer]:
        return self._writer.send(call)
