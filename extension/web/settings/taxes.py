"""Settings, taxes: which rate of Xero stands for each tax of the CRM, in sales and in purchases."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue

from extension.entities import fetched as fetched_facts
from extension.entities.editing_policies import TRADES
from extension.entities.editing_taxes import (
    Rate,
    TaxTables,
    crm_rates,
    percent,
    proposed,
    tables_of,
    with_taxes,
    xero_rates,
)
from extension.entities.taxes import Trade
from extension.web.access import Here
from extension.web.settings.desk import overtaken, pages, refused, saved, sheet

HEADINGS: Mapping[Trade, str] = {"sales": "Sales", "purchases": "Purchases"}
Chosen = Mapping[Trade, TaxTables]


@pages.get("/settings/taxes", needs="manage")
def taxes(here: Here) -> ResponseReturnValue:
    """As they are; with `propose`, as the percentages suggest, and not saved yet."""
    fetched = here.connection.fetched
    suggest = "propose" in request.args
    chosen: Chosen = {trade: proposed(trade, fetched) if suggest else _stored(here, trade) for trade in TRADES}
    edited = with_taxes(here.connection.settings, chosen, fetched)
    return _page(here, chosen, 200, {"notices": edited.notices, "suggested": suggest})


@pages.post("/settings/taxes")
def save_taxes(here: Here) -> ResponseReturnValue:
    chosen: Chosen = {trade: _sent(here, trade) for trade in TRADES}
    edited = with_taxes(here.connection.settings, chosen, here.connection.fetched)
    late = overtaken(here.connection.settings.get("taxes"))
    if late or not edited.fine:
        return _page(here, chosen, 409 if late else 400, {**refused(edited), **(late or {})})
    return saved(here, edited, "settings.taxes")


def _stored(here: Here, trade: Trade) -> TaxTables:
    return tables_of(here.connection.settings, trade, here.connection.fetched)


def _sent(here: Here, trade: Trade) -> TaxTables:
    stored = _stored(here, trade)
    return TaxTables(
        {crm: request.form.get(f"{trade}:zoho:{crm}", "") for crm in stored.to_xero},
        {xero: request.form.get(f"{trade}:xero:{xero}", "") for xero in stored.to_zoho},
    )


def _page(here: Here, chosen: Chosen, status: int, said: Mapping[str, Any]) -> ResponseReturnValue:
    fetched = fetched_facts.read(here.connection.fetched)
    crm = crm_rates(fetched)
    trades = [
        {
            "name": trade,
            "heading": HEADINGS[trade],
            "tables": chosen[trade],
            "crm": crm,
            "xero": xero_rates(trade, fetched),
            "crm_choices": _choices(crm),
            "xero_choices": _choices(xero_rates(trade, fetched)),
        }
        for trade in TRADES
    ]
    values = {"trades": trades, "percent": percent, "suggested": False, **said}
    return sheet(here, "taxes.html", here.connection.settings.get("taxes"), status=status, **values)


def _choices(rates: list[Rate]) -> list[tuple[str, str]]:
    return [("", "Held: a person decides"), *((rate.value, f"{rate.name} · {percent(rate.percent)}") for rate in rates)]
