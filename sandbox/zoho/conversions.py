"""What becomes of a lead, a quote or a sales order when somebody converts it (facts/zoho.md 5.1, 5.2, 22)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.zoho.catalogue import Catalogue
from sandbox.zoho.channels import Channels
from sandbox.zoho.errors import RowError, unknown_id
from sandbox.zoho.schema import Module
from sandbox.zoho.store import Record, Store
from sandbox.zoho.values import plain, record_id
from sandbox.zoho.writes import Act, Writer

NEXT = {"Quotes": ("Sales_Orders", "Invoices"), "Sales_Orders": ("Invoices",)}
"""What a document can become; the first is the usual one."""
BACK = {("Quotes", "Sales_Orders"): "Quote_Name", ("Sales_Orders", "Invoices"): "Sales_Order"}
OF_COMPANY = ("Phone", "Website")
OF_PERSON = ("First_Name", "Last_Name", "Email", "Phone", "Mobile")
COPIED = frozenset({"text", "textarea", "lookup", "currency", "date"})


@dataclass(frozen=True)
class Converted:
    """What a lead became, by id."""

    account: int | None
    contact: int
    deal: int | None


class Conversions:
    """Carries them out; a record that cannot be converted is a ValueError."""

    def __init__(self, store: Store, catalogue: Catalogue, writer: Writer, channels: Channels) -> None:
        self._store = store
        self._channels = channels
        self._catalogue = catalogue
        self._writer = writer

    def convert(self, module: Module, target: int, changes: Mapping[str, Any], act: Act) -> int:
        """The id of what it became: the person of a lead, else the document. `changes`: fields of the new record,
        `into` for a quote, `Deal_Name` for a lead that is worth one."""
        record = self._store.tables[module.api_name].live.get(target)
        if module.api_name != "Leads" and module.api_name not in NEXT:
            raise ValueError(f"in the CRM Leads, {', '.join(NEXT)} are converted, not {module.api_name}")
        if record is None:
            raise KeyError(target)
        if module.api_name == "Leads":
            more = {name: value for name, value in changes.items() if name != "Deal_Name"}
            deal = {"Deals": {"Deal_Name": changes["Deal_Name"]}} if changes.get("Deal_Name") else {}
            return self.lead(target, deal, act, more).contact
        into = str(changes.get("into", NEXT[module.api_name][0]))
        if into not in NEXT[module.api_name]:
            raise ValueError(f"{module.api_name} become {' or '.join(NEXT[module.api_name])}, not {into}")
        more = {name: value for name, value in changes.items() if name != "into"}
        return self._document(module, record, self._catalogue.module(into), more, act)

    def lead(self, target: int, wish: Mapping[str, Any], act: Act, more: Mapping[str, Any] | None = None) -> Converted:
        """The company that `wish` names ("Accounts"), else one of that name, takes the person in ("Contacts", or a new
        one with `more` fields); "Deals" are the fields of a deal. The lead is gone, and is not in the list of deleted
        ones. Raises RowError, and then nothing is changed."""
        before, unsaid = self._store.freeze(), self._channels.unsaid()
        try:
            return self._convert(target, wish, act, more or {})
        except RowError:
            self._store.thaw(before)
            self._channels.say_only(unsaid)
            raise

    def _convert(self, target: int, wish: Mapping[str, Any], act: Act, more: Mapping[str, Any]) -> Converted:
        table = self._store.tables["Leads"]
        if target not in table.live:
            raise unknown_id()
        lead, deal = table.live[target], wish.get("Deals")
        account = self._existing("Accounts", wish) or self._company(lead, act)
        parent = {"Account_Name": {"id": account}} if account else {}
        contact = self._existing("Contacts", wish)
        if contact is None:
            person = {**_some(lead, OF_PERSON), **parent, **more}
            contact = self._writer.create(self._catalogue.module("Contacts"), person, act).id
        worth = None
        if isinstance(deal, Mapping):
            row = {**deal, **parent, "Contact_Name": {"id": contact}}
            worth = self._writer.create(self._catalogue.module("Deals"), row, act).id
        table.delete(lead.id, lead.modified, act.user)
        del table.deleted[lead.id]
        return Converted(account, contact, worth)

    def _existing(self, module: str, wish: Mapping[str, Any]) -> int | None:
        """The record that is to be used, which a wish names by id or {"id"}."""
        given = wish.get(module)
        if given is None:
            return None
        found = record_id(given.get("id") if isinstance(given, Mapping) else given)
        if found is None or found not in self._store.tables[module].live:
            raise unknown_id(module)
        return found

    def _company(self, lead: Record, act: Act) -> int | None:
        name = lead.values.get("Company")
        if not name:
            return None
        found = self._store.tables["Accounts"].find("Account_Name", name)
        if found:
            return found[0]
        row = {"Account_Name": name, **_some(lead, OF_COMPANY)}
        return self._writer.create(self._catalogue.module("Accounts"), row, act).id

    def _document(self, module: Module, old: Record, into: Module, more: Mapping[str, Any], act: Act) -> int:
        """Fields that both have, and the lines with their prices as they stand."""
        row: dict[str, Any] = {}
        for name, field in module.by_name.items():
            other = into.by_name.get(name)
            value = old.values.get(name)
            if other is None or value is None or field.data_type not in COPIED or other.data_type != field.data_type:
                continue
            if not (field.read_only or other.read_only):
                row[name] = {"id": value} if field.lookup else value
        if back := BACK.get((module.api_name, into.api_name)):
            row[back] = {"id": old.id}
        row[into.items] = [
            {
                "Product_Name": {"id": line.product},
                "Quantity": line.quantity,
                "List_Price": plain(line.list_price),
                "Discount": plain(line.total - line.discounted),
                "Description": line.description,
                "Line_Tax": [{"id": tax.tax} for tax in line.taxes],
            }
            for line in old.lines
        ]
        return self._writer.create(into, {**row, **more}, act).id


def _some(record: Record, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: record.values[name] for name in names if record.values.get(name) is not None}
