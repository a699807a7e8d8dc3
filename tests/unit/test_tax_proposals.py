"""Which rate is proposed for a tax: by percentage, by country, by the parts it is made of, and never by a guess."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extension.entities.fetched import read
from extension.entities.tax_proposals import tax_rows
from extension.entities.taxes import Trade
from tests.unit.books import fetched

D = Decimal
Rate = tuple[str, str, str, str]  # name, TaxType, percent, what it is for: s(ales), p(urchases)


def rates(*given_: Rate) -> list[dict[str, Any]]:
    return [
        {
            "Name": name,
            "TaxType": tax_type,
            "EffectiveRate": D(percent),
            "Status": "ACTIVE",
            "CanApplyToRevenue": "s" in use,
            "CanApplyToExpenses": "p" in use,
        }
        for name, tax_type, percent, use in given_
    ]


AUSTRALIA = rates(
    ("GST on Income", "OUTPUT", "10", "s"),
    ("GST on Expenses", "INPUT", "10", "p"),
    ("GST on Capital", "CAPEXINPUT", "10", "p"),
    ("GST Free Income", "EXEMPTOUTPUT", "0", "s"),
    ("GST Free Expenses", "EXEMPTEXPENSES", "0", "p"),
    ("BAS Excluded", "BASEXCLUDED", "0", "sp"),
)
BRITAIN = rates(
    ("20% (VAT on Income)", "OUTPUT2", "20", "s"),
    ("20% (VAT on Capital Sales)", "CAPEXOUTPUT2", "20", "s"),
    ("20% (VAT on Expenses)", "INPUT2", "20", "p"),
    ("20% (VAT on Capital Purchases)", "CAPEXINPUT2", "20", "p"),
    ("5% (VAT on Income)", "RROUTPUT", "5", "s"),
    ("5% (VAT on Capital Sales)", "CAPEXOUTPUT5", "5", "s"),
)
CANADA = [
    *rates(("GST", "GST005", "5", "sp"), ("PST", "PST007", "7", "sp")),
    {
        **rates(("GST and PST", "TAX003", "12", "sp"))[0],
        "TaxComponents": [{"Name": "GST", "Rate": D(5)}, {"Name": "PST", "Rate": D(7)}],
    },
]


def books(
    country: str, crm: Sequence[tuple[str, str]], xero: list[dict[str, Any]], crm_country: str = ""
) -> dict[str, Any]:
    facts = copy.deepcopy(fetched())
    facts["zoho"]["org"]["country"] = crm_country or country
    facts["zoho"]["taxes"] = [{"id": str(n), "name": name, "percentage": D(p)} for n, (name, p) in enumerate(crm)]
    facts["xero"]["organisation"]["CountryCode"] = country
    facts["xero"]["tax_rates"] = xero
    return facts


def proposed(trade: Trade, facts: dict[str, Any]) -> list[tuple[Any, str]]:
    first, *rows = tax_rows(trade, read(facts))
    assert first == {"zoho": None, "xero": "NONE"}
    return [(row["zoho"], row["xero"]) for row in rows]


@pytest.mark.parametrize(
    ("country", "crm", "xero", "sales", "purchases"),
    [
        ("AU", "10", AUSTRALIA, "OUTPUT", "INPUT"),
        ("GB", "20", BRITAIN, "OUTPUT2", "INPUT2"),
        ("NZ", "15", fetched()["xero"]["tax_rates"], "OUTPUT2", "INPUT2"),
    ],
)
def test_of_several_rates_the_country_s_ordinary_one_is_meant(
    country: str, crm: str, xero: list[dict[str, Any]], sales: str, purchases: str
) -> None:
    facts = books(country, [("Tax", crm)], xero)
    assert proposed("sales", facts) == [("Tax", sales)]
    assert proposed("purchases", facts) == [("Tax", purchases)]


def test_a_country_may_be_called_by_name() -> None:
    facts = books("GB", [("VAT", "20")], BRITAIN, crm_country="United Kingdom")
    assert proposed("sales", facts) == [("VAT", "OUTPUT2")]


def test_what_could_be_several_stays_open() -> None:
    """5 % is not what ordinary trade bears in Britain: which of the two is meant, a person says."""
    assert proposed("sales", books("GB", [("Reduced", "5")], BRITAIN)) == []
    assert proposed("sales", books("AU", [("Free", "0")], AUSTRALIA)) == []
    assert proposed("sales", books("", [("GST", "10"), ("Levy", "10")], AUSTRALIA)) == []


def test_where_several_have_one_percentage_those_of_one_name_belong_together() -> None:
    facts = books("AU", [("gst free income", "0"), ("Other", "0")], AUSTRALIA)
    assert proposed("sales", facts) == [("gst free income", "EXEMPTOUTPUT")]


def test_a_percentage_that_two_countries_share_by_chance_is_no_reason() -> None:
    """10 % is Japan's consumption tax as well."""
    facts = books("AU", [("Shohizei", "10")], AUSTRALIA, crm_country="JP")
    assert proposed("sales", facts) == []
    facts = books("AU", [("GST on Income", "10")], AUSTRALIA, crm_country="JP")
    assert proposed("sales", facts) == [("GST on Income", "OUTPUT")]


