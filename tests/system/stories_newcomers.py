"""What people enter on one side or on both, and what becomes of what was held once they put it right."""

from __future__ import annotations

from decimal import Decimal

from extension.sync.canonical import XERO, ZOHO
from sandbox.seed.goods import LONG_CODE
from sandbox.seed.parties import UNTICKED
from tests.system.cast import Told, Town, story
from tests.system.switch_rig import Row

TICKED = {"Add_to_Xero": True}
PRICE = Decimal("12.50")


def crm(town: Town, kind: str, **given: object) -> list[Row]:
    return _those(town.rig.listed(ZOHO, kind), given)


def books(town: Town, kind: str, **given: object) -> list[Row]:
    return _those(town.rig.listed(XERO, kind), given)


def _those(rows: list[Row], given: dict[str, object]) -> list[Row]:
    return [row for row in rows if all(row.get(name) == value for name, value in given.items())]


def sold(product: str, quantity: int = 2) -> list[Row]:
    return [{"Product_Name": {"id": product}, "Quantity": quantity, "List_Price": PRICE, "Description": "As agreed"}]


@story
def everything_new_in_crm(town: Town) -> Told:
    enter = town.rig.people
    account = enter(ZOHO, "create", "Accounts", Account_Name="New Customer Ltd", Phone="+64 3 111 1111", **TICKED)
    enter(ZOHO, "create", "Contacts", Last_Name="Alone", Email="alone@new.example", Account_Name=account, **TICKED)
    product = enter(
        ZOHO, "create", "Products", Product_Name="New thing", Product_Code="NEW-Z", Unit_Price=PRICE, **TICKED
    )
    paper = {"Subject": "First order", "Account_Name": account, "Status": "Approved", "Invoice_Date": "2026-09-14"}
    enter(ZOHO, "create", "Invoices", **paper, Due_Date="2026-10-14", Invoiced_Items=sold(product), **TICKED)
    yield
    (contact,) = books(town, "Contacts", Name="New Customer Ltd")
    assert (contact["LastName"], contact["EmailAddress"]) == ("Alone", "alone@new.example")
    (item,) = books(town, "Items", Code="NEW-Z")
    (invoice,) = books(town, "Invoices", Reference="First order")
    assert invoice["Contact"]["ContactID"] == contact["ContactID"]
    assert [(line["ItemCode"], line["Quantity"]) for line in invoice["LineItems"]] == [(item["Code"], 2)]
    (row,) = crm(town, "Invoices", Subject="First order")
    assert row["Grand_Total"] == invoice["Total"] == 25
    assert row["Xero_Invoice_No"] == invoice["InvoiceNumber"] == row["Invoice_Number"]


@story
def everything_new_in_xero(town: Town) -> Told:
    enter = town.rig.people
    someone = {"FirstName": "Ana", "LastName": "New", "EmailAddress": "ana@booked.example"}
    contact = enter(XERO, "create", "Contacts", Name="Booked Customer Ltd", **someone)
    details = {"UnitPrice": PRICE, "AccountCode": "200", "TaxType": "OUTPUT2"}
    enter(XERO, "create", "Items", Code="NEW-X", Name="Booked thing", SalesDetails=details)
    line = {"ItemCode": "NEW-X", "Quantity": 4, "Description": "As booked"}
    paper = {"Type": "ACCREC", "Contact": {"ContactID": contact}, "Status": "AUTHORISED", "LineItems": [line]}
    enter(XERO, "create", "Invoices", **paper, InvoiceNumber="BK-1", Date="2026-09-14", DueDate="2026-10-14")
    yield
    (account,) = crm(town, "Accounts", Account_Name="Booked Customer Ltd")
    (person,) = crm(town, "Contacts", Full_Name="Ana New")
    assert (person["Account_Name"]["id"], person["Email"]) == (account["id"], "ana@booked.example")
    (invoice,) = crm(town, "Invoices", Xero_Invoice_No="BK-1")
    assert invoice["Account_Name"]["id"] == account["id"]
    (product,) = crm(town, "Products", Product_Code="NEW-X")
    assert [(row["Product_Name"]["id"], row["Quantity"]) for row in invoice["Invoiced_Items"]] == [(product["id"], 4)]
    assert invoice["Grand_Total"] == Decimal("57.50")


