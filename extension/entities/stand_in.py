"""The product that stands in the CRM for lines of Xero without an item, as the set-up makes it on request.

Pure. It is never ticked and never an item of Xero. It bears every tax of the CRM, which takes a line's tax only from
among its product's (facts/zoho.md 3.6).
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from extension.entities.fetched import Fetched

MODULE: Final = "Products"
NAME: Final = "Free text (Xero)"
Document = dict[str, Any]


@dataclass(frozen=True)
class StandIn:
    """`there`: ids of products of that name. `wanted`: somebody asked for it."""

    wanted: bool = False
    there: tuple[str, ...] = ()

    @property
    def makes(self) -> bool:
        return self.wanted and not self.there

    @property
    def chooses(self) -> bool:
        """Who made it by hand, or lost our answer, has it already."""
        return self.wanted and len(self.there) == 1

    @property
    def in_the_way(self) -> bool:
        return self.wanted and len(self.there) > 1

    @property
    def wish(self) -> str:
        """A sentence; "" where nothing would be done."""
        if self.in_the_way or not self.wanted:
            return ""
        what = f"Make the product “{NAME}”, not ticked" if self.makes else f"Take the product “{NAME}”, which is there"
        return f"{what}, and let it stand for lines of Xero without an item."

    @property
    def clash(self) -> str:
        many = f"{len(self.there)} products are called “{NAME}”. Choose one under Settings, Accounts."
        return many if self.in_the_way else ""


def body(fetched: Fetched) -> Document:
    """The new record."""
    made: Document = {"Product_Name": NAME}
    if fetched.crm_taxes:
        taxes = [{"value": tax.name, **({"id": tax.id} if tax.id else {})} for tax in fetched.crm_taxes]
        made.update({"Taxable": True, "Tax": taxes})
    return made


def chosen(settings: Mapping[str, Any], product: str | None) -> Document:
    """The settings in which this product stands for no item, or none does."""
    made: Document = deepcopy(dict(settings))
    if made.get("itemless_product") != product:
        made["itemless_product"] = product
        made["mapping_version"] = made.get("mapping_version", 0) + 1
    return made
