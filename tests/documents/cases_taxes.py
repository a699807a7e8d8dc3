"""Tax and accounts: which rate a line bears, what the amounts are, and where a line is posted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from extension.sync.canonical import XERO, ZOHO
from tests.documents.case import ORDER, Case, Deed, Desk
from tests.system.live_books import D
from tests.system.live_shop import BOUGHT, GST, LINE, TOTAL, Shop

HALF: Final = {"name": "GST Half", "percentage": D("7.5")}
ZERO: Final = {"name": "Zero", "percentage": 0}
UNTAXED: Final = {**LINE, "Line_Tax": []}
EVEN: Final = {**UNTAXED, "List_Price": D(20)}  # at this price no quantity comes to half a cent
BOTH: Final = {"zoho": ["GST 15", "GST Half"], "xero": "TAX022"}
BOTH_TAXES: Final = {**EVEN, "Line_Tax": [GST, HALF]}
WHOLE: Final[dict[str, Any]] = {"$line_tax": [GST]}
Change = Callable[[dict[str, Any]], None]


# ------------------------------------------------------------------ what the cases are about


def _rate_of_two(shop: Shop) -> None:
    """Xero has a rate made of both taxes, which nobody mapped yet."""
    parts = [{"Name": name, "Rate": rate, "IsCompound": False} for name, rate in (("GST", D(15)), ("Half", D("7.5")))]
    rate: dict[str, Any] = {
        "Name": "Both",
        "EffectiveRate": D("22.5"),
        "DisplayTaxRate": D("22.5"),
        "TaxComponents": parts,
    }
    shop.books("TaxRates", None, TaxType="TAX022", CanApplyToRevenue=True, CanApplyToExpenses=True, **rate)
    _fetched(shop)


def _fetched(shop: Shop) -> None:
    """Somebody presses *Data fetch*."""
    shop.house.refreshed(shop.house.connection(None))


def _set(shop: Shop, change: Change) -> None:
    """Somebody changes the settings, and everything is read again."""
    shop.settings(change)
    shop.sync(full=True)


def _settings(change: Change) -> Callable[[Shop], None]:
    return lambda shop: _set(shop, change)


def both_mapped(shop: Shop) -> None:
    """And somebody says which taxes of the CRM it stands for."""
    _rate_of_two(shop)
    _set(shop, lambda document: document["taxes"]["sales"].append(BOTH))


def _mapped(crm: Any, xero: str) -> Deed:
    """The way out on the page of the taxes."""
    row = {"zoho": crm, "xero": xero}
    return lambda desk: _set(desk.shop, lambda document: document["taxes"]["sales"].append(row))


def _amounts(kind: str, entity: str = "invoice") -> Callable[[Shop], None]:
    return _settings(lambda document: document.setdefault("documents", {}).update(amounts={entity: kind}))


def _posted_to(code: str) -> Callable[[Shop], None]:
    """The item in Xero names this account."""

    def prepare(shop: Shop) -> None:
        item = shop.one(XERO, "Items")["ItemID"]
        shop.books("Items", item, SalesDetails={"UnitPrice": D("10.5"), "AccountCode": code})
        shop.sync()

    return prepare


def _archived(*, known: bool) -> Callable[[Shop], None]:
    """The account of the item is archived in Xero; `known`: and fetched since."""

    def prepare(shop: Shop) -> None:
        _posted_to("260")(shop)
        shop.books("Accounts", "260", Status="ARCHIVED")
        if known:
            _fetched(shop)

    return prepare


def _restored(desk: Desk) -> None:
    desk.shop.books("Accounts", "260", Status="ACTIVE")
    _fetched(desk.shop)


def _of_category(accounts: Mapping[str, str]) -> Callable[[Shop], None]:
    """The pen is hardware, and hardware is posted there."""

    def prepare(shop: Shop) -> None:
        shop.crm("Products", shop.pen, Product_Category="Hardware")
        _set(shop, lambda document: document["accounts"].update(categories={"Hardware": dict(accounts)}))

    return prepare


def _all(*prepares: Callable[[Shop], object]) -> Callable[[Shop], None]:
    def prepare(shop: Shop) -> None:
        for each in prepares:
            each(shop)

    return prepare


def _lines_say(tax: list[Mapping[str, Any]], **header: Any) -> Deed:
    """Somebody puts the tax on the line in the CRM."""

    def cure(desk: Desk) -> None:
        desk.edit(ZOHO, **{desk.kind.subform: [{"id": desk.lines(ZOHO)[0]["id"], "Line_Tax": tax}], **header})

    return cure


# ------------------------------------------------------------------ what stands there


def _bears(tax_type: str, *names: str, total: Any = None, amounts: str = "Exclusive") -> Deed:
    """The rate in Xero, the taxes in the CRM, what it comes to, and what its amounts are."""

    def expect(desk: Desk) -> None:
        (line,), (row,) = desk.lines(XERO), desk.lines(ZOHO)
        assert line["TaxType"] == tax_type
        assert sorted(tax["name"] for tax in row["Line_Tax"]) == sorted(names)
        assert desk.xero["LineAmountTypes"] == amounts
        assert (desk.xero["TotalTax"], desk.total(XERO)) == (row["Tax"] + desk.crm["Tax"], total or desk.total(ZOHO))

    return expect


def _on(account: str) -> Deed:
    def expect(desk: Desk) -> None:
        assert [line["AccountCode"] for line in desk.lines(XERO)] == [account]

    return expect


def _taxed_as_a_whole(desk: Desk) -> None:
    """As it was typed in the CRM; Xero's line bears the tax."""
    assert [line["TaxType"] for line in desk.lines(XERO)] == ["OUTPUT2", "OUTPUT2"]
    assert (desk.crm["Tax"], desk.total(ZOHO)) == (15, 115)
    assert all(row["Line_Tax"] == [] for row in desk.lines(ZOHO))


