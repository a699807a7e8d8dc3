"""Settings, taxes: which rate of Xero stands for each tax of the CRM, in sales and in purchases, and whether amounts of
new documents are with tax in Xero."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue

from extension.entities import fetched as fetched_facts
from extension.entities.editing_policies import TRADES
from extension.entities.editing_taxes import (
    Rate,
    TaxTables,
    amounts_of,
    crm_rates,
    percent,
    proposed,
    tables_of,
    with_several,
    with_taxes,
    xero_rates,
)
from extension.entities.taxes import Trade, together
from extension.sync.errors import BadInput
from extension.web.access import Here
from extension.web.settings.desk import in_work, overtaken, pages, refused, saved, sheet

HEADINGS: Mapping[Trade, str] = {"sales": "Sales", "purchases": "Purchases"}
AMOUNTS: Final = (
    ("Exclusive", "Without tax: it comes on top"),
    ("Inclusive", "With tax in them"),
    ("NoTax", "Without any tax"),
)
Chosen = Mapping[Trade, TaxTables]


@pages.get("/settings/taxes", needs="manage")
def taxes(here: Here) -> ResponseReturnValue:
    """As they are; with `propose`, as the percentages suggest, and not saved yet."""
    fetched = here.connection.fetched
    suggest = "propose" in request.args
    chosen: Chosen = {trade: proposed(trade, fetched) if suggest else _stored(here, trade) for trade in TRADES}
    edited = with_taxes(here.connection.settings, chosen, fetched)
    said = {"notices": edited.notices, "suggested": suggest}
    return _page(here, chosen, amounts_of(here.connection.settings), 200, said)


@pages.post("/settings/taxes")
def save_taxes(here: Here) -> ResponseReturnValue:
    chosen: Chosen = {trade: _sent(here, trade) for trade in TRADES}
    amounts = {name: request.form.get(f"amounts:{name}", "") for name in amounts_of(here.connection.settings)}
    trade = next((trade for trade in TRADES if request.form.get("do") == f"together:{trade}"), None)
    if trade is not None:
        return _one_more(here, chosen, amounts, trade)
    edited = with_taxes(here.connection.settings, chosen, here.connection.fetched, amounts)
    late = overtaken(_part(here))
    if late or not edited.fine:
        return _page(here, chosen, amounts, 409 if late else 400, {**refused(edited), **(late or {})})
    return saved(here, edited, "settings.taxes")


def _one_more(here: Here, chosen: Chosen, amounts: Mapping[str, str], trade: Trade) -> ResponseReturnValue:
    """The form goes on with one more row: several taxes that stand on one line together."""
    ticked = request.form.getlist(f"{trade}:together")
    try:
        chosen = {**chosen, trade: with_several(chosen[trade], ticked, here.connection.fetched)}
    except BadInput as why:
        wrong = {f"{trade}:together": why.message}
        return _page(here, chosen, amounts, 400, {**in_work(), "wrong": wrong, "ticked": {trade: ticked}})
    return _page(here, chosen, amounts, 200, in_work())


def _part(here: Here) -> Any:
    """What the form is made from."""
    return [here.connection.settings.get("taxes"), amounts_of(here.connection.settings)]


def _stored(here: Here, trade: Trade) -> TaxTables:
    return tables_of(here.connection.settings, trade, here.connection.fetched)


def _sent(here: Here, trade: Trade) -> TaxTables:
    tables = replace(_stored(here, trade), several=())
    for names in _several(request.form.getlist(f"{trade}:several")):
        try:
            tables = with_several(tables, names, here.connection.fetched)
        except BadInput:
            continue  # a tax that the CRM no longer has: its row is gone with it
    known = {rate.value for rate in crm_rates(fetched_facts.read(here.connection.fetched), tables.several)}
    return TaxTables(
        {crm: request.form.get(f"{trade}:zoho:{crm}", "") for crm in tables.to_xero if crm in known},
        {xero: request.form.get(f"{trade}:xero:{xero}", "") for xero in tables.to_zoho},
        tables.several,
    )


def _several(sent: list[str]) -> list[list[str]]:
    """The rows of several taxes that the form has, each as a list of names."""
    found: list[list[str]] = []
    for one in sent:
        try:
            names = json.loads(one)
        except ValueError:
            continue
        if isinstance(names, list) and all(isinstance(name, str) for name in names):
            found.append(names)
    return found


def _page(
    here: Here, chosen: Chosen, amounts: Mapping[str, str], status: int, said: Mapping[str, Any]
) -> ResponseReturnValue:
    fetched = fetched_facts.read(here.connection.fetched)
    trades = [
        {
            "name": trade,
            "heading": HEADINGS[trade],
            "tables": chosen[trade],
            "crm": (crm := crm_rates(fetched, chosen[trade].several)),
            "xero": xero_rates(trade, fetched),
            "crm_choices": _choices(crm),
            "xero_choices": _choices(xero_rates(trade, fetched)),
            "several": {together(names): json.dumps(list(names)) for names in chosen[trade].several},
        }
        for trade in TRADES
    ]
    values = {
        "trades": trades,
        "percent": percent,
        "suggested": False,
        "single": fetched.crm_taxes,
        "ticked": {},
        "amounts": amounts,
        "amounts_choices": AMOUNTS,
        **said,
    }
    return sheet(here, "taxes.html", _part(here), status=status, **values)


def _choices(rates: list[Rate]) -> list[tuple[str, str]]:
    return [("", "Held: a person decides"), *((rate.value, f"{rate.name} · {percent(rate.percent)}") for rate in rates)]
