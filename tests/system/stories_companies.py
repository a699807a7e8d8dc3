"""What people do with companies and products, on both sides."""

from __future__ import annotations

from decimal import Decimal

from extension.sync.canonical import XERO, ZOHO
from tests.system.cast import Pair, Told, Town, approved, phone, phones, plain, story

PRICE, OTHER_PRICE = Decimal("11.11"), Decimal("22.22")


@story
def account_edited_in_crm(town: Town) -> Told:
    it = town.account()
    it.in_crm(Phone="+64 9 111 1111", Billing_City="Taupō")
    yield
    assert phone(it.books) == it.crm["Phone"] == "+64 9 111 1111"
    assert [a["City"] for a in it.books["Addresses"] if a["AddressType"] == "POBOX"] == ["Taupō"]


@story
def account_edited_in_xero(town: Town) -> Told:
    it = town.account()
    it.in_xero(Phones=phones("+64 9 222 2222"), TaxNumber="99-888-777")
    yield
    assert it.crm["Phone"] == phone(it.books) == "+64 9 222 2222"
    assert it.crm["Tax_Number"] == it.books["TaxNumber"] == "99-888-777"


@story
def account_edited_on_both_sides(town: Town) -> Told:
    it = town.account()
    it.in_crm(Phone="+64 9 333 3333")
    it.in_xero(TaxNumber="11-222-333")
    yield
    assert phone(it.books) == it.crm["Phone"] == "+64 9 333 3333"
    assert it.crm["Tax_Number"] == it.books["TaxNumber"] == "11-222-333"


@story
def account_conflict_in_one_field(town: Town) -> Told:
    it = town.account()
    it.in_crm(Phone="+64 9 444 4444")
    it.in_xero(Phones=phones("+64 9 555 5555"))
    yield
    assert phone(it.books) == it.crm["Phone"] == "+64 9 444 4444", "the CRM owns this field"
    assert ["xero", "+64 9 555 5555"] in town.rig.told("account", it.link.ids[ZOHO], "phone!lost")


@story
def account_renamed_in_crm(town: Town) -> Told:
    it = town.account()
    it.in_crm(Account_Name="Renamed in the CRM Ltd")
    yield
    assert it.books["Name"] == it.crm["Account_Name"] == "Renamed in the CRM Ltd"


@story
def account_renamed_in_xero(town: Town) -> Told:
    it = town.account()
    it.in_xero(Name="Renamed in Xero Ltd")
    yield
    assert it.crm["Account_Name"] == it.books["Name"] == "Renamed in Xero Ltd"


@story
def account_field_cleared_in_crm(town: Town) -> Told:
    it = town.take("account", lambda p: bool(p.crm["Tax_Number"]) and p.books.get("TaxNumber") == p.crm["Tax_Number"])
    it.in_crm(Tax_Number=None)
    yield
    assert not it.crm["Tax_Number"]
    if town.switched(empty_clears=False):
        assert it.held
    else:
        assert not it.books["TaxNumber"]


@story
def account_field_cleared_in_xero(town: Town) -> Told:
    it = town.take("account", lambda p: bool(phone(p.books)) and phone(p.books) == p.crm["Phone"])
    if town.switched(empty_clears=False):  # a person's form clears all the same
        town.rig.xero.set_switches({"empty_clears": True})
        it.in_xero(Phones=phones(""))
        town.rig.xero.set_switches({"empty_clears": False})
    else:
        it.in_xero(Phones=phones(""))
    yield
    assert not it.crm["Phone"]
    assert not phone(it.books)


@story
def contact_archived_in_xero(town: Town) -> Told:
    it = town.account(leaves=True)
    it.in_xero("archive")
    yield
    assert it.held == {"gone"}
    assert it.crm
    assert it.crm["Add_to_Xero"] is True


@story
def contact_archived_and_brought_back(town: Town) -> Told:
    it = town.account(leaves=True)
    it.in_xero("archive")
    it.in_xero("restore")
    it.in_crm(Phone="+64 9 666 6666")
    yield
    assert it.held == set()
    assert phone(it.books) == "+64 9 666 6666"


