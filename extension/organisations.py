"""What is known of the two organisations of a connection: the document that field maps are checked against.

Read at connecting and by *Data fetch*, kept with the connection, spelt as the services spell it. `entities.fetched`
reads it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

from extension.entities.catalogue import PAIRS
from extension.remote.line import Line
from extension.remote.xero.facts import XeroFacts
from extension.remote.zoho.metadata import Field, ZohoMetadata
from extension.sync.canonical import ZOHO, Side

Document = dict[str, Any]

# What API v8 calls the line items of each module (facts/zoho.md 3.6); another name is taken where it is the only one.
LINES: Final[Mapping[str, str]] = {"Invoices": "Invoiced_Items", "Purchase_Orders": "Purchase_Items"}


def _spelt(name: str) -> str:
    """The name of a time zone as Xero has it: as Windows does, in capitals and without spaces; brackets come and go."""
    return re.sub(r"[^A-Z0-9]", "", name.upper())


# Two of Xero's names Windows has given up.
ZONES: Final[Mapping[str, str]] = {
    "KAMCHATKASTANDARDTIME": "Asia/Kamchatka",
    "MIDATLANTICSTANDARDTIME": "Etc/GMT+2",
    **{_spelt(name): place for name, place in win_tz.items()},
}


def fetch(zoho: Line, xero: Line, tenant: str) -> Document:
    """The document, read now from both services."""
    return {"zoho": of_zoho(ZohoMetadata(zoho)), "xero": of_xero(XeroFacts(xero, tenant))}


def of_zoho(metadata: ZohoMetadata) -> Document:
    org = metadata.organisation()
    fields = {module: metadata.newer_fields(module) for module in sorted({pair.module for pair in PAIRS.values()})}
    subforms = {module: found for module in LINES if (found := _lines(module, fields[module]))}
    for subform in subforms.values():
        fields[subform.api_name] = metadata.newer_fields(subform.subform or subform.api_name)
    return {
        "org": {**asdict(org), "iso_code": org.currency, "mc_status": org.multi_currency},
        "fields": {module: [_field(field) for field in found] for module, found in fields.items()},
        "subforms": {module: subform.api_name for module, subform in subforms.items()},
        "taxes": [{"id": tax.id, "name": tax.name, "percentage": tax.percent} for tax in metadata.taxes()],
        "currencies": [{"iso_code": one.code, "is_active": one.active} for one in metadata.currencies()],
    }


def of_xero(facts: XeroFacts) -> Document:
    return {
        "organisation": facts.organisation().raw,
        "accounts": facts.accounts(),
        "tax_rates": facts.tax_rates(),
        "currencies": facts.currencies(),
        "branding_themes": facts.branding_themes(),
    }


def zone(document: Mapping[str, Any]) -> tzinfo:
    """The CRM's own time zone: in it a day begins when its people say so."""
    name = (document.get("zoho") or {}).get("org", {}).get("time_zone") or ""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def ledger_zone(document: Mapping[str, Any]) -> tzinfo:
    """Xero's own time zone, whose days its dates are; the CRM's where Xero names none that is known."""
    name = _spelt(str((document.get("xero") or {}).get("organisation", {}).get("Timezone") or ""))
    return ZoneInfo(ZONES[name]) if name in ZONES else zone(document)


def name_of(document: Mapping[str, Any], side: Side) -> str:
    """What an organisation calls itself; "" while nothing was fetched of it."""
    if side == ZOHO:
        return str((document.get("zoho") or {}).get("org", {}).get("name") or "")
    return str((document.get("xero") or {}).get("organisation", {}).get("Name") or "")


def _lines(module: str, fields: list[Field]) -> Field | None:
    """The subform that holds the module's lines."""
    subforms = [field for field in fields if field.data_type == "subform"]
    named = [field for field in subforms if field.api_name == LINES[module]]
    return named[0] if named else subforms[0] if len(subforms) == 1 else None


def _field(field: Field) -> Document:
    choices = [{"display_value": one.shown, "actual_value": one.value} for one in field.choices]
    spelt = {"field_label": field.label, "length": field.length or None, "decimal_place": field.places}
    kept = ("api_name", "data_type", "unique", "read_only", "mandatory")
    return {**{name: getattr(field, name) for name in kept}, **spelt, "pick_list_values": choices}
