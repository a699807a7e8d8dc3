"""Making a connection: consent on both sides, whose organisations these are, what is known of them, and then memory.

The portal and the command line bring the person; the steps are here and know neither. Nothing is stored before both
services have said who they are; connecting the same two organisations again renews their grants and keeps the rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, tzinfo
from typing import Protocol

from extension.bootstrap import Authority, Connection, Consent, Held, House, Reached
from extension.entities import fetched as fetched_facts
from extension.entities.currencies import check_base
from extension.entities.registry import default_settings
from extension.organisations import zone
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import BadInput, Unauthorised
from extension.sync.ports import Grant, Grants


class Kept(Grants, Protocol):
    """Where consents wait until the connection is made."""

    def put(self, side: Side, grant: Grant) -> None:
        """Keeps a new consent in the place of whatever was there."""
        ...


@dataclass(frozen=True)
class Begun:
    """A consent that a person is asked for just now."""

    side: Side
    url: str
    redirect_uri: str
    consent: Consent = field(repr=False)
    authority: Authority = field(repr=False)


@dataclass(frozen=True)
class Wishes:
    """What the person chose. `name` "": as the Xero organisation is called."""

    name: str = ""
    start: str = "today"
    xero_organisation: str = ""


@dataclass(frozen=True)
class Made:
    """A connection that works. `new`: it was not there before."""

    connection: Connection
    new: bool


class Connecting:
    """One person's way to a connection: begin and finish for each side, then make."""

    def __init__(self, house: House, grants: Kept | None = None) -> None:
        self._house = house
        self._grants: Kept = Held() if grants is None else grants

    def begin(self, side: Side) -> Begun:
        """Where to send the browser."""
        authority = self._house.authority(side, self._grants)
        consent = Consent.begin()
        return Begun(side, authority.authorise_url(consent), self._house.redirect_uri(side), consent, authority)

    def finish(self, begun: Begun, callback: Mapping[str, str]) -> None:
        """The browser came back with this query."""
        self._grants.put(begun.side, begun.authority.exchange(begun.consent, callback))

    def resume(self, side: Side, consent: Consent, callback: Mapping[str, str]) -> None:
        """As `finish`, by what was remembered of a consent that another process may have begun."""
        authority = self._house.authority(side, self._grants)
        self._grants.put(side, authority.exchange(consent, callback))

    def reached(self, side: Side) -> Sequence[Reached]:
        """The organisations that the consent of this side reaches."""
        return self._house.reached(side, self._grants)

    def make(self, wishes: Wishes) -> Made:
        """Raises BadInput before anything is stored."""
        house, now = self._house, self._house.clock.now()
        start_of(wishes.start, now, UTC)  # wrong words are refused before anything is asked for
        (crm,) = house.reached(ZOHO, self._grants)
        known = house.connections.by_organisation(ZOHO, crm.id)
        books = self._books(house.reached(XERO, self._grants), wishes.xero_organisation, known)
        same = known if known is not None and known.organisations[XERO] == books.id else None
        name = same.name if same else self._free(wishes.name or books.name)
        fetched = house.fetched(self._grants, {ZOHO: crm.id, XERO: books.id})
        check_base(fetched_facts.read(fetched))
        if same is None:
            start = start_of(wishes.start, now, zone(fetched))
            number = house.connections.create(name, crm.id, books.id, default_settings(fetched), start).id
        else:
            number = same.id
        self._keep(number)
        house.connections.set_fetched(number, fetched)
        return Made(house.connections.get(number), same is None)

    def _keep(self, number: int) -> None:
        kept = self._house.grants(number)
        for side in SIDES:
            grant = self._grants.get(side)
            if grant is None:
                raise Unauthorised("The consent ended while it was being used.", side=side, code="not_connected")
            old = kept.get(side)
            kept.save(side, grant)
            if side == ZOHO:
                self._house.give_back(old)

    def _free(self, name: str) -> str:
        if self._house.connections.called(name) is not None:
            raise BadInput(f"There is a connection “{name}” already.", hint="Choose another name.")
        return name

    def _books(self, found: Sequence[Reached], wanted: str, known: Connection | None) -> Reached:
        """The one that was named; else the one this CRM is connected with; else the only one that is free."""
        names = ", ".join(f"“{each.name}”" for each in found)
        if not found:
            raise BadInput("The consent reaches no Xero organisation.", hint="Connect again and choose one.")
        if wanted:
            choice = [each for each in found if wanted.casefold() in (each.id.casefold(), each.name.casefold())]
            complaint = f"Xero's consent does not reach exactly one organisation “{wanted}”; it reaches {names}."
        elif known is not None and (choice := [each for each in found if each.id == known.organisations[XERO]]):
            return choice[0]
        else:
            choice = [each for each in found if self._house.connections.by_organisation(XERO, each.id) is None]
            complaint = f"The consent reaches several Xero organisations: {names}."
            if not choice:
                complaint = f"Every Xero organisation that the consent reaches is connected already: {names}."
        if len(choice) != 1:
            raise BadInput(complaint, hint="Say which one; on the command line with --xero-organisation NAME.")
        return choice[0]


def start_of(words: str, now: datetime, days: tzinfo) -> datetime | None:
    """today | everything | a date, in that time zone: what is older is matched and never created."""
    if words == "everything":
        return None
    try:
        day = now.astimezone(days).date() if words == "today" else date.fromisoformat(words)
    except ValueError:
        raise BadInput(f"“{words}” is no start date.", hint="Say today, everything or a date as 2026-04-01.") from None
    return datetime.combine(day, time.min, days).astimezone(UTC)
