"""A small company's set-up and records, of which the doctor's facts are made; a test changes one thing of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from extension.doctor.examinations import examined
from extension.doctor.facts import Facts
from extension.doctor.findings import Finding
from extension.doctor.observed import observe
from extension.doctor.scopes import NEEDED
from extension.entities.becoming import turned
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import Record, Row
from tests.unit import books

Document = dict[str, Any]
TWINS = {
    ("product", ZOHO): books.PEN,
    ("product", XERO): books.PEN_CRM,
    ("invoice", ZOHO): books.INV,
    ("invoice", XERO): books.INV_CRM,
}


@dataclass
class Company:
    """A company's set-up and what was observed of it; `twins`: ids that are linked."""

    fetched: Document = field(default_factory=books.fetched)
    settings: Document = field(default_factory=books.settings)
    rows: list[tuple[str, Side, Row, bool]] = field(default_factory=list)
    scopes: dict[Side, frozenset[str]] = field(
        default_factory=lambda: {side: frozenset(NEEDED[side]) for side in SIDES}
    )
    start: Any = None
    bills: bool = False  # purchase orders become bills

    def __post_init__(self) -> None:
        for account in self.fetched["xero"]["accounts"]:
            account["Class"] = "REVENUE" if account["Type"] == "REVENUE" else "EXPENSE"
        for module in ("Invoices", "Purchase_Orders"):
            number = "Invoice_Number" if module == "Invoices" else "PO_Number"
            self.crm_field(module, number)["unique"] = {"case_sensitive": False}
            theme = self.crm_field(module, "Branding_Theme")
            theme |= {"data_type": "picklist", "pick_list_values": ["Standard"]}

    def add(self, entity: str, side: Side, row: Row, *, linked: bool = False) -> None:
        self.rows.append((entity, side, row, linked))

    def crm_field(self, module: str, name: str) -> Document:
        fields: list[Document] = self.fetched["zoho"]["fields"][module]
        return next(each for each in fields if each["api_name"] == name)

    def facts(self) -> Facts:
        told = books.settings()
        told = turned(told, "bills", books.fetched()) if self.bills else told
        told["documents"] = {"rates": "crm"}
        known = books.fetched()
        known["zoho"]["org"]["mc_status"] = True
        registry = books.registry(known, told)
        records: dict[tuple[str, Side], list[tuple[Record, str | None]]] = {}
        for entity, side, row, linked in self.rows:
            record = books.view(registry, side, row, entity)
            records.setdefault((entity, side), []).append((record, TWINS[entity, side] if linked else None))

        def walk(entity: str, side: Side) -> Iterable[tuple[Record, str | None]]:
            return records.get((entity, side), ())

        facts = Facts(self.settings, self.fetched, scopes=self.scopes)
        return replace(facts, observed=observe(walk, facts.reach(self.start)))

    def findings(self) -> list[Finding]:
        """But for what is in order."""
        return [each for each in examined(self.facts(), "Acme") if each.verdict != "ok"]


def in_step() -> Company:
    """One of each kind, in step, and one invoice and one order to be sent; nothing is wrong with them."""
    made = Company()
    made.add("product", ZOHO, books.crm_product(), linked=True)
    made.add("product", XERO, books.xero_item(), linked=True)
    made.add("invoice", ZOHO, books.crm_invoice(), linked=True)
    made.add("invoice", XERO, books.xero_invoice(), linked=True)
    made.add("invoice", ZOHO, books.crm_invoice(id="5843104000000400002", Invoice_Number="INV-2"))
    made.add("purchase_order", ZOHO, books.crm_order())
    return made


# ------------------------------------------------------------------ what people change


def order(company: Company, *lines: Document, **more: Any) -> Company:
    company.add("purchase_order", ZOHO, books.crm_order(*lines, **{"id": "5843104000000500009", **more}))
    return company


def with_bills(company: Company) -> Company:
    company.settings, company.bills = turned(company.settings, "bills", books.fetched()), True
    return company


def archived(company: Company, code: str) -> None:
    account = next(each for each in company.fetched["xero"]["accounts"] if each["Code"] == code)
    account["Status"] = "ARCHIVED"


def rate(company: Company, tax_type: str) -> Document:
    rates: list[Document] = company.fetched["xero"]["tax_rates"]
    return next(each for each in rates if each["TaxType"] == tax_type)


def itemless(company: Company) -> None:
    line = books.xero_line("l9", ItemCode="", TaxType="OUTPUT2")
    company.add("invoice", XERO, books.xero_invoice(line, InvoiceID="other", InvoiceNumber="INV-9"))


def invoice(company: Company, *lines: Document, **more: Any) -> Company:
    own = {"id": "5843104000000400009", "Invoice_Number": "INV-9", **more}
    company.add("invoice", ZOHO, books.crm_invoice(*lines, **own))
    return company


def product(company: Company, id_: str, code: str | None, name: str = "Ink") -> Company:
    company.add("product", ZOHO, books.crm_product(id=id_, Product_Code=code, Product_Name=name))
    return company


def in_xero(company: Company, *lines: Document, linked: bool = False, **more: Any) -> None:
    own = {"InvoiceID": "other", "InvoiceNumber": "INV-9", **more}
    company.add("invoice", XERO, books.xero_invoice(*lines, **own), linked=linked)


def unmapped(company: Company, entity: str, name: str, value: str | None) -> Company:
    rows = company.settings["status"][entity]
    rows[:] = [row for row in rows if not (row[name] == value and row["direction"] != NOT[name])]
    return company


NOT = {"zoho": "to_zoho", "xero": "to_xero"}


def statuses(company: Company, *values: str) -> None:
    company.crm_field("Invoices", "Status")["pick_list_values"] += list(values)