# ------------------------------------------------------------------ several taxes on one line


def test_a_rate_of_two_components_stands_for_both_taxes() -> None:
    facts = books("CA", [("GST 5", "5"), ("PST 7", "7")], CANADA)
    assert proposed("sales", facts) == [("GST 5", "GST005"), ("PST 7", "PST007"), (["GST 5", "PST 7"], "TAX003")]


def test_a_tax_on_a_tax_is_more_of_the_net_amount() -> None:
    """8 % on what GST of 5 % made of it is 8.4 % of the net amount, 13.4 % together."""
    components = [{"Name": "GST", "Rate": D(5)}, {"Name": "PST", "Rate": D(8), "IsCompound": True}]
    rate = {**CANADA[2], "EffectiveRate": D("13.4"), "TaxComponents": components}
    (found,) = read(books("CA", [], [rate])).xero_taxes
    assert (found.percent, found.shares) == (D("13.4"), (D(5), D("8.4")))
    assert proposed("sales", books("CA", [("GST", "5"), ("PST", "8.4")], [rate])) == [(["GST", "PST"], "TAX003")]
    assert proposed("sales", books("CA", [("GST", "5"), ("PST", "8")], [rate])) == []


def test_a_rate_shown_with_four_decimals_is_known_exactly_by_its_components() -> None:
    components = [{"Name": "GST", "Rate": D(5)}, {"Name": "QST", "Rate": D("9.975"), "IsCompound": True}]
    rate = {**CANADA[2], "EffectiveRate": D("15.4738"), "TaxComponents": components}
    assert read(books("CA", [], [rate])).xero_taxes[0].percent == D("15.47375")
    assert read(books("CA", [], [{**rate, "EffectiveRate": D(15)}])).xero_taxes[0].percent == 15, "Xero's word counts"


@pytest.mark.parametrize(
    ("crm", "xero"),
    [
        ([("GST 5", "5"), ("PST 7", "7"), ("Another", "7")], CANADA),
        ([("GST 5", "5"), ("PST 7", "7")], [*CANADA, {**CANADA[2], "TaxType": "TAX004"}]),
        ([("GST 5", "5")], CANADA),
        ([("GST 5", "5"), ("PST 7", "7"), ("Both", "12")], CANADA),
    ],
)
def test_a_combination_that_could_be_another_stays_open(crm: list[tuple[str, str]], xero: list[dict[str, Any]]) -> None:
    assert not [row for row in proposed("sales", books("CA", crm, xero)) if isinstance(row[0], list)]


# ------------------------------------------------------------------ whatever both sides have

PERCENTS = st.sampled_from(["0", "5", "7", "10", "12", "15", "20"])
CRM_TAXES = st.lists(PERCENTS, max_size=6).map(lambda given_: [(f"Tax {n}", p) for n, p in enumerate(given_)])
XERO_RATES = st.lists(st.tuples(PERCENTS, st.sampled_from(["s", "p", "sp"])), max_size=8).map(
    lambda given_: rates(*((f"Rate {n}", f"TAX{n:03}", p, use) for n, (p, use) in enumerate(given_)))
)


@given(CRM_TAXES, XERO_RATES, st.sampled_from(["NZ", "AU", "GB", "CA", ""]), st.sampled_from(["sales", "purchases"]))
def test_nothing_is_proposed_that_could_be_something_else(
    crm: list[tuple[str, str]], xero: list[dict[str, Any]], country: str, trade: Trade
) -> None:
    facts = books(country, crm, xero)
    use = "CanApplyToRevenue" if trade == "sales" else "CanApplyToExpenses"
    percents = dict(crm)
    by_type = {rate["TaxType"]: rate for rate in xero}
    found = proposed(trade, facts)
    for name, tax_type in found:
        rivals = [rate for rate in xero if rate["EffectiveRate"] == D(percents[name]) and rate[use]]
        assert rivals == [by_type[tax_type]]
        assert list(percents.values()).count(percents[name]) == 1
    assert len({name for name, _ in found}) == len({tax_type for _, tax_type in found}) == len(found)