@story
def supplier_and_order_new_in_xero(town: Town) -> Told:
    enter = town.rig.people
    supplier = enter(XERO, "create", "Contacts", Name="Booked Supplier Ltd")
    details = {"UnitPrice": PRICE, "AccountCode": "300", "TaxType": "INPUT2"}
    enter(XERO, "create", "Items", Code="NEW-BUY", Name="Bought thing", PurchaseDetails=details)
    line = {"ItemCode": "NEW-BUY", "Quantity": 5, "UnitAmount": PRICE, "Description": "To be delivered"}
    paper = {"Contact": {"ContactID": supplier}, "Status": "AUTHORISED", "LineItems": [line], "Date": "2026-09-14"}
    enter(XERO, "create", "PurchaseOrders", **paper, PurchaseOrderNumber="PB-1")
    yield
    (vendor,) = crm(town, "Vendors", Vendor_Name="Booked Supplier Ltd")
    (order,) = crm(town, "Purchase_Orders", PO_Number="PB-1")
    assert order["Vendor_Name"]["id"] == vendor["id"]


@story
def one_company_entered_on_both_sides(town: Town) -> Told:
    town.rig.people(ZOHO, "create", "Accounts", Account_Name="Both Of Us Ltd", Phone="+64 3 222 2222", **TICKED)
    town.rig.people(XERO, "create", "Contacts", Name="both of us LTD", TaxNumber="22-22")
    yield
    (account,) = crm(town, "Accounts", Account_Name="Both Of Us Ltd")
    assert account["Tax_Number"] == "22-22"
    assert len([row for row in books(town, "Contacts") if row["Name"].casefold() == "both of us ltd"]) == 1


@story
def one_product_entered_on_both_sides(town: Town) -> Told:
    town.rig.people(
        ZOHO, "create", "Products", Product_Name="Twofold", Product_Code="TWO-1", Unit_Price=PRICE, **TICKED
    )
    town.rig.people(XERO, "create", "Items", Code="two-1", Name="Twofold in the books")
    yield
    (product,) = crm(town, "Products", Product_Code="TWO-1")
    assert len([row for row in books(town, "Items") if row["Code"].casefold() == "two-1"]) == 1
    assert not town.rig.held("product", product["id"])


@story
def unticked_company_is_ticked(town: Town) -> Told:
    (account,) = crm(town, "Accounts", Account_Name=UNTICKED)
    town.rig.people(ZOHO, "edit", "Accounts", account["id"], **TICKED)
    for person in [p for p in crm(town, "Contacts") if p["Account_Name"] and p["Account_Name"]["id"] == account["id"]]:
        town.rig.people(ZOHO, "edit", "Contacts", person["id"], **TICKED)
    yield
    assert [link.ids[ZOHO] for link in town.rig.links("account") if link.ids[ZOHO] == account["id"]]
    assert not town.rig.held("account", account["id"])


@story
def code_too_long_is_made_shorter(town: Town) -> Told:
    (product,) = crm(town, "Products", Product_Code=LONG_CODE)
    town.rig.people(ZOHO, "edit", "Products", product["id"], Product_Code="CHAIR-EXEC")
    yield
    (item,) = books(town, "Items", Code="CHAIR-EXEC")
    assert not town.rig.held("product", product["id"])
    assert item["Name"]


@story
def reduction_of_the_whole_is_taken_back(town: Town) -> Told:
    invoice, *_ = (row for row in crm(town, "Invoices") if row["Discount"] and "document_discount" in held(town, row))
    town.rig.people(ZOHO, "edit", "Invoices", invoice["id"], Discount=0)
    yield
    assert "document_discount" not in held(town, invoice)
    assert held(town, invoice) or books(town, "Invoices", InvoiceNumber=invoice["Invoice_Number"])


def held(town: Town, invoice: Row) -> set[str]:
    return town.rig.held("invoice", invoice["id"])


@story
def deleted_and_restored_between_two_runs(town: Town) -> Told:
    it = town.account(leaves=True)
    it.in_crm("delete")
    it.in_crm("restore")
    it.in_crm(Phone="+64 3 333 3333")
    yield
    assert it.live
    assert it.held == set()


@story
def gone_on_both_sides(town: Town) -> Told:
    busy = {row["Contact"]["ContactID"] for row in books(town, "Invoices")}
    it = town.take("account", lambda p: p.id(XERO) not in busy, leaves=True)
    it.in_crm("delete")
    it.in_xero("archive")
    yield
    assert it.held == set()
    assert not it.live
    assert not it.crm


@story
def newcomer_called_like_somebody_who_is_linked(town: Town) -> Told:
    it = town.account()
    name = it.crm["Account_Name"]
    new = town.rig.people(ZOHO, "create", "Accounts", Account_Name=name, **TICKED)
    yield
    assert town.rig.held("account", new) == {"ambiguous"}
    assert len(books(town, "Contacts", Name=it.books["Name"], ContactStatus="ACTIVE")) == 1
