"""pyxero at work: it writes XML and reads JSON. Prints what it saw; run by test_outsider_pyxero.

Its addresses are constants; the environment leads them to the sandbox (addresses.py).
"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import requests
from xero import Xero
from xero.auth import OAuth2Credentials
from xero.exceptions import XeroBadRequest, XeroNotFound

CALLBACK = "https://app.example/callback"
SCOPES = ["offline_access", "accounting.contacts", "accounting.invoices", "accounting.settings.read"]
Seen = dict[str, Any]


def signed_in() -> OAuth2Credentials:
    credentials = OAuth2Credentials("sandbox", "sandbox", callback_uri=CALLBACK, scope=SCOPES)
    accepted = requests.get(credentials.generate_url() + "&auto=1", allow_redirects=False, timeout=60)
    credentials.verify(accepted.headers["Location"])
    credentials.set_default_tenant()
    return credentials


def contacts(xero: Any) -> Seen:
    people = [{"FirstName": "Tama", "LastName": "Reo", "EmailAddress": "t@acme.example", "IncludeInEmails": True}]
    addresses = [{"AddressType": "STREET", "AddressLine1": "1 Quay & Sons <rear>", "City": "Tūranga"}]
    given = {"Name": "Acme", "EmailAddress": "a@acme.example", "Addresses": addresses, "ContactPersons": people}
    made = xero.contacts.put([given, *({"Name": f"Contact {n}"} for n in range(4))])
    pages = [[row["Name"] for row in xero.contacts.filter(page=page, pageSize=2, order="Name")] for page in (1, 2, 3)]
    acme = xero.contacts.get(made[0]["ContactID"])[0]
    changed = xero.contacts.save({"ContactID": acme["ContactID"], "AccountNumber": "C-1"})[0]
    both = xero.contacts.save([{"Name": "acme", "TaxNumber": "11-111"}, {"Name": "New one"}])
    return {
        "made": len(made),
        "person": acme["ContactPersons"][0]["FirstName"],
        "included": acme["ContactPersons"][0]["IncludeInEmails"],
        "street": next(row["AddressLine1"] for row in acme["Addresses"] if row["AddressType"] == "STREET"),
        "pages": pages,
        "changed": [changed["Name"], changed["AccountNumber"], changed["ContactID"] == acme["ContactID"]],
        "upserted": [both[0]["ContactID"] == acme["ContactID"], both[1]["ContactID"] == acme["ContactID"]],
        "named": [row["Name"] for row in xero.contacts.filter(Name__contains="cme")],
        "later": len(xero.contacts.filter(since=datetime(2030, 1, 1))),
        "all": len(xero.contacts.all()),
    }


def documents(credentials: OAuth2Credentials, acme: Seen) -> Seen:
    exact, xero = Xero(credentials, unit_price_4dps=True), Xero(credentials)
    price = {"UnitPrice": "1.2345", "AccountCode": "200"}
    item = exact.items.put({"Code": "PEN", "Name": "Pen", "IsSold": True, "SalesDetails": price})[0]
    tracking = [{"Name": "Region", "Option": "North"}]
    lines = [
        {"ItemCode": "PEN", "Description": "Pens", "Quantity": 3, "Tracking": tracking},
        {"Description": "Delivery", "Quantity": 1, "UnitAmount": 10, "AccountCode": "200"},
    ]
    given = {
        "Type": "ACCREC",
        "Contact": acme,
        "InvoiceNumber": "P-1",
        "Date": date(2026, 9, 1),
        "DueDate": date(2026, 10, 1),
        "Status": "AUTHORISED",
        "LineItems": lines,
    }
    made = exact.invoices.put(given)[0]
    again = exact.invoices.save({"Type": "ACCREC", "InvoiceNumber": "P-1", "Contact": acme, "Reference": "CRM 1"})[0]
    order = {
        "Contact": acme,
        "LineItems": [{"Description": "Paper", "Quantity": 2, "UnitAmount": "4.50"}],
    }
    ordered = xero.purchaseorders.put(order)[0]
    xero.invoices.put_history(made["InvoiceID"], "Seen by pyxero")
    return {
        "price": item["SalesDetails"]["UnitPrice"],
        "invoice": [made["Status"], made["Total"], made["Date"], made["LineItems"][0]["Tracking"][0]["Option"]],
        "again": [again["InvoiceID"] == made["InvoiceID"], again["Reference"], again["Total"]],
        "order": [ordered["PurchaseOrderNumber"], ordered["SubTotal"]],
        "note": xero.invoices.get_history(made["InvoiceID"])["HistoryRecords"][0]["Details"],
    }


def refusals(xero: Any) -> Seen:
    mixed = [{"Name": "Acme"}, {"Name": "Good"}]
    told = xero.contacts.put(mixed, summarize_errors=False)
    return {
        "mixed": [[row["StatusAttributeString"], row["HasValidationErrors"]] for row in told],
        "told": told[0]["ValidationErrors"][0]["Message"],
        "summarised": _refused(lambda: xero.contacts.put([{"Name": "Acme"}])),
        "unknown": _refused(lambda: xero.contacts.put([{"Name": "Other", "Nmae": "x"}])),
        "missing": _missing(lambda: xero.invoices.get("00000000-0000-0000-0000-000000000009")),
    }


def _refused(call: Any) -> list[Any]:
    try:
        call()
    except XeroBadRequest as error:
        return [error.response.json()["ErrorNumber"], error.errors]
    return []


def _missing(call: Any) -> bool:
    try:
        call()
    except XeroNotFound:
        return True
    return False


def refreshed(credentials: OAuth2Credentials, xero: Any) -> Seen:
    before = dict(credentials.token)
    credentials.refresh()
    return {
        "other": [before[name] != credentials.token[name] for name in ("access_token", "refresh_token")],
        "expired": credentials.expired(),
        "works": xero.organisations.all()[0]["BaseCurrency"],
    }


def main() -> None:
    credentials = signed_in()
    xero = Xero(credentials)
    seen = {
        "contacts": contacts(xero),
        "documents": documents(credentials, {"ContactID": xero.contacts.filter(Name="Acme")[0]["ContactID"]}),
        "refusals": refusals(xero),
        "refreshed": refreshed(credentials, xero),
    }
    print(json.dumps(seen, default=str))


if __name__ == "__main__":
    main()
