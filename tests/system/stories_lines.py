"""What people do with the lines of an invoice."""

from __future__ import annotations

from decimal import Decimal

from extension.sync.canonical import ZOHO
from tests.system.cast import Pair, Told, Town, approved, came, plain, story

MANY = 17  # more than the seed sells of anything
PRICE, OTHER_PRICE = Decimal("11.11"), Decimal("22.22")


@story
def line_changed_in_crm(town: Town) -> Told:
    it = town.invoice(lines=2)
    own = it.lines[1]["LineItemID"]  # its place may be another one: a CRM may put first what was edited last
    it.edit_rows({"id": it.rows[1]["id"], "Quantity": MANY, "List_Price": PRICE, "Description": "Many of them"})
    yield
    approved(town, it, lambda: (it.line(own)["Quantity"], it.line(own)["UnitAmount"]) == (MANY, PRICE))
    approved(town, it, lambda: it.line(own)["Description"] == "Many of them" and it.same_totals)


@story
def line_changed_in_xero(town: Town) -> Told:
    it = town.invoice(lines=2)
    was = it.rows
    one, two, *rest = it.lines
    it.edit_lines(one, {**two, "Quantity": MANY, "UnitAmount": OTHER_PRICE, "Description": "Many"}, *rest)
    yield
    row = it.row(was[1]["id"])
    assert (row["Quantity"], row["List_Price"], row["Description"]) == (MANY, OTHER_PRICE, "Many")
    assert it.same_totals


@story
def one_line_changed_on_both_sides(town: Town) -> Told:
    it = town.invoice(lines=2)
    it.edit_rows({"id": it.rows[0]["id"], "Quantity": MANY})
    one, *rest = it.lines
    it.edit_lines({**one, "Description": "Said by the books"}, *rest)
    yield
    assert it.rows[0]["Quantity"] == MANY
    assert it.lines[0]["Description"] == "Said by the books"
    approved(town, it, lambda: it.lines[0]["Quantity"] == MANY and it.rows[0]["Description"] == "Said by the books")


@story
def line_added_in_crm(town: Town) -> Told:
    it = town.invoice()
    was, row = it.lines, it.rows[0]
    it.edit_rows({name: row[name] for name in ("Product_Name", "Line_Tax")} | {"Quantity": 3, "List_Price": PRICE})
    yield
    assert len(it.rows) == len(was) + 1
    approved(town, it, lambda: len(it.lines) == len(was) + 1 and it.same_totals)
    ids = [line["LineItemID"] for line in was]
    if town.switched(line_order="request"):  # the CRM put the new line first, and Xero followed
        approved(town, it, lambda: [line["LineItemID"] for line in it.lines[1:]] == ids)
    else:
        approved(town, it, lambda: [line["LineItemID"] for line in it.lines[:-1]] == ids)


@story
def line_added_in_xero(town: Town) -> Told:
    it = town.invoice()
    was = it.rows
    fresh = {name: it.lines[0][name] for name in ("ItemCode", "AccountCode", "TaxType")}
    it.edit_lines(*it.lines, {**fresh, "Description": "One more", "Quantity": 2, "UnitAmount": PRICE})
    yield
    (new,) = [row for row in it.rows if row["id"] not in {old["id"] for old in was}]
    assert len(it.rows) == len(was) + 1
    assert (new["Description"], new["Quantity"]) == ("One more", 2)
    assert it.same_totals


@story
def line_removed_in_crm(town: Town) -> Told:
    it = town.invoice(lines=2)
    was = it.lines
    it.edit_rows({"id": it.rows[0]["id"], "_delete": None})
    yield
    assert len(it.rows) == len(was) - 1
    approved(town, it, lambda: [line["LineItemID"] for line in it.lines] == [line["LineItemID"] for line in was[1:]])
    approved(town, it, lambda: it.same_totals)


@story
def line_removed_in_xero(town: Town) -> Told:
    it = town.invoice(lines=2)
    was = it.rows
    it.edit_lines(*it.lines[1:])
    yield
    assert [row["id"] for row in it.rows] == [row["id"] for row in was[1:]]
    assert it.same_totals


@story
def line_removed_here_and_edited_there(town: Town) -> Told:
    it = town.invoice(lines=2)
    it.edit_rows({"id": it.rows[0]["id"], "Quantity": MANY})
    it.edit_lines(*it.lines[1:])
    rows, lines = len(it.rows), len(it.lines)
    yield
    assert it.held == {"conflict"}
    assert (len(it.rows), len(it.lines)) == (rows, lines)


@story
def lines_added_on_both_sides(town: Town) -> Told:
    it = town.invoice()
    row, was = it.rows[0], len(it.rows)
    it.edit_rows({name: row[name] for name in ("Product_Name", "Line_Tax")} | {"Quantity": 3, "List_Price": PRICE})
    fresh = {name: it.lines[0][name] for name in ("ItemCode", "AccountCode", "TaxType")}
    it.edit_lines(*it.lines, {**fresh, "Description": "By the books", "Quantity": 2, "UnitAmount": PRICE})
    yield
    assert len(it.rows) >= was + 1
    assert len(it.lines) >= was + 1
    approved(town, it, lambda: len(it.rows) == len(it.lines) == was + 2 and it.same_totals)


