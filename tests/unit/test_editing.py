"""Edits of the settings: what they make, what they refuse, and when the mapping has a new version."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from extension.entities import editing_statuses as statuses
from extension.entities import editing_taxes as taxes
from extension.entities.catalogue import PAIRS
from extension.entities.editing import WHOLE, seal_of
from extension.entities.editing_modules import ALL, TICKED, Module, modules_of, with_modules
from extension.entities.editing_policies import (
    EACH,
    TRADES,
    Policies,
    Posting,
    account_choices,
    policies_of,
    posting_of,
    with_policies,
    with_posting,
)
from extension.entities.editing_statuses import BLANK, StatusTables, with_statuses
from extension.entities.editing_taxes import UNTAXED, TaxTables, with_taxes
from extension.entities.registry import build
from extension.entities.taxes import TaxMap
from tests.unit.books import fetched, settings

Document = dict[str, Any]


@pytest.fixture
def document() -> Document:
    return settings()


def version(document: Document) -> int:
    found: int = document["mapping_version"]
    return found


# ------------------------------------------------------------------ modules


def test_what_is_saved_as_it_stands_changes_nothing(document: Document) -> None:
    before = copy.deepcopy(document)
    assert with_modules(document, modules_of(document), fetched()).document == before
    assert with_policies(document, policies_of(document), fetched()).document == before
    assert with_posting(document, posting_of(document), fetched(), known_product=True).document == before
    for entity in ("invoice", "purchase_order"):
        tables = statuses.tables_of(document, entity, fetched())
        assert with_statuses(document, entity, tables, fetched()).document == before
    chosen = {trade: taxes.tables_of(document, trade, fetched()) for trade in TRADES}
    assert with_taxes(document, chosen, fetched()).document == before
    assert document == before


def test_a_module_without_what_it_needs_is_refused_where_it_stands(document: Document) -> None:
    chosen = {**modules_of(document), "product": Module(on=False)}
    edited = with_modules(document, chosen, fetched())
    assert set(edited.wrong) == {"invoice", "purchase_order"}
    assert "products" in edited.wrong["invoice"]


def test_a_module_that_is_switched_off_is_a_new_mapping_and_its_direction_is_not(document: Document) -> None:
    off = with_modules(document, {**modules_of(document), "purchase_order": Module(on=False)}, fetched())
    assert off.fine
    assert version(off.document) == 2
    assert "purchase_order" not in {each.name for each in build(off.document, fetched()).entities}
    one_way = with_modules(document, {**modules_of(document), "invoice": Module(direction="to_xero")}, fetched())
    assert one_way.fine
    assert one_way.document["entities"]["invoice"]["direction"] == "to_xero"
    assert version(one_way.document) == 1


def test_all_records_means_without_the_tick_and_back(document: Document) -> None:
    every = with_modules(document, {**modules_of(document), "account": Module(scope=ALL)}, fetched())
    assert every.fine
    assert version(every.document) == 2
    assert build(every.document, fetched()).entity("account").tick is None
    again = with_modules(every.document, {**modules_of(every.document), "account": Module(scope=TICKED)}, fetched())
    assert build(again.document, fetched()).entity("account").tick is not None
    assert version(again.document) == 3


def test_only_the_ticked_needs_the_field_of_the_crm(document: Document) -> None:
    facts = fetched()
    facts["zoho"]["fields"]["Accounts"] = [f for f in facts["zoho"]["fields"]["Accounts"] if f["api_name"][:3] != "Add"]
    every = with_modules(document, {**modules_of(document), "account": Module(scope=ALL)}, facts).document
    edited = with_modules(every, {**modules_of(every), "account": Module(scope=TICKED)}, facts)
    assert "Add to Xero" in edited.wrong["account"]


@pytest.mark.parametrize("module", [Module(direction="sideways"), Module(scope="some")])
def test_a_module_takes_no_other_words(document: Document, module: Module) -> None:
    assert "account" in with_modules(document, {**modules_of(document), "account": module}, fetched()).wrong


def test_what_was_wrong_before_holds_no_other_edit_up(document: Document) -> None:
    facts = fetched()
    del facts["xero"]["accounts"][0]  # the default account for sales
    policy = with_policies(document, Policies(new_contacts="contacts"), facts)
    assert policy.fine
    document["accounts"]["sales"] = "260"
    worse = copy.deepcopy(document)
    worse["accounts"]["sales"] = "999"
    assert with_policies(document, Policies(), facts).fine
    assert not with_posting(document, Posting({"sales": "999"}), facts, known_product=True).fine


# ------------------------------------------------------------------ statuses


def test_every_status_of_both_sides_is_there_mapped_or_held(document: Document) -> None:
    tables = statuses.tables_of(document, "invoice", fetched())
    assert list(tables.to_xero) == [BLANK, "Created", "Approved", "Delivered", "Cancelled"]
    assert tables.to_xero["Cancelled"] == "VOIDED"
    assert list(tables.to_zoho) == ["DRAFT", "SUBMITTED", "AUTHORISED", "PAID", "VOIDED", "DELETED"]


def test_a_status_is_mapped_one_way_and_held_the_other(document: Document) -> None:
    tables = statuses.tables_of(document, "invoice", fetched())
    chosen = StatusTables({**tables.to_xero, "Delivered": ""}, {**tables.to_zoho, "PAID": "Delivered"})
    edited = with_statuses(document, "invoice", chosen, fetched())
    assert edited.fine
    assert version(edited.document) == 2
    assert statuses.tables_of(edited.document, "invoice", fetched()) == chosen
    read = build(edited.document, fetched()).entity("invoice").settings.statuses["invoice"]
    assert "Delivered" not in read.to_xero
    assert read.to_zoho["PAID"] == "Delivered"


@pytest.mark.parametrize(
    ("to_xero", "to_zoho", "where"),
    [
        ({"Created": "LOST"}, {"DRAFT": "Created"}, "zoho:Created"),
        ({"Nowhere": "DRAFT"}, {"DRAFT": "Created"}, "zoho:Nowhere"),
        ({"Created": "DRAFT"}, {"DRAFT": "Nowhere"}, "xero:DRAFT"),
        ({"Created": "DRAFT"}, {"DRAFT": BLANK}, "xero:DRAFT"),
        ({"Created": "DRAFT"}, {"DRAFT": ""}, WHOLE),
        ({"Created": ""}, {"DRAFT": "Created"}, WHOLE),
    ],
)
def test_a_status_map_that_cannot_be(document: Document, to_xero: Any, to_zoho: Any, where: str) -> None:
    assert set(with_statuses(document, "invoice", StatusTables(to_xero, to_zoho), fetched()).wrong) == {where}


def test_a_status_in_which_nothing_can_begin_is_said(document: Document) -> None:
    chosen = StatusTables({"Created": "PAID", "Approved": "DRAFT"}, {"PAID": "Created"})
    edited = with_statuses(document, "invoice", chosen, fetched())
    assert edited.fine
    assert "none can begin" in edited.notices["zoho:Created"]
    assert "does not come back" in edited.notices["zoho:Approved"]


# ------------------------------------------------------------------ taxes


def edited_taxes(document: Document, to_xero: Document, to_zoho: Document) -> Any:
    chosen = {trade: taxes.tables_of(document, trade, fetched()) for trade in TRADES}
    return with_taxes(document, {**chosen, "sales": TaxTables(to_xero, to_zoho)}, fetched())


def test_two_taxes_become_one_rate_and_the_chosen_one_comes_back(document: Document) -> None:
    to_xero = {UNTAXED: "NONE", "GST 15": "OUTPUT2", "GST 15 Purchases": "OUTPUT2", "Zero": "NONE", "Half": ""}
    to_zoho = {"OUTPUT2": "GST 15 Purchases", "NONE": "", "ZERORATED": "Zero", "TAX001": ""}
    edited = edited_taxes(document, to_xero, to_zoho)
    assert edited.fine, edited.wrong
    read: TaxMap = build(edited.document, fetched()).entity("invoice").settings.taxes["sales"]
    assert [read.to_xero(name) for name in (None, "GST 15", "GST 15 Purchases", "Zero")] == [
        "NONE",
        "OUTPUT2",
        "OUTPUT2",
        "NONE",
    ]
    assert [read.to_crm(rate) for rate in ("OUTPUT2", "NONE", "ZERORATED")] == ["GST 15 Purchases", None, "Zero"]


@pytest.mark.parametrize(
    ("to_xero", "to_zoho", "where"),
    [
        ({"GST 15": "OUTPUT2"}, {"OUTPUT2": "Zero"}, "sales:xero:OUTPUT2"),
        ({"GST 15": "OUTPUT2"}, {"ZERORATED": "Zero"}, "sales:xero:ZERORATED"),
        ({"GST 15": "INPUT2"}, {}, "sales:zoho:GST 15"),
        ({"Nothing": "OUTPUT2"}, {}, "sales:zoho:Nothing"),
        ({}, {"OUTPUT2": "Nothing"}, "sales:xero:OUTPUT2"),
        ({}, {"INPUT2": "GST 15"}, "sales:xero:INPUT2"),
    ],
)
def test_a_tax_map_that_cannot_be(document: Document, to_xero: Any, to_zoho: Any, where: str) -> None:
    assert where in edited_taxes(document, to_xero, to_zoho).wrong


def test_percentages_that_differ_are_said_and_may_be(document: Document) -> None:
    edited = edited_taxes(document, {"GST 15": "ZERORATED"}, {"ZERORATED": ""})
    assert edited.fine
    assert "15\N{NO-BREAK SPACE}% here and 0\N{NO-BREAK SPACE}% there" in edited.notices["sales:zoho:GST 15"]


def test_a_proposal_goes_by_percentage(document: Document) -> None:
    document["taxes"] = {"sales": [], "purchases": []}
    assert set(taxes.tables_of(document, "sales", fetched()).to_xero.values()) == {""}
    assert taxes.proposed("sales", fetched()).to_xero["GST 15"] == "OUTPUT2"
    assert taxes.proposed("purchases", fetched()).to_zoho["INPUT2"] == "GST 15 Purchases"


# ------------------------------------------------------------------ policies and accounts


def test_a_conflict_policy_is_the_owner_of_all_fields_that_travel_both_ways(document: Document) -> None:
    assert policies_of(document).conflicts["account"] == "zoho"
    assert policies_of(document).conflicts["invoice"] == EACH
    edited = with_policies(document, Policies(conflicts={"account": "ask", "invoice": "xero"}), fetched())
    assert edited.fine
    assert version(edited.document) == 1, "who wins is no matter of how records are read"
    rules = build(edited.document, fetched()).entity("account").rules
    assert {rule.owner for rule in rules.values() if rule.direction == "both"} == {"ask"}
    assert rules["xero_id"].owner == "zoho"
    assert policies_of(edited.document).conflicts["invoice"] == "xero"


def test_policies_are_kept_with_what_else_is_there(document: Document) -> None:
    chosen = Policies(
        retire={"account": "archive", "invoice": "void"},
        new_contacts="contacts",
        document_limit=20,
        keep_days=365,
        email="books@example.com",
        on_loss=False,
    )
    edited = with_policies(document, chosen, fetched())
    assert edited.fine
    read = policies_of(edited.document)
    assert (read.retire["account"], read.retire["invoice"], read.retire["product"]) == ("archive", "void", "ask")
    assert (read.document_limit, read.keep_days, read.email, read.on_loss) == (20, 365, "books@example.com", False)
    assert version(edited.document) == 2, "whether a contact begets an account is part of how it is read"
    assert build(edited.document, fetched()).document_limit == 20


@pytest.mark.parametrize(
    ("chosen", "where"),
    [
        (Policies(conflicts={"account": "me"}), "conflicts.account"),
        (Policies(retire={"account": "void"}), "retire.account"),
        (Policies(retire={"invoice": "archive"}), "retire.invoice"),
        (Policies(new_contacts="friends"), "new_contacts"),
        (Policies(email="books"), "email"),
        (Policies(email="a@example.com, b@example.com"), "email"),
        (Policies(email="a@example.com\nBcc: b@example.com"), "email"),
    ],
)
def test_a_policy_that_cannot_be(document: Document, chosen: Policies, where: str) -> None:
    assert set(with_policies(document, chosen, fetched()).wrong) == {where}


def test_an_account_is_one_of_xeros_chart(document: Document) -> None:
    assert [one.code for one in account_choices("sales", fetched())] == ["200", "260"]
    assert [one.code for one in account_choices("purchases", fetched())] == ["300"]
    edited = with_posting(document, Posting({"sales": "260", "purchases": ""}), fetched(), known_product=True)
    assert edited.fine
    assert edited.document["accounts"] == {"sales": "260", "purchases": None}
    assert version(edited.document) == 2
    assert set(with_posting(document, Posting({"sales": "300"}), fetched(), known_product=True).wrong) == {"sales"}


def test_a_product_for_no_item_is_one_that_was_read(document: Document) -> None:
    product = "5843104000000300001"
    chosen = Posting(posting_of(document).accounts, product)
    assert "itemless" in with_posting(document, chosen, fetched(), known_product=False).wrong
    edited = with_posting(document, chosen, fetched(), known_product=True)
    assert edited.document["itemless_product"] == product


def test_a_seal_says_which_state_was_shown(document: Document) -> None:
    assert seal_of(document) == seal_of(json.loads(json.dumps(document)))
    assert seal_of(document) != seal_of({**document, "mapping_version": 2})
    assert all(seal_of(document["entities"][name]) for name in PAIRS)
