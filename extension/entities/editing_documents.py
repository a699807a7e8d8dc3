"""Documents as people want them: the account of rounding lines, whose number and rate counts, the link to the CRM.

Pure. The part `documents` of the settings has more keys than this page shows; those stay as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from extension.entities.editing import Edited, copied, finished
from extension.entities.editing_charges import charges_of, stored_as, wrong_of
from extension.entities.editing_policies import TRADES, account_choices
from extension.entities.settings_documents import NUMBERING, PAPERS, RATES
from extension.entities.taxes import Trade


@dataclass(frozen=True)
class Papers:
    """`rounding` by trade, "" for none; `numbering` by module: crm or xero; `links`: Xero's names the CRM's record;
    `rates`: xero or crm; `charges`: as `editing_charges` names its choices, all of them."""

    rounding: Mapping[Trade, str] = field(default_factory=dict)
    numbering: Mapping[str, str] = field(default_factory=dict)
    links: bool = True
    rates: str = RATES[0]
    charges: Mapping[str, str] = field(default_factory=lambda: charges_of({}))


def papers_of(document: Mapping[str, Any]) -> Papers:
    own = document.get("documents") or {}
    rounding, numbering = own.get("rounding_account") or {}, own.get("numbering") or {}
    return Papers(
        {trade: rounding.get(trade) or "" for trade in TRADES},
        {name: numbering.get(name, NUMBERING[0]) for name in PAPERS},
        own.get("crm_links", True) is not False,
        own.get("rates", RATES[0]),
        charges_of(document),
    )


def with_papers(document: Mapping[str, Any], chosen: Papers, fetched_document: Mapping[str, Any]) -> Edited:
    """The document with these. `wrong` names "rounding.sales", "numbering.invoice", "rates" or one of `charges`."""
    wrong: dict[str, str] = {}
    before, made = papers_of(document), copied(document)
    for trade in TRADES:
        code = chosen.rounding.get(trade, "")
        known = {one.code for one in account_choices(trade, fetched_document)}
        if code and code != before.rounding[trade] and code not in known:
            wrong[f"rounding.{trade}"] = "Choose one of the accounts offered."
    for name in PAPERS:
        if chosen.numbering.get(name, NUMBERING[0]) not in NUMBERING:
            wrong[f"numbering.{name}"] = "Choose one of the values offered."
    if chosen.rates not in RATES:
        wrong["rates"] = "Choose one of the values offered."
    wrong |= wrong_of(before.charges, chosen.charges, fetched_document)
    own = dict(made.get("documents") or {})
    if chosen.charges != before.charges:
        own["charges"] = stored_as(chosen.charges)
    if chosen.rounding != before.rounding:
        own["rounding_account"] = {trade: chosen.rounding.get(trade) or None for trade in TRADES}
    if chosen.numbering != before.numbering:
        own["numbering"] = {name: chosen.numbering.get(name, NUMBERING[0]) for name in PAPERS}
    if chosen.links != before.links:
        own["crm_links"] = chosen.links
    if chosen.rates != before.rates:
        own["rates"] = chosen.rates
    if own != (made.get("documents") or {}):
        made["documents"] = own
    return finished(document, made, fetched_document, wrong)
