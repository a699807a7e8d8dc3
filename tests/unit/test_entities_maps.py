"""Status and tax maps: what stands for what, and what does not."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.entities.fetched import read
from extension.entities.statuses import INVOICE_MOVES, ORDER_MOVES, StatusMap
from extension.entities.taxes import TaxMap, TaxRow, together
from extension.sync.canonical import XERO, ZOHO
from extension.sync.errors import Cannot
from tests.unit.books import fetched, registry

PLAIN = registry().entity("invoice").settings.statuses["invoice"]
ORDERS = registry().entity("purchase_order").settings.statuses["purchase_order"]
WITH_PAID = StatusMap({**PLAIN.to_xero, "Paid": "PAID"}, {**PLAIN.to_zoho, "PAID": "Paid"}, INVOICE_MOVES)
SALES = TaxMap.of("sales", [(None, "NONE"), ("GST 15", "OUTPUT2"), ("Old GST", "OUTPUT2")], read(fetched()))


@pytest.mark.parametrize(
    ("value", "there", "found"),
    [
        ("Approved", None, "AUTHORISED"),
        (None, None, "DRAFT"),
        ("Delivered", "AUTHORISED", "AUTHORISED"),
        ("Delivered", "PAID", "PAID"),
        ("Approved", "PAID", "PAID"),
        ("Created", "SUBMITTED", "SUBMITTED"),
        ("Approved", "DRAFT", "AUTHORISED"),
        ("Cancelled", "AUTHORISED", "VOIDED"),
        ("Cancelled", "DRAFT", "DELETED"),
        ("Cancelled", "VOIDED", "VOIDED"),
        ("Cancelled", "DELETED", "DELETED"),
    ],
)
def test_what_xero_would_hold(value: str | None, there: str | None, found: str) -> None:
    assert PLAIN.project(XERO, value, there) == found


@pytest.mark.parametrize(
    ("value", "there", "found"),
    [
        ("AUTHORISED", None, "Approved"),
        ("AUTHORISED", "Delivered", "Delivered"),
        ("PAID", "Delivered", "Delivered"),
        ("SUBMITTED", "Approved", "Created"),
        ("VOIDED", "Approved", "Cancelled"),
        ("DRAFT", "Created", "Created"),
        ("DRAFT", None, "Created"),
        ("AUTHORISED", "On hold", "Approved"),
    ],
)
def test_what_the_crm_would_hold(value: str, there: str | None, found: str) -> None:
    assert PLAIN.project(ZOHO, value, there) == found


def test_a_crm_that_knows_paid_is_told() -> None:
    assert WITH_PAID.project(ZOHO, "PAID", "Delivered") == "Paid"
    assert WITH_PAID.project(XERO, "Paid", "PAID") == "PAID"


@pytest.mark.parametrize(
    ("value", "there"),
    [("Created", "AUTHORISED"), ("Cancelled", "PAID"), ("Approved", "VOIDED"), ("Created", "PAID"), ("Created", "NEW")],
)
def test_what_xero_does_not_allow_is_held(value: str, there: str) -> None:
    with pytest.raises(Cannot) as held:
        PLAIN.project(XERO, value, there)
    assert held.value.reason == "status_refused"


@pytest.mark.parametrize("value", ["On hold", "Sent"])
def test_a_status_that_stands_for_none_is_held(value: str) -> None:
    with pytest.raises(Cannot) as held:
        PLAIN.project(XERO, value, None)
    assert held.value.reason == "status_unmapped"
    with pytest.raises(Cannot) as held:
        PLAIN.project(ZOHO, None, None)
    assert held.value.reason == "status_unmapped"


def test_no_document_begins_paid_or_voided() -> None:
    PLAIN.creatable("AUTHORISED")
    for status in ("PAID", "VOIDED", None):
        with pytest.raises(Cannot):
            PLAIN.creatable(status)


@pytest.mark.parametrize(
    ("statuses", "there", "found"),
    [(PLAIN, "AUTHORISED", "VOIDED"), (PLAIN, "DRAFT", "DELETED"), (ORDERS, "AUTHORISED", "DELETED")],
)
def test_voiding_a_document(statuses: StatusMap, there: str, found: str) -> None:
    assert statuses.void(there) == found


def test_a_paid_document_is_not_voided() -> None:
    with pytest.raises(Cannot):
        PLAIN.void("PAID")


def test_what_has_ended_is_never_born() -> None:
    assert PLAIN.ended(ZOHO, "Cancelled")
    assert PLAIN.ended(XERO, "VOIDED")
    assert not PLAIN.ended(ZOHO, "Approved")
    assert not PLAIN.ended(ZOHO, "On hold")


@given(st.sampled_from(sorted(INVOICE_MOVES)), st.sampled_from(["Created", "Approved", "Delivered", "Cancelled", None]))
def test_what_was_brought_agrees_from_then_on(xero: str, crm: str | None) -> None:
    """After a status travelled, neither side has news for the other."""
    brought = WITH_PAID.project(ZOHO, xero, crm)
    assert WITH_PAID.project(ZOHO, xero, brought) == brought
    try:
        sent = WITH_PAID.project(XERO, crm, xero)
    except Cannot:
        return
    assert WITH_PAID.project(XERO, crm, sent) == sent


def test_orders_have_moves_of_their_own() -> None:
    assert ORDERS.moves is ORDER_MOVES
    assert ORDERS.project(XERO, "Delivered", "BILLED") == "BILLED"
    assert ORDERS.project(XERO, "Cancelled", "AUTHORISED") == "DELETED"


# ------------------------------------------------------------------ taxes


def test_taxes_by_the_map() -> None:
    assert SALES.to_xero("GST 15") == SALES.to_xero("Old GST") == "OUTPUT2"
    assert SALES.to_crm("OUTPUT2") == "GST 15"
    assert SALES.to_xero(None) == "NONE"
    assert SALES.to_crm("NONE") is SALES.to_crm(None) is None


def test_a_line_without_tax_is_told_so_even_by_an_empty_map() -> None:
    empty = TaxMap.of("sales", [], read({}))
    assert (empty.to_xero(None), empty.to_crm("NONE")) == ("NONE", None)


def test_what_could_be_several_is_told_apart_from_what_is_none() -> None:
    facts = fetched()
    facts["xero"]["tax_rates"].append({**facts["xero"]["tax_rates"][0], "TaxType": "OUTPUT3"})
    facts["zoho"]["taxes"].append({"id": "9", "name": "GST again", "percentage": Decimal(15)})
    empty = TaxMap.of("sales", [], read(facts))
    with pytest.raises(Cannot) as held:
        empty.to_xero("GST 15")
    assert (held.value.reason, held.value.message) == (
        "tax_ambiguous",
        "The CRM's tax “GST 15” could be 2 taxes in Xero.",
    )
    with pytest.raises(Cannot) as held:
        empty.to_crm("OUTPUT2")
    assert held.value.reason == "tax_ambiguous"
    with pytest.raises(Cannot) as held:
        empty.to_xero("GST + PST")
    assert held.value.reason == "tax_unmapped"
    with pytest.raises(Cannot) as held:
        empty.to_crm("EXEMPT")
    assert held.value.reason == "tax_unmapped"


def test_percentages() -> None:
    assert SALES.percent_in_xero("TAX001") == SALES.percent_in_crm("Half") == Decimal("7.5")
    assert SALES.percent_in_xero("NONE") == SALES.percent_in_crm(None) == 0
    for look in (SALES.percent_in_xero, SALES.percent_in_crm):
        with pytest.raises(Cannot):
            look("nobody's")


def test_a_tax_as_the_crm_takes_it() -> None:
    assert SALES.crm_entries("GST 15") == [{"name": "GST 15", "percentage": Decimal(15), "id": "1"}]
    assert SALES.crm_entries("unknown") == [{"name": "unknown"}]
    assert SALES.crm_entries(None) == []


def test_two_statuses_that_stand_for_none_in_xero_are_not_one() -> None:
    one_way = StatusMap({"Created": "DRAFT"}, {"DRAFT": "Created", "AUTHORISED": "Released"}, INVOICE_MOVES)
    assert one_way.project(ZOHO, "AUTHORISED", "On hold") == "Released"


# ------------------------------------------------------------------ several taxes on one line

TWO = [{"id": "5", "name": "GST 5", "percentage": Decimal(5)}, {"id": "7", "name": "PST 7", "percentage": Decimal(7)}]


def canadian(*rows: TaxRow) -> TaxMap:
    facts = fetched()
    facts["zoho"]["taxes"] += TWO
    facts["xero"]["tax_rates"].append({**facts["xero"]["tax_rates"][4], "TaxType": "TAX003", "EffectiveRate": 12})
    return TaxMap.of("sales", rows, read(facts))


def test_two_taxes_on_a_line_are_one_rate_and_come_back_as_two() -> None:
    together_ = canadian(("GST 5 + PST 7", "TAX003"))
    assert together_.to_xero("GST 5 + PST 7") == "TAX003"
    assert together_.to_crm("TAX003") == "GST 5 + PST 7"
    assert [entry["id"] for entry in together_.crm_entries("GST 5 + PST 7")] == ["5", "7"]
    assert together_.percent_in_crm("GST 5 + PST 7") == 12
    assert together_.percents_back("TAX003") == together_.percents_in_crm("GST 5 + PST 7") == [5, 7]
    assert together_.percents_back("OUTPUT2") == [15]
    assert canadian(("Half", "TAX003")).percents_back("TAX003") == [12], "the percentage of the rate itself counts"


def test_two_taxes_that_nobody_mapped_are_held_by_their_names() -> None:
    with pytest.raises(Cannot) as why:
        canadian(("GST 5", "TAX001")).to_xero("GST 5 + PST 7")
    assert why.value.reason == "taxes_together"
    assert "“GST 5” and “PST 7” on one line" in why.value.message


def test_whatever_order_the_crm_has_them_in_they_are_the_same() -> None:
    assert together(["PST 7", "GST 5"]) == together(["GST 5", "PST 7"]) == "GST 5 + PST 7"
    with pytest.raises(Cannot) as why:
        canadian().to_xero("GST 5 + Nobody's")
    assert why.value.reason == "tax_unmapped"
