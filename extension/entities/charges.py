"""Amounts of a whole CRM document: its discount and its adjustment, each a line of the Xero document.

Pure. The CRM adds both to what its lines come to with tax (facts/zoho.md 3.6); Xero has no such field. In the CRM such
a line is an amount of the header and nothing else; in Xero it has an account, a tax and words of its own, which the
settings give a new one and people may change there. What travels is what the line comes to with its tax.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import product
from typing import Any, Final

from extension.entities import money
from extension.entities.fetched import Fetched
from extension.entities.money import EXCLUSIVE, INCLUSIVE
from extension.entities.native import Body
from extension.entities.taxes import NO_TAX_TYPE, TaxMap, Trade
from extension.entities.values import NOTHING, amount
from extension.sync.canonical import Fields, Value
from extension.sync.errors import BadInput, Cannot
from extension.sync.model import AMOUNT, HEADER, Link, Record, of_header

AnyLine = Mapping[str, Value]

DISCOUNT: Final = HEADER + "discount"
ADJUSTMENT: Final = HEADER + "adjustment"
KINDS: Final[Mapping[str, str]] = {DISCOUNT: "discount", ADJUSTMENT: "adjustment"}  # as the settings name them
IN_CRM: Final[Mapping[str, tuple[str, int]]] = {DISCOUNT: ("Discount", -1), ADJUSTMENT: ("Adjustment", 1)}
"""The header's field, and whether what it says is added or taken off."""
WORDS: Final[Mapping[str, str]] = {"discount": "Discount", "adjustment": "Adjustment"}  # of a new line
TRADES: Final[tuple[Trade, ...]] = ("sales", "purchases")


@dataclass(frozen=True)
class Charge:
    """What a new line of Xero says beside its amount. Without an account for its trade there is none."""

    description: str
    account: Mapping[Trade, str | None] = field(default_factory=dict)
    tax: Mapping[Trade, str] = field(default_factory=dict)


Charges = Mapping[str, Charge]


def parse(given: Any, fetched: Fetched) -> Charges:
    """By kind. Raises BadInput with one sentence."""
    rows = _group(given, "The lines for amounts of a whole document are no group of settings.")
    for kind in rows:
        if kind not in WORDS:
            raise BadInput(f"There is no amount “{kind}” of a whole document; there are {', '.join(WORDS)}.")
    return {kind: _charge(kind, rows.get(kind), fetched) for kind in WORDS}


def _charge(kind: str, given: Any, fetched: Fetched) -> Charge:
    row = _group(given, f"The line for the {kind} of a whole document is no group of settings.")
    accounts = _group(row.get("account"), f"The accounts of the {kind} are no group of settings.")
    taxes = _group(row.get("tax"), f"The taxes of the {kind} are no group of settings.")
    words = row.get("description")
    if words is not None and not isinstance(words, str):
        raise BadInput(f"The description of the {kind} is a text.")
    return Charge(
        (words or "").strip() or WORDS[kind],
        {trade: _account(kind, trade, accounts.get(trade), fetched) for trade in TRADES},
        {trade: _tax(kind, trade, taxes.get(trade), fetched) for trade in TRADES},
    )


def _group(given: Any, complaint: str) -> Mapping[str, Any]:
    if given is not None and not isinstance(given, Mapping):
        raise BadInput(complaint)
    return given or {}


def _account(kind: str, trade: Trade, given: Any, fetched: Fetched) -> str | None:
    if given and fetched.accounts and all(a.code != str(given) or not a.active for a in fetched.accounts):
        raise BadInput(f"Xero has no active account {given}, to which the {kind} of {trade} would be posted.")
    return str(given) if given else None


def _tax(kind: str, trade: Trade, given: Any, fetched: Fetched) -> str:
    known = {tax.type for tax in fetched.xero_taxes if tax.active} | {NO_TAX_TYPE}
    if given and fetched.xero_taxes and given not in known:
        raise BadInput(f"Xero has no active tax rate “{given}” for the {kind} of {trade}.")
    return str(given) if given else NO_TAX_TYPE


# ------------------------------------------------------------------ the CRM's header


def in_crm(row: Mapping[str, Any]) -> list[dict[str, Value]]:
    """The amounts of a document of the CRM that are not nothing."""
    found = {id_: sign * amount(row.get(name)) for id_, (name, sign) in IN_CRM.items()}
    return [{"id": id_, AMOUNT: value} for id_, value in found.items() if value]


def into_crm(body: Body, wanted: Iterable[AnyLine], before: Iterable[AnyLine]) -> None:
    """Write those that changed into the header; one that goes is said to be none."""
    was = {line["id"]: line[AMOUNT] for line in before if of_header(line["id"])}
    for line in wanted:
        if of_header(line["id"]):
            value, (name, sign) = amount(line[AMOUNT]), IN_CRM[line["id"]]
            if value != was.get(line["id"], NOTHING):
                body[name] = sign * value or NOTHING


