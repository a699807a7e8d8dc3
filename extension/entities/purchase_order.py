"""Purchase orders of both services. Both let people write the number; Xero takes a discount as a percentage only."""

from __future__ import annotations

from extension.entities.catalogue import PURCHASE_ORDER
from extension.entities.documents import Document


class PurchaseOrder(Document):
    pair = PURCHASE_ORDER
    id_field = "PurchaseOrderID"
    party = "vendor"
    rates_only = True