@story
def contact_merged_in_xero(town: Town) -> Told:
    it = town.take("account", lambda p: bool(town.papers(p)), leaves=True)
    into, invoice = town.account(), town.papers(it)[0]
    town.taken.add(invoice.id(XERO))
    it.in_xero("merge", into=into.link.ids[XERO])
    if town.switched(merge_touches_documents=False):
        town.settle(full=True)  # their time did not move: only a full scan sees it
    yield
    assert it.held == {"merged"}, "the contact that stayed is linked with an account of its own"
    assert it.crm
    assert invoice.books["Contact"]["ContactID"] == into.link.ids[XERO]
    assert invoice.crm["Account_Name"]["id"] == into.link.ids[ZOHO]


@story
def account_deleted_in_crm(town: Town) -> Told:
    it = town.account(leaves=True)
    it.in_crm("delete")
    yield
    assert it.held == {"gone"}
    assert it.books["ContactStatus"] == "ACTIVE"
    assert not it.crm


@story
def account_deleted_and_restored_in_crm(town: Town) -> Told:
    it = town.account(leaves=True)
    it.in_crm("delete")
    town.settle()
    assert it.held == {"gone"}
    it.in_crm("restore")
    it.in_xero(TaxNumber="55-666-777")
    yield
    assert it.held == set()
    assert it.live
    assert it.crm["Tax_Number"] == "55-666-777"


@story
def vendor_edited_in_crm(town: Town) -> Told:
    it = town.take("vendor")
    it.in_crm(Phone="+64 4 111 1111", City="Nelson")
    yield
    assert phone(it.books) == it.crm["Phone"] == "+64 4 111 1111"
    assert [a["City"] for a in it.books["Addresses"] if a["AddressType"] == "POBOX"] == ["Nelson"]


@story
def vendor_edited_in_xero(town: Town) -> Told:
    it = town.take("vendor")
    it.in_xero(Name="Another Supplier Ltd", Phones=phones("+64 4 222 2222"))
    yield
    assert it.crm["Vendor_Name"] == it.books["Name"] == "Another Supplier Ltd"
    assert it.crm["Phone"] == "+64 4 222 2222"


@story
def phone_that_the_crm_refuses(town: Town) -> Told:
    it = town.account()
    was = it.crm["Phone"]
    it.in_xero(Phones=phones("ask for Bob"))
    yield
    assert it.held == {"invalid"}
    assert phone(it.books) == "ask for Bob"
    assert it.crm["Phone"] == was


@story
def name_that_xero_refuses(town: Town) -> Told:
    if town.switched(names_unique=False):
        return
    it, taken = town.account(), town.account()
    was = it.books["Name"]
    it.in_crm(Account_Name=taken.crm["Account_Name"])
    yield
    assert it.held
    assert it.books["Name"] == was


@story
def vendor_unticked_in_crm(town: Town) -> Told:
    busy = {row["Vendor_Name"]["id"] for row in town.rig.listed(ZOHO, "Purchase_Orders")}
    it = town.take("vendor", lambda p: p.link.ids[ZOHO] not in busy)
    was = phone(it.books)
    it.in_crm(Add_to_Xero=False, Phone="+64 4 777 7777")
    yield
    assert it.crm["Add_to_Xero"] is False
    assert phone(it.books) == was


@story
def code_that_xero_refuses(town: Town) -> Told:
    it = town.take("product")
    was = it.books["Code"]
    it.in_crm(Product_Code="A-CODE-OF-MORE-THAN-THIRTY-CHARACTERS", Unit_Price=PRICE)
    yield
    assert it.held == {"code_too_long"}
    assert it.books["Code"] == was
    assert it.books["SalesDetails"]["UnitPrice"] == PRICE, "the other field travels"


