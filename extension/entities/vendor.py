"""Vendors of the CRM and suppliers of Xero: companies by their name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from extension.entities.catalogue import VENDOR
from extension.entities.xero_contact import Company, supplier_only


class Vendor(Company):
    """A Xero contact that only supplies becomes a vendor by itself; others when a purchase order names them."""

    pair = VENDOR
    other_role = ("IsCustomer", "customer")

    def born(self, body: Mapping[str, Any]) -> bool:
        return self.settings.by_role and supplier_only(body)
