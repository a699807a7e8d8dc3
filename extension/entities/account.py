"""Accounts of the CRM and customers of Xero: companies by their name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from extension.entities.catalogue import ACCOUNT
from extension.entities.xero_contact import Company, supplier_only


class Account(Company):
    """Every Xero contact may be an account; one that only supplies becomes none by itself."""

    pair = ACCOUNT
    other_role = ("IsSupplier", "supplier")

    def born(self, body: Mapping[str, Any]) -> bool:
        return not (self.settings.by_role and supplier_only(body))