def settled(line: AnyLine, zoho: Record, xero: Record, link: Link | None) -> bool:
    """Whether an amount of the header needs no line of Xero, and shall get none: where prices include tax the
    adjustment is their rounding, and what both sides agreed on without a line stays as it is."""
    if link is None:
        return bool(zoho.fields.get("total") == xero.fields.get("total"))
    if line["id"] in dict(link.pairs):
        return False
    if line["id"] == ADJUSTMENT and xero.fields["amounts"] == INCLUSIVE:
        return True
    carried = line["id"] == ADJUSTMENT and link.put_back.get("zoho.adjustment") == line[AMOUNT]
    return carried or any(each == line for each in link.base["zoho"].get("lines") or ())


def check_header(lines: Iterable[AnyLine]) -> None:
    """Raises Cannot for what the CRM's header cannot say."""
    for line in lines:
        if line["id"] == DISCOUNT and amount(line[AMOUNT]) > 0:
            raise Cannot(
                "charge_line",
                f"The line of Xero that stands for the discount of the whole adds {line[AMOUNT]:.2f}.",
                "Let it take something off, or enter the amount in a line of its own.",
            )


def no_item(value: Value) -> Value:
    """The amount of a line that stands for one of the header; raises Cannot where it has become goods."""
    if value is None:
        raise Cannot(
            "charge_line",
            "The line of Xero that stands for the discount or the adjustment of the whole has an item now.",
            "Take the item off that line, and enter the item in a line of its own.",
        )
    return value


# ------------------------------------------------------------------ a line of Xero


def new_line(line: AnyLine, title: str, charges: Charges, trade: Trade) -> dict[str, Value]:
    """What stands for an amount of the header as a new line of Xero; raises Cannot."""
    kind = KINDS[line["id"]]
    charge = charges[kind]
    account = charge.account[trade]
    if account is None:
        what = (
            f"is reduced as a whole by {-line[AMOUNT]:.2f}"
            if line["id"] == DISCOUNT
            else (f"has an adjustment of {line[AMOUNT]:.2f}")
        )
        raise Cannot(
            "document_discount" if line["id"] == DISCOUNT else "adjustment",
            f"“{title}” {what}, for which Xero has no field.",
            f"Choose under Settings, Documents, to which account a line for the {kind} is posted; "
            "or put it into the lines of the document.",
        )
    words = {"product": None, "description": charge.description, "tax": charge.tax[trade], "account": account}
    return {"id": None, "from": line["id"], AMOUNT: line[AMOUNT], **words}


def comes_to(row: Mapping[str, Any], amounts: str) -> Decimal | None:
    """What a line of Xero adds to the total of its document. None with an item: no amount of a header has one."""
    if row.get("ItemCode"):
        return None
    whole = amount(row.get("LineAmount"))
    return whole + amount(row.get("TaxAmount")) if amounts == EXCLUSIVE else whole


def unit_price(line: AnyLine, taxes: TaxMap, amounts: str) -> Decimal:
    """The price of one, that comes to the line's amount; raises Cannot where none does."""
    total: Decimal = line[AMOUNT]
    percent = taxes.percent_in_xero(line.get("tax"))
    if amounts != EXCLUSIVE or not percent:
        return total
    near = money.cents(total * money.HUNDRED / (money.HUNDRED + percent))
    for net in (near, near - money.CENT, near + money.CENT):
        made = money.xero_line(net, percent, EXCLUSIVE)
        if made.net + made.tax == total:
            return net
    made = money.xero_line(near, percent, EXCLUSIVE)
    raise Cannot(
        "total_differs",
        f"The CRM says {total:.2f} for the amount of the whole, Xero would say {made.net + made.tax:.2f}: "
        f"no amount in cents comes to it with {percent.normalize():f} % tax.",
        "Choose a line without tax for it under Settings, Documents, or change the amount by a cent.",
    )


# ------------------------------------------------------------------ comparing


def explain(missing: Decimal, zoho: Fields, xero: Fields) -> bool:
    """Whether the tax of the lines that stand for amounts of the header is what Xero's tax has beyond the CRM's.

    The CRM takes a discount of the whole off what there is to pay, and leaves the tax as it is."""
    amounts = [line[AMOUNT] for line in zoho["lines"] if of_header(line["id"])]
    choices = [{NOTHING, *(_tax_in(line) for line in xero["lines"] if line.get(AMOUNT) == one)} for one in amounts]
    return any(sum(choice, NOTHING) == missing for choice in product(*choices))


def _tax_in(line: AnyLine) -> Decimal:
    net = money.cents(amount(line["quantity"]) * amount(line["price"])) - amount(line["discount"])
    whole: Decimal = line[AMOUNT]
    return whole - net


def rows(lines: Sequence[AnyLine]) -> list[AnyLine]:
    """The lines of goods, without amounts of the header."""
    return [line for line in lines if not of_header(line["id"])]