def _tax_moved(desk: Desk) -> None:
    """Other money from Xero: from now on the tax stands on the lines of the CRM as well."""
    desk.say(XERO, 4)
    assert desk.shop.held() == set()
    assert desk.crm["Tax"] == 0
    assert [[tax["name"] for tax in row["Line_Tax"]] for row in desk.lines(ZOHO)] == [["GST 15"], ["GST 15"]]
    assert [row["Quantity"] for row in desk.lines(ZOHO)] == [4, 3]


def _unreachable(shop: Shop) -> str:
    """5000 at 0.0013 is 6.50; of prices with tax and four decimals, 0.0015 is too much and 0.0014 too little."""
    return shop.invoice({"Quantity": 5000, "List_Price": D("0.0013")})


def _other_price(desk: Desk) -> None:
    desk.edit_line(ZOHO, 0, List_Price=D("0.002"))


CASES = [
    Case(
        "line-tax", ZOHO, lambda shop: shop.invoice({**LINE, "Line_Tax": [HALF]}), expect=_bears("TAX001", "GST Half")
    ),
    Case("line-tax", XERO, lambda shop: shop.bill({"TaxType": "TAX001"}), expect=_bears("TAX001", "GST Half")),
    Case("zero-tax", ZOHO, lambda shop: shop.invoice({**LINE, "Line_Tax": [ZERO]}), expect=_bears("ZERORATED", "Zero")),
    Case("zero-tax", XERO, lambda shop: shop.bill({"TaxType": "ZERORATED"}), expect=_bears("ZERORATED", "Zero")),
    Case("untaxed-line", ZOHO, lambda shop: shop.invoice(UNTAXED), expect=_bears("NONE")),
    Case("untaxed-line", XERO, lambda shop: shop.bill({"TaxType": "NONE"}), expect=_bears("NONE")),
    Case(
        "order-tax",
        ZOHO,
        lambda shop: shop.order({**LINE, "Line_Tax": [BOUGHT]}),
        kind=ORDER,
        expect=_bears("INPUT2", "GST 15 Purchases", total=TOTAL),
    ),
    Case(
        "tax-unmapped",
        ZOHO,
        lambda shop: shop.invoice({**LINE, "Line_Tax": [BOUGHT]}),
        held=frozenset({"tax_unmapped"}),
        cure=_mapped("GST 15 Purchases", "OUTPUT2"),
        expect=_bears("OUTPUT2", "GST 15 Purchases"),
    ),
    Case(
        "tax-unmapped",
        XERO,
        lambda shop: shop.bill({"TaxType": "TAX022"}),
        prepare=_rate_of_two,
        held=frozenset({"tax_unmapped"}),
        cure=_mapped(BOTH["zoho"], "TAX022"),
        expect=_bears("TAX022", "GST 15", "GST Half"),
    ),
    Case(
        "taxes-together",
        ZOHO,
        lambda shop: shop.invoice(BOTH_TAXES),
        prepare=both_mapped,
        expect=_bears("TAX022", "GST 15", "GST Half"),
    ),
    Case(
        "taxes-together",
        XERO,
        lambda shop: shop.bill({"TaxType": "TAX022"}),
        prepare=both_mapped,
        expect=_bears("TAX022", "GST 15", "GST Half"),
    ),
    Case(
        "taxes-together-unmapped",
        ZOHO,
        lambda shop: shop.invoice(BOTH_TAXES),
        prepare=_rate_of_two,
        held=frozenset({"taxes_together"}),
        cure=_mapped(BOTH["zoho"], "TAX022"),
        expect=_bears("TAX022", "GST 15", "GST Half"),
    ),
    Case(
        "taxes-together-by-a-cent",
        ZOHO,
        lambda shop: shop.invoice({**BOTH_TAXES, "Quantity": 1, "List_Price": D("0.1")}),
        prepare=both_mapped,
        held=frozenset({"total_differs"}),
        cure=_lines_say([GST]),
        expect=_bears("OUTPUT2", "GST 15"),
    ),
    Case(
        "document-tax",
        ZOHO,
        lambda shop: shop.invoice(EVEN, {**EVEN, "Quantity": 3}, **WHOLE),
        expect=_taxed_as_a_whole,
        edited=_tax_moved,
    ),
    Case(
        "document-tax-unnamed",
        ZOHO,
        lambda shop: shop.invoice(UNTAXED, Tax=D("3.15")),
        held=frozenset({"document_tax"}),
        cure=_lines_say([GST], Tax=0),
        expect=_bears("OUTPUT2", "GST 15", total=TOTAL),
    ),
    Case(
        "document-tax-by-a-cent",
        ZOHO,
        lambda shop: shop.invoice(*[{**UNTAXED, "Quantity": 1, "List_Price": D("0.1")}] * 2, **WHOLE),
        held=frozenset({"document_tax"}),
    ),
    Case(
        "amounts-with-tax",
        ZOHO,
        lambda shop: shop.invoice(),
        prepare=_amounts("Inclusive"),
        expect=_bears("OUTPUT2", "GST 15", total=TOTAL, amounts="Inclusive"),
    ),
    Case(
        "amounts-with-tax",
        XERO,
        lambda shop: shop.bill({"UnitAmount": D("11.5")}, LineAmountTypes="Inclusive"),
        expect=_bears("OUTPUT2", "GST 15", total=D(23), amounts="Inclusive"),
    ),
    Case(
        "order-amounts-with-tax",
        ZOHO,
        lambda shop: shop.order(),
        kind=ORDER,
        prepare=_amounts("Inclusive", "purchase_order"),
        expect=_bears("INPUT2", "GST 15 Purchases", total=TOTAL, amounts="Inclusive"),
    ),
    Case(
        "amounts-with-tax-unreachable",
        ZOHO,
        _unreachable,
        prepare=_amounts("Inclusive"),
        held=frozenset({"total_differs"}),
        cure=_other_price,
    ),
    Case(
        "amounts-without-tax",
        ZOHO,
        lambda shop: shop.invoice(UNTAXED),
        prepare=_amounts("NoTax"),
        expect=_bears("NONE", amounts="NoTax"),
    ),
    Case(
        "amounts-without-tax",
        XERO,
        lambda shop: shop.bill({}, LineAmountTypes="NoTax"),
        expect=_bears("NONE", amounts="NoTax"),
    ),
    Case(
        "taxed-where-amounts-are-without",
        ZOHO,
        lambda shop: shop.invoice(),
        prepare=_amounts("NoTax"),
        held=frozenset({"untaxed"}),
        cure=_lines_say([]),
        expect=_bears("NONE", amounts="NoTax"),
    ),
    Case(
        "tax-not-for-the-account",
        ZOHO,
        lambda shop: shop.invoice(),
        prepare=_posted_to("404"),
        held=frozenset({"tax_refused"}),
        cure=lambda desk: _posted_to("260")(desk.shop),
        expect=_on("260"),
    ),
    Case("account-of-the-item", ZOHO, lambda shop: shop.invoice(), prepare=_posted_to("260"), expect=_on("260")),
    Case(
        "account-of-the-category",
        ZOHO,
        lambda shop: shop.invoice(),
        prepare=_of_category({"sales": "260"}),
        expect=_on("260"),
    ),
    Case(
        "account-of-the-category",
        XERO,
        lambda shop: shop.bill({"AccountCode": "200"}),
        prepare=_of_category({"sales": "260"}),
        expect=_on("200"),
    ),
    Case(
        "account-of-the-connection",
        ZOHO,
        lambda shop: shop.order(),
        kind=ORDER,
        prepare=_of_category({"sales": "260"}),
        expect=_on("300"),
    ),
    Case(
        "account-archived",
        ZOHO,
        lambda shop: shop.invoice(),
        prepare=_archived(known=True),
        held=frozenset({"account_archived"}),
        cure=_restored,
        expect=_on("260"),
    ),
    Case(
        "account-archived-since",
        ZOHO,
        lambda shop: shop.invoice(),
        prepare=_archived(known=False),
        held=frozenset({"account_archived"}),
        cure=lambda desk: _posted_to("200")(desk.shop),
        expect=_on("200"),
    ),
    Case(
        "account-that-takes-no-lines",
        ZOHO,
        lambda shop: shop.invoice(),
        prepare=_of_category({"sales": "610"}),
        held=frozenset({"account_refused"}),
        cure=lambda desk: _of_category({"sales": "260"})(desk.shop),
        expect=_on("260"),
    ),
]
