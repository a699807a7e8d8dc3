"""What a connection's settings say of its documents' money and numbers: the part `documents`, parsed and checked.

Pure. Every key is optional, and a document of settings without this part means what it always meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from extension.entities import charges
from extension.entities.catalogue import PAIRS
from extension.entities.charges import Charges
from extension.entities.fetched import Fetched
from extension.entities.money import EXCLUSIVE, INCLUSIVE, NO_TAX, Amounts
from extension.entities.taxes import Trade
from extension.sync.errors import BadInput

PAPERS: Final = tuple(name for name, pair in PAIRS.items() if pair.document)
NUMBERING: Final = ("crm", "xero")  # whose number counts; the first is the default
AMOUNTS: Final[tuple[Amounts, ...]] = (EXCLUSIVE, INCLUSIVE, NO_TAX)  # the first is the default
RATES: Final = ("xero", "crm")  # whose rate a foreign document has in Xero; the first is the default
ROUNDING_TRADES: Final[tuple[Trade, ...]] = ("sales", "purchases")


@dataclass(frozen=True)
class DocumentSettings:
    """`rounding`: the account of rounding lines by trade. `numbering`: whose number counts, by entity. `links`: a new
    document of Xero carries the address of the CRM's record. `amounts`: what documents that begin in the CRM are in
    Xero, by entity. `rates`: whether Xero uses its rate of the day, or the CRM's goes along. `charges`: the lines for
    amounts of a whole document."""

    rounding: Mapping[Trade, str | None] = field(default_factory=dict)
    numbering: Mapping[str, str] = field(default_factory=dict)
    links: bool = True
    amounts: Mapping[str, Amounts] = field(default_factory=dict)
    rates: str = RATES[0]
    charges: Charges = field(default_factory=dict)


def document_settings(given: Any, fetched: Fetched) -> DocumentSettings:
    """Raises BadInput with one sentence."""
    part = _group(given, "The settings of documents are no group of settings.")
    rounding = _group(part.get("rounding_account"), "The accounts of rounding lines are no group of settings.")
    numbering = _group(part.get("numbering"), "The numbering of documents is no group of settings.")
    for name, kind in numbering.items():
        if name not in PAPERS:
            raise BadInput(f"Numbering: there is no document “{name}”; there are {', '.join(PAPERS)}.")
        if kind not in NUMBERING:
            raise BadInput(f"“{kind}” is no choice for the numbering of {name}; choose one of crm, xero.")
    links = part.get("crm_links", True)
    if not isinstance(links, bool):
        raise BadInput("Whether Xero's documents carry a link to the CRM is yes or no.")
    amounts = _group(part.get("amounts"), "The amounts of documents are no group of settings.")
    for name, kind in amounts.items():
        if name not in PAPERS or kind not in AMOUNTS:
            raise BadInput(f"“{kind}” is no choice for the amounts of {name}; choose one of {', '.join(AMOUNTS)}.")
    rates = part.get("rates", RATES[0])
    if rates not in RATES:
        raise BadInput(f"“{rates}” is no choice for exchange rates; choose one of {', '.join(sorted(RATES))}.")
    return DocumentSettings(
        {trade: _account(trade, rounding.get(trade), fetched) for trade in ROUNDING_TRADES},
        {name: numbering.get(name, NUMBERING[0]) for name in PAPERS},
        links,
        {name: amounts.get(name, AMOUNTS[0]) for name in PAPERS},
        rates,
        charges.parse(part.get("charges"), fetched),
    )


def _group(given: Any, complaint: str) -> Mapping[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise BadInput(complaint)
    return given


def _account(trade: Trade, given: Any, fetched: Fetched) -> str | None:
    code = str(given) if given else None
    if code is not None and fetched.accounts and all(a.code != code or not a.active for a in fetched.accounts):
        raise BadInput(f"Xero has no active account {code}, the account of rounding lines for {trade}.")
    return code
