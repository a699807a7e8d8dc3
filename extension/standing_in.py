"""The stand-in product in a connection's CRM: looked for, made, chosen, and taken away where nothing uses it.

A part of the set-up (`preparing`), which brings the person and the order of the steps. That it is about to be made is
noted before it is sent; after a lost answer it is found again by its name.
"""

from __future__ import annotations

from typing import Final

from extension.bootstrap import Connection, House, MadeThing
from extension.entities import fetched as fetched_facts
from extension.entities.catalogue import PAIRS
from extension.entities.stand_in import MODULE, NAME, StandIn, body, chosen
from extension.sync.canonical import ZOHO

KIND: Final = "product"


class StandingIn:
    """One connection's stand-in."""

    def __init__(self, house: House, connection: Connection) -> None:
        self._house, self._connection = house, connection
        self._crm, self._made = house.crm_setup(connection), house.crm_made(connection)

    def look(self, *, wanted: bool) -> StandIn:
        """What would be done."""
        return StandIn(wanted, tuple(self._crm.called(MODULE, "Product_Name", NAME)) if wanted else ())

    def make(self, plan: StandIn, actor: str) -> None:
        """Makes it where it is not there, and chooses it. Raises RemoteError."""
        if plan.makes:
            self._made.begin(MODULE, KIND, [NAME])
            product = self._crm.make_record(MODULE, body(fetched_facts.read(self._connection.fetched)))
            self._made.done(MODULE, KIND, NAME, product)
        else:
            (product,) = plan.there
            if any(not each.remote for each in self._mine()):  # its answer was lost
                self._made.done(MODULE, KIND, NAME, product)
        self._choose(product, actor)

    def ours(self) -> tuple[str, bool] | None:
        """The id of the one that we made and that is still there, and whether anything uses it."""
        there = set(self._crm.called(MODULE, "Product_Name", NAME)) if self._mine() else set()
        product = next((each.remote for each in self._mine() if each.remote in there), None)
        return None if product is None else (product, self._used())

    def take_away(self, product: str, actor: str) -> None:
        """Raises RemoteError."""
        self._crm.delete_record(MODULE, product)
        self._made.forget([each.id for each in self._mine() if each.remote == product])
        if self._house.connections.get(self._connection.id).settings.get("itemless_product") == product:
            self._choose(None, actor)

    def _mine(self) -> list[MadeThing]:
        return [each for each in self._made.all() if each.kind == KIND]

    def _used(self) -> bool:
        """Whether a document of the CRM has a line with it, as far as we know: where nobody has looked, it may."""
        store = self._house.store(self._connection)
        papers = [pair for pair in PAIRS.values() if pair.document]
        if any(not store.feed(ZOHO, pair.module).scanned for pair in papers):
            return True
        return self._house.itemless(self._connection, [pair.name for pair in papers])

    def _choose(self, product: str | None, actor: str) -> None:
        connection = self._house.connections.get(self._connection.id)
        settings = chosen(connection.settings, product)
        if settings != connection.settings:
            now = self._house.clock.now()
            self._house.connections.update_settings(connection.id, settings, actor, now, was=connection.settings)
