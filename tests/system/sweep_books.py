"""What people type on both sides of the sweep: a run after it creates, changes and retires records of all six modules.

Two services without a record. `typed_before` is what a first run carries over; `typed_since` is what happens then, and
what the run that is broken has to carry over: in every module something new, something edited and something ended, on
either side.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from sandbox.world import World

Row = Mapping[str, Any]
EDITED_IN_CRM, EDITED_IN_XERO = "Kauri", "Rimu"
ENDED_IN_CRM, ENDED_IN_XERO = "Totara", "Matai"
LINKED: Final = (EDITED_IN_CRM, EDITED_IN_XERO, ENDED_IN_CRM, ENDED_IN_XERO)
NEW_IN_CRM, NEW_IN_XERO = "Pohutukawa", "Kowhai"
HOUSE: Final = "Harbour Works"  # the company and supplier whose papers and people come and go
SALES_TAX, PURCHASES_TAX = ({"name": name, "percentage": 15} for name in ("GST 15", "GST 15 Purchases"))
# Of a line of Xero, what a person's form sends again.
KEPT: Final = (
    *("LineItemID", "Description", "Quantity", "UnitAmount", "ItemCode", "AccountCode", "TaxType", "Tracking"),
    *("DiscountRate", "DiscountAmount"),
)
A_MINUTE: Final = 60.0


class Screens:
    """Both services as people use them: nothing is sent, everything is seen by the next run."""

    def __init__(self, world: World) -> None:
        self._world = world

    def crm(self, kind: str, **fields: Any) -> str:
        """Enters a record in the CRM, ticked."""
        return self._later("zoho", "create", kind, None, {"Add_to_Xero": True, **fields})

    def books(self, kind: str, **fields: Any) -> str:
        return self._later("xero", "create", kind, None, fields)

    def edit_crm(self, kind: str, row: Row, **fields: Any) -> None:
        self._later("zoho", "edit", kind, row["id"], fields)

    def delete_crm(self, kind: str, row: Row) -> None:
        self._later("zoho", "delete", kind, row["id"], {})

    def edit_books(self, kind: str, id_: str, do: str = "edit", **fields: Any) -> None:
        self._later("xero", do, kind, id_, fields)

    def in_crm(self, kind: str, field: str, value: str) -> Row:
        return _only(self._world.zoho.dump()[kind], field, value)

    def in_books(self, kind: str, field: str, value: str) -> Row:
        return _only(self._world.xero.dump()[kind], field, value)

    def _later(self, side: str, do: str, kind: str, id_: str | None, fields: Row) -> str:
        self._world.clock.advance(A_MINUTE)
        service = self._world.zoho if side == "zoho" else self._world.xero
        return service.edit(do, kind, id_, fields)


def _only(rows: Sequence[Row], field: str, value: str) -> Row:
    (found,) = [row for row in rows if row.get(field) == value]
    return found


# ------------------------------------------------------------------ what a first run carries over


def typed_before(world: World) -> None:
    at = Screens(world)
    house = at.crm("Accounts", Account_Name=HOUSE)
    supplier = at.crm("Vendors", Vendor_Name=f"{HOUSE} Supply")
    pen = at.crm("Products", Product_Name="Pen", Product_Code="PEN", Unit_Price=Decimal("10.5"))
    at.crm("Contacts", First_Name="First", Last_Name="Of All", Email="first@works.example", Account_Name={"id": house})
    for name in LINKED:
        at.crm("Accounts", Account_Name=f"{name} Ltd", Phone="+64 9 100 0000")
        at.crm("Vendors", Vendor_Name=f"{name} Supply", Phone="+64 9 200 0000")
        at.crm("Products", Product_Name=f"{name} board", Product_Code=name.upper(), Unit_Price=20)
        at.crm("Contacts", **_person(name), Account_Name={"id": house})
        # In Xero a draft can be deleted; what is approved is voided, which is a status like any other.
        _invoice(at, name, house, pen, "Created" if name == ENDED_IN_XERO else "Approved")
        _order(at, name, supplier, pen, Status="Created" if name == ENDED_IN_XERO else "Approved")


def _person(name: str) -> dict[str, str]:
    return {"First_Name": name, "Last_Name": "Walker", "Email": f"{name.lower()}@works.example"}


def _invoice(at: Screens, name: str, account: str, product: str, status: str = "Approved") -> None:
    line = {"Product_Name": {"id": product}, "Line_Tax": [SALES_TAX], "Quantity": 2, "List_Price": Decimal("10.5")}
    days = {"Invoice_Date": "2026-09-01", "Due_Date": "2026-09-20"}
    head = {"Subject": f"{name} sold", "Status": status, "Account_Name": {"id": account}}
    at.crm("Invoices", **head, **days, Invoiced_Items=[line])


def _order(at: Screens, name: str, vendor: str, product: str, **more: Any) -> None:
    line = {"Product_Name": {"id": product}, "Line_Tax": [PURCHASES_TAX], "Quantity": 3, "List_Price": Decimal("7.25")}
    head = {"Subject": f"{name} bought", "PO_Number": f"PO-{name}", "PO_Date": "2026-09-01", "Status": "Approved"}
    at.crm("Purchase_Orders", **head | more, Vendor_Name={"id": vendor}, Purchase_Items=[line])


# ------------------------------------------------------------------ what the broken run carries over


def typed_since(world: World, *, bills: bool) -> None:
    """`bills`: purchase orders are bills in Xero."""
    at = Screens(world)
    _companies(at)
    _products(at)
    _people(at)
    _sales(at)
    _purchases(at, "Invoices" if bills else "PurchaseOrders")


def _companies(at: Screens) -> None:
    for kind, field, tail in (("Accounts", "Account_Name", "Ltd"), ("Vendors", "Vendor_Name", "Supply")):
        at.crm(kind, **{field: f"{NEW_IN_CRM} {tail}"}, Phone="+64 9 300 0000")
        at.edit_crm(kind, at.in_crm(kind, field, f"{EDITED_IN_CRM} {tail}"), Phone="+64 9 400 0000")
        at.delete_crm(kind, at.in_crm(kind, field, f"{ENDED_IN_CRM} {tail}"))
        edited = at.in_books("Contacts", "Name", f"{EDITED_IN_XERO} {tail}")["ContactID"]
        phones = [{"PhoneType": "DEFAULT", "PhoneNumber": "500 0000", "PhoneAreaCode": "9", "PhoneCountryCode": "64"}]
        at.edit_books("Contacts", edited, Phones=phones)
        at.edit_books("Contacts", at.in_books("Contacts", "Name", f"{ENDED_IN_XERO} {tail}")["ContactID"], "archive")
    at.books("Contacts", Name=f"{NEW_IN_XERO} Ltd", FirstName="Kiri", LastName="Te Ao", EmailAddress="kiri@te.example")
    supplier = at.books("Contacts", Name=f"{NEW_IN_XERO} Supply")
    line = {"Description": "Rent", "Quantity": 1, "UnitAmount": 90, "AccountCode": "300", "TaxType": "INPUT2"}
    head = {"Type": "ACCPAY", "InvoiceNumber": "RENT-1", "Date": "2026-09-02", "DueDate": "2026-09-20"}
    # Whom somebody in Xero owes money is a supplier there; the bill itself is none of our modules'.
    at.books("Invoices", **head, Status="DRAFT", Contact={"ContactID": supplier}, LineItems=[line])


def _products(at: Screens) -> None:
    at.crm("Products", Product_Name=f"{NEW_IN_CRM} board", Product_Code="POHUTUKAWA", Unit_Price=30)
    at.edit_crm("Products", at.in_crm("Products", "Product_Code", EDITED_IN_CRM.upper()), Unit_Price=21)
    at.delete_crm("Products", at.in_crm("Products", "Product_Code", ENDED_IN_CRM.upper()))
    at.books("Items", Code="KOWHAI", Name=f"{NEW_IN_XERO} board", IsSold=True, SalesDetails={"UnitPrice": 31})
    edited = at.in_books("Items", "Code", EDITED_IN_XERO.upper())["ItemID"]
    at.edit_books("Items", edited, Name="Rimu board, dressed")
    at.edit_books("Items", at.in_books("Items", "Code", ENDED_IN_XERO.upper())["ItemID"], "delete")


def _people(at: Screens) -> None:
    house = at.in_crm("Accounts", "Account_Name", HOUSE)
    at.crm("Contacts", **_person(NEW_IN_CRM), Account_Name={"id": house["id"]})
    at.edit_crm("Contacts", at.in_crm("Contacts", "First_Name", EDITED_IN_CRM), Last_Name="Runner")
    at.delete_crm("Contacts", at.in_crm("Contacts", "First_Name", ENDED_IN_CRM))
    at.crm("Contacts", First_Name="Nobody's", Last_Name="Colleague", Email="alone@works.example")
    row = at.in_books("Contacts", "Name", HOUSE)
    people = [dict(person) for person in row["ContactPersons"] if person["FirstName"] != ENDED_IN_XERO]
    for person in people:
        if person["FirstName"] == EDITED_IN_XERO:
            person["LastName"] = "Rower"
    at.edit_books("Contacts", row["ContactID"], ContactPersons=people)


def _sales(at: Screens) -> None:
    house = at.in_crm("Accounts", "Account_Name", HOUSE)["id"]
    _invoice(at, NEW_IN_CRM, house, at.in_crm("Products", "Product_Code", "POHUTUKAWA")["id"])
    edited = at.in_crm("Invoices", "Subject", f"{EDITED_IN_CRM} sold")
    at.edit_crm("Invoices", edited, Invoiced_Items=[{"id": edited["Invoiced_Items"][0]["id"], "Quantity": 5}])
    at.delete_crm("Invoices", at.in_crm("Invoices", "Subject", f"{ENDED_IN_CRM} sold"))
    line = {"ItemCode": "PEN", "Description": "Pen", "Quantity": 2, "UnitAmount": Decimal("10.5"), "AccountCode": "200"}
    head = {"Type": "ACCREC", "Contact": {"ContactID": at.in_books("Contacts", "Name", HOUSE)["ContactID"]}}
    days = {"Date": "2026-09-01", "DueDate": "2026-09-20", "Status": "AUTHORISED"}
    at.books("Invoices", **head, **days, Reference=f"{NEW_IN_XERO} sold", LineItems=[{**line, "TaxType": "OUTPUT2"}])
    _edit_lines(at, "Invoices", at.in_books("Invoices", "Reference", f"{EDITED_IN_XERO} sold"), 6)
    at.edit_books("Invoices", at.in_books("Invoices", "Reference", f"{ENDED_IN_XERO} sold")["InvoiceID"], "delete")


def _purchases(at: Screens, kind: str) -> None:
    supplier = at.in_crm("Vendors", "Vendor_Name", f"{HOUSE} Supply")["id"]
    _order(at, NEW_IN_CRM, supplier, at.in_crm("Products", "Product_Code", "PEN")["id"])
    edited = at.in_crm("Purchase_Orders", "Subject", f"{EDITED_IN_CRM} bought")
    at.edit_crm("Purchase_Orders", edited, Purchase_Items=[{"id": edited["Purchase_Items"][0]["id"], "Quantity": 8}])
    at.delete_crm("Purchase_Orders", at.in_crm("Purchase_Orders", "Subject", f"{ENDED_IN_CRM} bought"))
    line = {"ItemCode": "PEN", "Description": "Pen", "Quantity": 2, "UnitAmount": Decimal("7.25"), "AccountCode": "300"}
    contact = {"ContactID": at.in_books("Contacts", "Name", f"{HOUSE} Supply")["ContactID"]}
    head: dict[str, Any] = {"Contact": contact, "Date": "2026-09-01", "Reference": f"{NEW_IN_XERO} bought"}
    if kind == "Invoices":
        head |= {"Type": "ACCPAY", "InvoiceNumber": "B-NEW", "DueDate": "2026-09-20"}
    at.books(kind, **head, Status="AUTHORISED", LineItems=[{**line, "TaxType": "INPUT2"}])
    if kind == "PurchaseOrders":  # nobody gave it a number: Xero will (a bill is not sent without one)
        _order(at, "Unnumbered", supplier, at.in_crm("Products", "Product_Code", "PEN")["id"], PO_Number=None)
    number = "InvoiceNumber" if kind == "Invoices" else "PurchaseOrderNumber"
    _edit_lines(at, kind, at.in_books(kind, number, f"PO-{EDITED_IN_XERO}"), 9)
    at.edit_books(kind, _id(kind, at.in_books(kind, number, f"PO-{ENDED_IN_XERO}")), "delete")


def _edit_lines(at: Screens, kind: str, row: Row, quantity: int) -> None:
    (line,) = row["LineItems"]
    kept = {name: line[name] for name in KEPT if name in line}
    at.edit_books(kind, _id(kind, row), LineItems=[{**kept, "Quantity": quantity}])


def _id(kind: str, row: Row) -> str:
    found: str = row["InvoiceID" if kind == "Invoices" else "PurchaseOrderID"]
    return found
