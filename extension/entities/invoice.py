"""Invoices of the CRM and sales invoices of Xero.

The CRM numbers its own (the field is not writable, facts/zoho.md 3.6) and keeps Xero's number in a field of ours;
an invoice that begins in the CRM takes its number along.
"""

from __future__ import annotations

from extension.entities.catalogue import INVOICE
from extension.entities.posted import Posted


class Invoice(Posted):
    pair = INVOICE
    party = "account"
    type = "ACCREC"