@story
def product_edited_in_crm(town: Town) -> Told:
    it = town.take("product")
    it.in_crm(Product_Name="Better name", Unit_Price=PRICE, Description="Told in the CRM")
    yield
    assert (it.books["Name"], it.books["Description"]) == ("Better name", "Told in the CRM")
    assert it.books["SalesDetails"]["UnitPrice"] == it.crm["Unit_Price"] == PRICE
    assert it.books["SalesDetails"].get("AccountCode"), "what only Xero knows stays"


@story
def product_edited_in_xero(town: Town) -> Told:
    it = town.take("product", lambda p: bool(p.books["SalesDetails"]))
    it.in_xero(Name="Name of the books", SalesDetails={**it.books["SalesDetails"], "UnitPrice": OTHER_PRICE})
    yield
    assert it.crm["Product_Name"] == it.books["Name"] == "Name of the books"
    assert it.crm["Unit_Price"] == OTHER_PRICE


def sold(town: Town) -> tuple[Pair, Pair]:
    """An approved invoice, and the product on its first line."""
    free = {p.books["Code"]: p for p in town.pairs("product")}
    paper = town.take("invoice", lambda p: plain(p.books) and p.books["LineItems"][0]["ItemCode"] in free)
    code = paper.books["LineItems"][0]["ItemCode"]
    return paper, town.take("product", lambda p: p.books["Code"] == code)


@story
def item_code_changed_in_xero(town: Town) -> Told:
    paper, it = sold(town)
    it.in_xero(Code="NEW-CODE-X")
    paper.edit_rows({"id": paper.rows[0]["id"], "Quantity": 18})
    yield
    assert it.crm["Product_Code"] == it.books["Code"] == "NEW-CODE-X"
    approved(town, paper, lambda: paper.books["LineItems"][0]["Quantity"] == 18)


@story
def product_code_changed_in_crm(town: Town) -> Told:
    paper, it = sold(town)
    it.in_crm(Product_Code="NEW-CODE-Z")
    paper.in_xero(DueDate="2026-12-24")
    yield
    assert it.books["Code"] == it.crm["Product_Code"] == "NEW-CODE-Z"
    assert paper.crm["Due_Date"] == "2026-12-24"


def unsold(town: Town) -> Pair:
    papers = [*town.rig.listed(XERO, "Invoices"), *town.rig.listed(XERO, "PurchaseOrders")]
    sold = {line["ItemCode"] for row in papers for line in row["LineItems"] if "ItemCode" in line}
    return town.take("product", lambda p: p.books["Code"] not in sold)


@story
def product_deleted_in_crm(town: Town) -> Told:
    it = unsold(town)
    it.in_crm("delete")
    yield
    assert it.held == {"gone"}
    assert it.books


@story
def item_deleted_in_xero(town: Town) -> Told:
    it = unsold(town)
    it.in_xero("delete")
    town.settle(full=True)  # items just vanish: only a full scan sees it
    yield
    assert it.held == {"gone"}
    assert it.crm


@story
def codes_swapped_in_crm(town: Town) -> Told:
    one, two = unsold(town), unsold(town)
    codes = one.books["Code"], two.books["Code"]
    one.in_crm(Product_Code=codes[1])
    two.in_crm(Product_Code=codes[0])
    yield
    assert (one.crm["Product_Code"], two.crm["Product_Code"]) == (codes[1], codes[0])
    assert one.held, "Xero takes no code twice, not even for a moment"
    assert two.held
    assert (one.books["Code"], two.books["Code"]) == codes


@story
def accounts_merged_in_crm(town: Town) -> Told:
    it = town.take("account", lambda p: bool(town.papers(p)), leaves=True)
    into, invoice = town.account(), town.papers(it)[0]
    town.taken.add(invoice.id(XERO))
    invoice.in_crm(Account_Name={"id": into.link.ids[ZOHO]})
    it.in_crm("delete")
    yield
    assert it.held == {"gone"}
    assert it.books["ContactStatus"] == "ACTIVE"
    approved(town, invoice, lambda: invoice.books["Contact"]["ContactID"] == into.link.ids[XERO])
