"""The settings document: defaults fitted to two organisations, and what is refused as half-configured."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from extension.entities.registry import build, default_settings
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import BadInput
from tests.unit.books import D, fetched, registry, settings

Document = dict[str, Any]


def rows_of(document: Document, entity: str) -> dict[str, Document]:
    return {row["name"]: row for row in document["entities"][entity]["fields"]}


# ------------------------------------------------------------------ defaults


def test_the_defaults_of_a_company_are_complete() -> None:
    books = registry()
    assert [e.name for e in books.entities] == ["account", "vendor", "product", "contact", "invoice", "purchase_order"]
    assert books.version == 1
    assert books.feeds(ZOHO, ["invoice", "account", "contact"]) == ["Accounts", "Contacts", "Invoices"]
    assert books.feeds(XERO, ["contact", "vendor", "account"]) == ["Contacts"]


def test_settings_are_plain_json() -> None:
    document = settings()
    assert build(json.loads(json.dumps(document)), fetched()).version == 1


def test_a_field_that_the_crm_does_not_have_is_left_out() -> None:
    fields = rows_of(settings(), "product")
    assert "purchase_description" not in fields
    assert fields["purchase_price"]["zoho"] == "Purchase_Price"
    assert "zoho" not in fields["sales_account"], "Xero's account is observed all the same"


def test_custom_fields_are_found_by_label_and_with_a_prefix() -> None:
    facts = fetched()
    invoices = facts["zoho"]["fields"]["Invoices"]
    invoices[:] = [field for field in invoices if field["api_name"] not in ("Xero_Invoice_No", "Xero_ID")]
    invoices += [
        {"api_name": "Xero_Invoice_No1", "field_label": "Xero Invoice No.", "data_type": "text"},
        {"api_name": "xero2zoho__Xero_ID", "field_label": "Id", "data_type": "text"},
    ]
    fields = rows_of(default_settings(facts), "invoice")
    assert fields["xero_number"]["zoho"] == "Xero_Invoice_No1"
    assert fields["xero_id"]["zoho"] == "xero2zoho__Xero_ID"
    assert registry(facts).stamp_field("Invoices") == "xero2zoho__Xero_ID"
    assert not registry(facts).stamp_unique("Invoices")
    assert registry().stamp_unique("Invoices")


def test_without_metadata_the_standard_names_are_believed() -> None:
    facts = fetched()
    del facts["zoho"]["fields"]
    document = default_settings(facts)
    assert rows_of(document, "account")["add_to_xero"]["zoho"] == "Add_to_Xero"
    assert "tax_number" not in rows_of(document, "account")
    assert build(document, facts).fields_of("Accounts", ZOHO)[:3] == ["Created_Time", "Modified_Time", "Account_Name"]


def test_the_crm_is_asked_for_what_is_mapped() -> None:
    names = registry().fields_of("Invoices", ZOHO)
    assert {"Add_to_Xero", "Invoice_Number", "Xero_Invoice_No", "Grand_Total", "Status", "Account_Name"} <= set(names)
    assert "Invoiced_Items" not in names, "lists carry no lines"
    assert "Currency" not in names, "one currency only"
    assert len(names) == len(set(names)) <= 50
    assert "Full_Name" in registry().fields_of("Contacts", ZOHO)
    assert registry().fields_of("Invoices", XERO) == ()
    facts = fetched()
    facts["zoho"]["multi_currency"] = True
    assert "Currency" in registry(facts).fields_of("Invoices", ZOHO)


def test_statuses_follow_the_crms_picklist() -> None:
    rows = settings()["status"]["invoice"]
    assert {"zoho": None, "xero": "DRAFT", "direction": "to_xero"} in rows
    assert {"zoho": "Approved", "xero": "PAID", "direction": "to_zoho"} in rows, "there is no Paid in this CRM"
    assert {"zoho": "Cancelled", "xero": "VOIDED", "direction": "to_xero"} in rows


def test_taxes_pair_by_percentage_and_direction() -> None:
    taxes = settings()["taxes"]
    assert taxes["sales"] == [
        {"zoho": None, "xero": "NONE"},
        {"zoho": "Zero", "xero": "ZERORATED"},
        {"zoho": "Half", "xero": "TAX001"},
        {"zoho": "GST 15", "xero": "OUTPUT2"},
    ]
    assert taxes["purchases"] == [
        {"zoho": None, "xero": "NONE"},
        {"zoho": "Zero", "xero": "NONE"},
        {"zoho": "Half", "xero": "TAX001"},
        {"zoho": "GST 15 Purchases", "xero": "INPUT2"},
    ]


def test_a_tax_that_could_be_two_is_nobodys() -> None:
    facts = fetched()
    facts["zoho"]["taxes"].append({"id": "9", "name": "GST again", "percentage": D(15)})
    taxes = default_settings(facts)["taxes"]
    assert not [row for row in taxes["sales"] if row["xero"] == "OUTPUT2"]
    assert {"zoho": "GST 15 Purchases", "xero": "INPUT2"} in taxes["purchases"]


def test_default_accounts_are_the_ones_named_after_the_trade() -> None:
    assert settings()["accounts"] == {"sales": "200", "purchases": "300"}
    facts = fetched()
    facts["xero"]["accounts"] = [{"Code": "4000", "Name": "Fees", "Type": "SALES"}, {"Code": "1", "Type": "BANK"}]
    assert default_settings(facts)["accounts"] == {"sales": "4000", "purchases": None}


def test_branding_themes_are_a_choice_by_name() -> None:
    assert rows_of(settings(), "invoice")["theme"]["choices"] == [{"zoho": "Standard", "xero": "dabc7637"}]
    facts = fetched()
    facts["xero"]["branding_themes"] = []
    assert "theme" not in rows_of(default_settings(facts), "invoice")


# ------------------------------------------------------------------ half-configured


def field(entity: str, **row: Any) -> Callable[[Document], None]:
    return lambda document: document["entities"][entity]["fields"].append({"name": "extra", **row})


def drop(entity: str, name: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        fields = document["entities"][entity]["fields"]
        fields[:] = [row for row in fields if row["name"] != name]

    return change


def put(*path: str, value: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        inner = document
        for name in path[:-1]:
            inner = inner[name]
        inner[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (put("mapping_version", value=None), "The settings have no mapping version."),
        (put("entities", value=[]), "The settings name no entities."),
        (put("entities", "deal", value={}), "There is no entity “deal”"),
        (put("entities", "account", "enabled", value=False), "A contact needs its account"),
        (put("entities", "account", "direction", value="sideways"), "“sideways” is no choice for the direction"),
        (put("policies", "retire", "account", value="burn"), "“burn” is no choice for retiring a account"),
        (put("policies", "new_contacts", value="all"), "“all” is no choice for new contacts"),
        (put("accounts", "sales", value="999"), "Xero has no account 999"),
        (put("taxes", "sales", value=[{"zoho": "GST 15", "xero": "XX"}]), "Xero has no active tax rate “XX”"),
        (put("taxes", "sales", value=[{"zoho": "Vat", "xero": "NONE"}]), "the CRM has no tax “Vat”"),
        (put("taxes", "sales", value=[{"zoho": ["Half", "Vat"], "xero": "NONE"}]), "the CRM has no tax “Vat”"),
        (put("taxes", "sales", value=[{"zoho": ["Half", "Half"], "xero": "NONE"}]), "is not several taxes on one line"),
        (put("taxes", "sales", value=[{"zoho": [["Half"]], "xero": "NONE"}]), "the CRM has no tax"),
        (put("accounts", "categories", value=["Hardware"]), "are not given by category"),
        (
            put("documents", value={"amounts": {"invoice": "Gross"}}),
            "“Gross” is no choice for the amounts of invoice",
        ),
        (put("status", "invoice", value=[]), "The status map of invoice is empty"),
        (put("status", "invoice", value=[{"zoho": "Created", "xero": "BILLED"}]), "Xero has no status “BILLED”"),
        (put("status", "invoice", value=[{"zoho": "Gone", "xero": "PAID"}]), "the CRM has no status “Gone”"),
        (put("entities", "invoice", "lines", value={"price": ""}), "a line's fields are"),
        (drop("account", "name"), "account: the field “name” must be mapped on both sides."),
        (drop("account", "add_to_xero"), "account: the CRM has no field “Add to Xero” yet."),
        (field("account"), "names no field of the CRM or of Xero"),
        (field("account", zoho="Fax", xero="X", kind="riddle"), "has no such kind: “riddle”"),
        (field("account", zoho="Fax", xero="X", direction="up"), "has no such direction"),
        (field("account", zoho="Fax", xero="X", owner="me"), "has no such owner"),
        (field("account", zoho="Fax", xero="X", transform="rot13"), "has no such transform"),
        (field("account", zoho="Fax", xero="X", colour="red"), "has a setting that does not exist: colour"),
        (field("account", zoho="Fax", xero="X[Y].Z"), "“X[Y].Z” is not the name of a field."),
        (field("account", zoho="Nowhere", xero="X"), "which the CRM's Accounts do not have"),
        (field("account", zoho="Fax", xero="X"), "“fax” and “extra” are mapped to the same field"),
        (field("account", zoho="Fax", xero="X", kind="ref"), "does not say which kind of record it refers to"),
        (field("account", zoho="Fax", xero="X", kind="choice", choices=[{"zoho": "a"}]), "without a value on both"),
        (drop("contact", "account"), "the field “account” must be mapped"),
        (field("vendor", zoho="Phone", xero="EmailAddress", direction="to_xero"), "belongs to the first person"),
        (field("contact", zoho="Email", xero="Skype", direction="derived"), "A person in Xero has no field Skype"),
        (lambda d: d["entities"]["account"]["fields"].append({"zoho": "Fax"}), "a field of the map has no name"),
        (lambda d: d["entities"]["account"]["fields"].append({"name": "a.b", "zoho": "Fax"}), "has no name of letters"),
        (lambda d: d["entities"]["invoice"]["fields"].append({"name": "total", "zoho": "Tax"}), "which is computed"),
        (
            lambda d: d["entities"]["account"]["fields"].append({"name": "fax", "zoho": "Phone"}),
            "“fax” is mapped twice",
        ),
    ],
)
def test_a_half_configured_map_is_one_clear_sentence(change: Callable[[Document], None], sentence: str) -> None:
    document = settings()
    change(document)
    with pytest.raises(BadInput) as refused:
        build(document, fetched())
    assert sentence in refused.value.message


def test_a_read_only_field_is_not_written() -> None:
    facts = fetched()
    facts["zoho"]["fields"]["Accounts"].append({"api_name": "Serial", "data_type": "autonumber", "read_only": True})
    document = settings(facts)
    extra = {"name": "serial", "zoho": "Serial", "xero": "AccountNumber"}
    document["entities"]["account"]["fields"].append(extra)
    with pytest.raises(BadInput, match="read-only"):
        build(document, facts)
    extra["direction"] = "to_xero"
    assert build(document, facts).entity("account").rules["serial"].direction == "to_xero"


def test_a_document_without_known_subform_is_refused() -> None:
    document, facts = settings(), fetched()
    del document["entities"]["invoice"]["subform"]
    facts["zoho"]["subforms"] = {}
    with pytest.raises(BadInput, match="subform"):
        build(document, facts)


def test_without_a_tick_only_where_the_settings_say_so() -> None:
    document = settings()
    drop("account", "add_to_xero")(document)
    document["entities"]["account"]["scope"] = "all"
    assert build(document, fetched()).entity("account").tick is None


def test_what_is_switched_off_is_not_there() -> None:
    document = settings()
    for name in ("contact", "purchase_order", "vendor"):
        document["entities"][name]["enabled"] = False
    books = build(document, fetched())
    assert [entity.name for entity in books.entities] == ["account", "product", "invoice"]
    with pytest.raises(BadInput, match="There is no entity “vendor”"):
        books.entity("vendor")


def test_a_crm_length_is_the_shorter_of_metadata_and_map() -> None:
    document = settings()
    rows_of(document, "account")["name"]["max_zoho"] = 50
    longest = build(document, fetched()).entity("account").fields["name"].longest
    assert longest == {ZOHO: 50, XERO: 255}
    assert registry().entity("account").fields["name"].longest[ZOHO] == 200


def test_building_changes_no_document() -> None:
    document, facts = settings(), fetched()
    before = copy.deepcopy((document, facts))
    build(document, facts)
    default_settings(facts)
    assert (document, facts) == before
