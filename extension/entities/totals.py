"""What the header of a document says of its money: observed and compared, never merged.

Pure. The CRM's own discount, tax and adjustment of a whole document come on top of its lines (facts/zoho.md 3.6);
Xero has no field for them: discount and adjustment become lines (`charges`), a tax of the whole that of its lines
(`header_tax`). A price that includes tax may have no net price that comes to the same cents: then the CRM's adjustment
carries the one that is missing, and can be nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from extension.entities import charges, rounding
from extension.entities.money import CENT, EXCLUSIVE, INCLUSIVE, NO_TAX
from extension.entities.values import NOTHING, amount, number
from extension.sync.canonical import Fields, Value
from extension.sync.errors import Cannot
from extension.sync.model import FieldRule, Record

DERIVED: Final = tuple(
    FieldRule(name, "derived", label=label, under=under)
    for name, label, under in (
        ("currency", "Currency", ""),
        ("total", "Total", ""),
        ("tax_total", "Tax", "total"),  # who lets the total stand, lets the tax in it stand
        ("document_discount", "Discount of the whole", ""),
        ("amounts", "Amounts are", ""),
        ("paid", "Paid", ""),
        ("rate", "Exchange rate", ""),
    )
)
ROUNDING: Final = FieldRule("adjustment", "to_zoho", label="Adjustment")
COMPARED: Final = ("total", "tax_total", "currency")
ADJUSTMENT: Final = "Adjustment"
HEADER: Final = ("Grand_Total", "Discount", "Tax", ADJUSTMENT)
"""The CRM's fields that `in_crm` reads."""


def in_crm(row: Mapping[str, Any], subform: str) -> dict[str, Value]:
    header = amount(row.get("Tax"))
    return {
        "total": number(row.get("Grand_Total")),
        "tax_total": sum((amount(line.get("Tax")) for line in row.get(subform) or ()), header),
        "document_discount": amount(row.get("Discount")),
        "adjustment": amount(row.get(ADJUSTMENT)),
    }


def in_xero(row: Mapping[str, Any]) -> dict[str, Value]:
    return {
        "total": number(row.get("Total")),
        "tax_total": number(row.get("TotalTax")),
        "amounts": row.get("LineAmountTypes") or EXCLUSIVE,
        "paid": amount(row.get("AmountPaid")) + amount(row.get("AmountCredited")),
        rounding.NAME: rounding.carried(row.get("LineItems") or ()),
    }


def rounds(fields: Fields) -> Decimal:
    """How much of a document may be the rounding of its lines."""
    return CENT * len(charges.rows(fields["lines"]))


def check_ours(crm: Record | None) -> None:
    """Raises Cannot where the CRM's adjustment is more than rounding: somebody's, and not to be put back."""
    if crm is not None and abs(crm.fields["adjustment"]) > rounds(crm.fields):
        raise _adjusted(crm)


def check_adjustable(crm: Record, amounts: str) -> None:
    """Raises Cannot where an adjustment can be no line of Xero."""
    if amounts == INCLUSIVE and crm.fields.get("adjustment"):
        raise _adjusted(crm)


def check_taxable(crm: Record, amounts: str) -> None:
    """Raises Cannot where a document bears tax that would become one without any."""
    taxed = next((line["tax"] for line in charges.rows(crm.fields["lines"]) if line["tax"] is not None), None)
    if amounts == NO_TAX and taxed is not None:
        raise Cannot(
            "untaxed",
            f"“{crm.title}” bears the tax “{taxed}”, and new documents are without tax in Xero.",
            "Take the tax off its lines, or choose in the tax settings that amounts are with tax.",
        )


def _adjusted(crm: Record) -> Cannot:
    return Cannot(
        "adjustment",
        f"“{crm.title}” has an adjustment of {crm.fields['adjustment']:.2f}. Its prices in Xero include tax, and "
        "there the adjustment is for the cents that such prices are rounded by.",
        "Put it into a line of the document.",
    )


def difference(zoho: Fields, xero: Fields, name: str) -> str | None:
    """A sentence with both values where they differ."""
    ours, theirs = zoho.get(name), xero.get(name)
    if name not in COMPARED or ours is None or theirs is None or ours == theirs:
        return None
    if name == "currency":
        return f"The CRM says {ours}, Xero says {theirs}."
    if name == "tax_total" and abs(ours - theirs) <= _carried(zoho, xero):
        return None  # the totals are compared by themselves: the cent is in the adjustment, or in the rounding line
    if name == "tax_total" and charges.explain(theirs - ours, zoho, xero):
        return None
    word = "" if name == "total" else " of tax"
    return f"The CRM says {ours:.2f}{word}, Xero says {theirs:.2f}."


def _carried(zoho: Fields, xero: Fields) -> Decimal:
    """How much of a difference in tax something else carries, so that the totals agree."""
    lines = rounds(xero)
    if xero["amounts"] == INCLUSIVE:
        return lines
    carries = max(abs(amount(xero.get(rounding.NAME))), abs(amount(zoho.get("adjustment"))))
    return max(carries, lines) if carries and zoho.get("total") == xero.get("total") else NOTHING
