"""What is synchronised on one connection: its entities, the views of its rows and the bodies of its writes.

Pure. Implements `ports.Registry` from two plain documents that are kept per connection: the settings, which people
edit, and what was fetched of both organisations' set-up. An entity is added by its file and one line here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from extension.entities import fetched as fetched_facts
from extension.entities import settings as connection_settings
from extension.entities.account import Account
from extension.entities.bill import Bill
from extension.entities.catalogue import Pair
from extension.entities.contact import Contact
from extension.entities.currencies import CRM_RATE
from extension.entities.defaults import default_settings
from extension.entities.documents import Document
from extension.entities.entity import Pairing
from extension.entities.invoice import Invoice
from extension.entities.posted import Posted
from extension.entities.product import Product
from extension.entities.purchase_order import PurchaseOrder
from extension.entities.settings import Settings
from extension.entities.totals import HEADER
from extension.entities.vendor import Vendor
from extension.entities.xero_contact import body_of
from extension.sync.actions import Part
from extension.sync.canonical import SERVICES, XERO, ZOHO, Side
from extension.sync.errors import BadInput, RemoteError
from extension.sync.model import Record, Row
from extension.sync.ports import Probe

__all__ = ["Registry", "build", "default_settings"]

PAIRINGS: Final[Sequence[type[Pairing]]] = (Account, Vendor, Product, Contact, Invoice, PurchaseOrder, Bill)
ALWAYS: Final = ("Created_Time", "Modified_Time")
FORMLESS: Final = (AttributeError, LookupError, TypeError, ValueError, ArithmeticError)
SOUGHT: Final = {"Contacts": ("Full_Name",)}  # nothing reads it, but a lost create is looked for by it


def build(settings: Mapping[str, Any], fetched: Mapping[str, Any], site: str = "") -> Registry:
    """Raises BadInput with one sentence where the settings are not complete. `site`: where people open the CRM."""
    return Registry(connection_settings.parse(settings, fetched_facts.read(fetched), site))


class Registry:
    """The enabled entities of one connection, parents first."""

    def __init__(self, settings: Settings) -> None:
        self.version, self.document_limit = settings.version, settings.document_limit
        self.entities: Sequence[Pairing] = [kind(settings) for kind in PAIRINGS if _has(settings, kind.pair)]
        self._fetched = settings.fetched
        self._by_name = {entity.name: entity for entity in self.entities}
        self._by_feed: dict[tuple[Side, str], list[Pairing]] = {}
        for entity in self.entities:
            for side, feed in entity.feeds.items():
                self._by_feed.setdefault((side, feed), []).append(entity)

    def entity(self, name: str) -> Pairing:
        found = self._by_name.get(name)
        if found is None:
            raise BadInput(f"There is no entity “{name}” here; there are {', '.join(self._by_name)}.")
        return found

    def feeds(self, side: Side, entities: Iterable[str]) -> Sequence[str]:
        wanted = {self.entity(name).name for name in entities}
        return list(dict.fromkeys(entity.feeds[side] for entity in self.entities if entity.name in wanted))

    def fields_of(self, feed: str, side: Side) -> Sequence[str]:
        """What the CRM must be asked for by name. Xero sends whole rows; lines come with the document itself."""
        if side == XERO:
            return ()
        names = [*ALWAYS, *SOUGHT.get(feed, ())]
        for entity in self._by_feed.get((side, feed), ()):
            names += [mapped.zoho.head for mapped in entity.fields.values() if mapped.zoho is not None]
            names += entity.also_read
            if isinstance(entity, Document):
                names += [name for name in HEADER if not self._fetched.lacks(feed, name)]
                names += ["Currency"] if self._fetched.multi_currency else []
                names += [CRM_RATE] if entity.currencies.reads_rate else []
        return list(dict.fromkeys(names))

    def types(self, feed: str) -> Sequence[str]:
        """Which types of a Xero collection somebody looks at; (): it knows no types, or nobody looks."""
        return [e.type for e in self._by_feed.get((XERO, feed), ()) if isinstance(e, Posted)]

    # ------------------------------------------------------------------ rows

    def views(self, side: Side, row: Row, known: Sequence[Record]) -> Sequence[Record]:
        entities = self._by_feed.get((side, row.feed), ())
        try:
            if len(entities) == 1:
                return entities[0].views(side, row, known)
            return [record for entity in entities for record in entity.views(side, row, known)]
        except FORMLESS as trouble:
            raise _formless(side, row, trouble) from trouble

    def body(self, side: Side, feed: str, parts: Sequence[Part], current: Row | None) -> Mapping[str, object]:
        if side == XERO and feed == "Contacts":
            return body_of(parts, current, self._by_name)
        (part,) = parts
        return self.entity(part.entity).body(side, part, current.body if current is not None else {})

    def locate(self, part: Part, views: Sequence[Record], taken: Iterable[str]) -> Record | None:
        claimed = set(taken)
        own = [view for view in views if view.entity == part.entity and view.side == part.side]
        if part.read is not None:
            return next((view for view in own if view.id == part.read.id), None)
        return self.entity(part.entity).locate(part, [view for view in own if view.id not in claimed])

    def probe(self, part: Part) -> Probe:
        return self.entity(part.entity).probe(part)

    # ------------------------------------------------------------------ for the adapters

    def stamp_field(self, feed: str) -> str | None:
        """The CRM's field that carries the Xero id."""
        for entity in self._by_feed.get((ZOHO, feed), ()):
            if entity.stamp is not None and entity.stamp.zoho is not None:
                return entity.stamp.zoho.head
        return None

    def stamp_unique(self, feed: str) -> bool:
        """Whether the CRM itself refuses a second record with the same Xero id."""
        name = self.stamp_field(feed)
        known = self._fetched.field_of(feed, name) if name is not None else None
        return known is not None and known.unique


def _formless(side: Side, row: Row, trouble: Exception) -> RemoteError:
    """A row that is not built as its service builds rows: it is read again, and nothing is decided on it."""
    service = SERVICES[side]
    return RemoteError(
        f"{service} ({row.feed}): the record {row.id} came in a form that nobody can read ({type(trouble).__name__}).",
        side=side,
        call="read",
        code="unreadable",
        hint="Nothing to do: the next run asks again. Should it say the same, look at that record in the service.",
    )


def _has(settings: Settings, pair: Pair) -> bool:
    own = settings.entities.get(pair.name)
    return own is not None and own.pair == pair