@story
def line_of_an_invoice_with_tax_included(town: Town) -> Told:
    it = town.take("invoice", lambda p: plain({**p.books, "LineAmountTypes": "Exclusive"}) and net(p))
    it.edit_rows({"id": it.rows[0]["id"], "Quantity": MANY})
    yield
    assert it.rows[0]["Quantity"] == MANY
    if it.held != {"total_differs"}:  # no price with four decimals may come to it
        approved(town, it, lambda: it.lines[0]["Quantity"] == MANY and it.same_totals)


def net(it: Pair) -> bool:
    """Net in the CRM, with tax in Xero, at a price that is no accident of rounding."""
    return bool(it.books["LineAmountTypes"] == "Inclusive" and it.books["Total"] > 20)


@story
def everything_at_once(town: Town) -> Told:
    it = town.invoice(lines=3)
    one, two, three = it.rows[:3]
    it.edit_rows({"id": one["id"], "Quantity": MANY}, {"id": three["id"], "_delete": None})
    native = it.lines
    native[1]["Description"] = "Said by the books"
    fresh = {name: native[0][name] for name in ("ItemCode", "AccountCode", "TaxType")}
    it.in_xero(
        DueDate="2026-12-21", LineItems=[*native, {**fresh, "Description": "More", "Quantity": 1, "UnitAmount": 1}]
    )
    it.in_crm(Subject="All of it")
    yield
    assert it.crm["Subject"] == "All of it"
    approved(town, it, lambda: len(it.rows) == len(it.lines) == len(native) and it.same_totals)
    approved(
        town, it, lambda: it.lines[0]["Quantity"] == MANY and it.row(two["id"])["Description"] == "Said by the books"
    )
    approved(town, it, lambda: it.crm["Due_Date"] == "2026-12-21" and it.books["Reference"] == "All of it")


@story
def tax_of_a_line_changed_in_crm(town: Town) -> Told:
    it = town.invoice()
    it.edit_rows({"id": it.rows[0]["id"], "Line_Tax": [{"name": "Zero"}]})
    yield
    if town.switched(unassociated_line_tax="ignored") and [tax["name"] for tax in it.rows[0]["Line_Tax"]] != ["Zero"]:
        return  # the CRM itself did not take it
    approved(town, it, lambda: it.lines[0]["TaxType"] == "ZERORATED" and it.same_totals)


@story
def tax_of_a_line_changed_in_xero(town: Town) -> Told:
    it = town.invoice()
    one, *rest = it.lines
    it.edit_lines({**one, "TaxType": "ZERORATED"}, *rest)
    yield
    if [tax["name"] for tax in it.rows[0]["Line_Tax"]] == ["Zero"]:
        assert it.same_totals
    else:
        assert it.held, "a product of the CRM without that tax"


@story
def line_reduced_in_crm(town: Town) -> Told:
    it = town.invoice()
    it.edit_rows({"id": it.rows[0]["id"], "Discount": Decimal("1.25")})
    yield
    approved(town, it, lambda: it.lines[0]["DiscountAmount"] == Decimal("1.25") and it.same_totals)


@story
def line_reduced_in_xero(town: Town) -> Told:
    it = town.invoice()
    one, *rest = it.lines
    it.edit_lines({**one, "DiscountRate": Decimal("12.5")}, *rest)
    yield
    came(town, it, lambda: it.rows[0]["Discount"] > 0 and it.same_totals)


@story
def line_without_an_item_added_in_xero(town: Town) -> Told:
    it = town.invoice()
    was = len(it.rows)
    free = {"Description": "By telephone", "Quantity": 1, "UnitAmount": PRICE, "AccountCode": "200"}
    it.in_xero(LineItems=[*it.lines, {**free, "TaxType": "OUTPUT2"}], DueDate="2026-12-13")
    yield
    assert it.held == {"no_product"}
    assert len(it.rows) == was
    assert it.crm["Due_Date"] == "2026-12-13", "the rest travels"


@story
def description_of_a_line_cleared_in_crm(town: Town) -> Told:
    it = town.invoice()
    it.edit_rows({"id": it.rows[0]["id"], "Description": None})
    yield
    assert it.rows[0]["Description"] is None
    approved(town, it, lambda: bool(it.lines[0]["Description"]))


@story
def item_of_a_line_changed_in_xero(town: Town) -> Told:
    it, product = town.invoice(), town.take("product", lambda p: bool(p.books["SalesDetails"]))
    one, *rest = it.lines
    it.edit_lines({**one, "ItemCode": product.books["Code"]}, *rest)
    yield
    assert it.rows[0]["Product_Name"]["id"] == product.link.ids[ZOHO]


@story
def line_edited_and_voided(town: Town) -> Told:
    it = town.invoice()
    it.edit_rows({"id": it.rows[0]["id"], "Quantity": MANY})
    it.in_xero("void")
    yield
    assert it.rows[0]["Quantity"] == MANY
    assert (it.books["Status"], it.crm["Status"]) == ("VOIDED", "Voided")
    assert it.held == {"locked"}
