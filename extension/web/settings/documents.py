"""Settings, documents: where lines of ours are posted in Xero, whose number and rate counts, the link to the CRM."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue

from extension.entities import fetched as fetched_facts
from extension.entities.charges import WORDS
from extension.entities.editing_charges import accounts_for
from extension.entities.editing_documents import Papers, papers_of, with_papers
from extension.entities.editing_policies import TRADES, account_choices
from extension.entities.editing_taxes import xero_rates
from extension.entities.settings_documents import PAPERS
from extension.web.access import Here
from extension.web.settings.desk import overtaken, pages, refused, saved, sheet

NO_ACCOUNT: Final = "None: no rounding lines"
NO_LINE: Final = "None: such documents are held"
COUNTS: Final = (("crm", "The CRM's number"), ("xero", "Xero's number"))
RATES: Final = (("xero", "Xero's rate of the day"), ("crm", "The CRM's exchange rate"))


@pages.get("/settings/documents", needs="manage")
def documents(here: Here) -> ResponseReturnValue:
    return _page(here, papers_of(here.connection.settings), 200, {})


@pages.post("/settings/documents")
def save_documents(here: Here) -> ResponseReturnValue:
    chosen = Papers(
        {trade: request.form.get(f"rounding.{trade}", "") for trade in TRADES},
        {name: request.form.get(f"numbering.{name}", "crm") for name in PAPERS},
        "links" in request.form,
        request.form.get("rates", "xero"),
        {name: request.form.get(name, value) for name, value in papers_of(here.connection.settings).charges.items()},
    )
    edited = with_papers(here.connection.settings, chosen, here.connection.fetched)
    late = overtaken(_part(here))
    if late or not edited.fine:
        return _page(here, chosen, 409 if late else 400, {**refused(edited), **(late or {})})
    return saved(here, edited, "settings.documents")


def _part(here: Here) -> str:
    return repr(papers_of(here.connection.settings))


def _page(here: Here, chosen: Papers, status: int, said: Mapping[str, Any]) -> ResponseReturnValue:
    choices = {trade: _accounts(here, trade, chosen.rounding[trade]) for trade in TRADES}
    charges = [{"name": kind, "offers": _offers(here, kind, chosen)} for kind in WORDS]
    values = {"chosen": chosen, "choices": choices, "papers": PAPERS, "counts": COUNTS, "rates": RATES}
    values["charges"] = charges
    return sheet(here, "documents.html", _part(here), status=status, **{**values, **said})


def _accounts(here: Here, trade: Any, code: str) -> list[tuple[str, str]]:
    """What is on offer; what was chosen elsewhere stays in the list."""
    offered = [(one.code, f"{one.code} · {one.name}") for one in account_choices(trade, here.connection.fetched)]
    kept = [(code, f"{code} · not offered for {trade}")] if code and all(code != value for value, _ in offered) else []
    return [("", NO_ACCOUNT), *kept, *offered]


def _offers(here: Here, kind: str, chosen: Papers) -> dict[str, list[tuple[str, str]]]:
    """By the name of the choice; what was chosen elsewhere stays in the list."""
    fetched = here.connection.fetched
    found: dict[str, list[tuple[str, str]]] = {}
    for trade in TRADES:
        rates = [(rate.value, rate.name) for rate in xero_rates(trade, fetched_facts.read(fetched))]
        lists = {"account": [("", NO_LINE), *accounts_for(trade, fetched)], "tax": rates}
        for part, offered in lists.items():
            name = f"{kind}.{part}.{trade}"
            value = chosen.charges[name]
            kept = [] if any(value == one for one, _ in offered) else [(value, f"{value} · not offered")]
            found[name] = [*kept, *offered]
    return found
