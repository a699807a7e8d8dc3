"""The plan of a set-up, without a CRM: themes as values, places in layouts, what may be taken away."""

from __future__ import annotations

from typing import Any

import pytest

from extension.entities.catalogue import ACCOUNT, INVOICE, PAIRS, PURCHASE_ORDER
from extension.entities.crm_blueprint import SECTION, blueprints
from extension.entities.crm_setup import CrmModule, offers_number, planned
from extension.entities.crm_setup_undo import Ours, removal, without_fields
from extension.entities.crm_setup_words import clash, wishes
from extension.entities.themes import LONGEST, choices, missing_values, spelled, with_new_themes

LONG = "The quarterly statement of the harbour branch"
THEMES = [("Standard", "1"), (LONG, "2"), (LONG + " in blue", "3"), ("standard ", "4")]


def field(id_: str, label: str, kind: str = "text", **more: Any) -> dict[str, Any]:
    row = {"id": id_, "api_name": label.replace(" ", "_"), "field_label": label, "data_type": kind}
    return {**row, "custom_field": True, **more}


def section(label: str, *ids: str, **more: Any) -> dict[str, Any]:
    row = {"id": f"s-{label}", "display_label": label, "type": "used", "sequence_number": 1}
    return {**row, "fields": [{"id": id_} for id_ in ids], **more}


OURS = (
    field("1", "Add to Xero", "boolean"),
    field("2", "Xero ID", unique={"case_sensitive": False}),
    field("3", "Xero URL", "website"),
)


def accounts(*sections: dict[str, Any], fields: tuple[dict[str, Any], ...] = OURS) -> CrmModule:
    return CrmModule("Accounts", fields, [{"id": "L1", "name": "Standard", "sections": list(sections)}])


# ------------------------------------------------------------------ themes


def test_a_themes_value_is_short_and_its_own() -> None:
    values = spelled(THEMES)
    assert list(values.values()) == ["Standard", LONG[:25].rstrip(), f"{LONG[:23].rstrip()} 2", "standard 2"]
    assert all(len(value) <= LONGEST for value in values.values())


def test_a_list_lacks_what_it_has_under_neither_name() -> None:
    assert missing_values(["Standard", LONG], THEMES[:2]) == ()
    assert missing_values(["Standard", LONG[:25].rstrip()], THEMES[:2]) == ()
    assert missing_values(["Standard"], THEMES[:2]) == (LONG[:25].rstrip(),)


def test_a_theme_is_mapped_to_the_value_that_there_is() -> None:
    assert choices([LONG], THEMES[:2]) == [{"zoho": LONG, "xero": "2"}]
    assert choices([], THEMES[:1]) == [{"zoho": "Standard", "xero": "1"}]


def test_what_somebody_mapped_otherwise_stays() -> None:
    rows = [{"name": "theme", "zoho": "Branding_Theme", "choices": [{"zoho": "Blue", "xero": "1"}]}]
    settings = {"mapping_version": 4, "entities": {"invoice": {"fields": rows}}}
    picks = [{"display_value": name, "actual_value": name} for name in ("Blue", "Standard", "New")]
    themes = [{"Name": name, "BrandingThemeID": id_} for name, id_ in (("Standard", "1"), ("New", "2"), ("Blue", "3"))]
    fields = {"Invoices": [field("9", "Branding Theme", "picklist", pick_list_values=picks)]}
    made = with_new_themes(settings, {"zoho": {"fields": fields}, "xero": {"branding_themes": themes}})
    assert made["entities"]["invoice"]["fields"][0]["choices"] == [
        {"zoho": "Blue", "xero": "1"},
        {"zoho": "New", "xero": "2"},
    ]
    assert made["mapping_version"] == 5
    assert settings["mapping_version"] == 4


# ------------------------------------------------------------------ the plan


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_what_is_asked_for_keeps_the_limits_of_the_api(pair: Any) -> None:
    for each in blueprints(pair, [f"T{n}" for n in range(30)], number=pair.document):
        assert len(each.label) <= 25
        assert len(each.body().get("pick_list_values", ())) <= 10


def test_without_a_theme_there_is_no_list_of_them() -> None:
    assert "theme" not in {each.name for each in blueprints(INVOICE, [])}


def test_a_complete_module_needs_nothing() -> None:
    plan = planned(ACCOUNT, accounts(section(SECTION, "1", "2", "3")), [], set())
    assert plan.empty
    assert [found.api_name for found in plan.there] == ["Add_to_Xero", "Xero_ID", "Xero_URL"]


@pytest.mark.parametrize(
    ("sections", "unplaced", "expected"),
    [
        ([section("Information", "1", "2", "3")], set(), ()),  # where somebody put them
        ([section("Information", "1", "2", "3")], {"2"}, ("2",)),  # where Zoho put ours
        ([section("Information", "1")], set(), ("2", "3")),
        ([section("Rest", "2", "3", type="unused"), section(SECTION.upper(), "1")], set(), ("2", "3")),
        ([section(SECTION, "1", "2", "3")], {"1", "2", "3"}, ()),
    ],
)
def test_only_what_is_in_no_section_or_ours_moves(
    sections: list[dict[str, Any]], unplaced: set[str], expected: tuple[str, ...]
) -> None:
    plan = planned(ACCOUNT, accounts(*sections), [], unplaced)
    assert tuple(id_ for placing in plan.placings for id_ in placing.ids) == expected


def test_another_kind_under_our_name_is_in_the_way_and_a_serving_one_is_used() -> None:
    found = (field("1", "Add to Xero"), field("2", "Xero ID"), field("3", "Xero URL", "text"))
    plan = planned(ACCOUNT, accounts(section("Information", "1", "2", "3"), fields=found), [], set())
    assert clash(plan.clashes[0]).startswith("“Add to Xero” is there as Single Line and should be Checkbox.")
    assert wishes(plan) == ["Allow no duplicates in “Xero ID”."]
    assert [each.label for each in plan.there] == ["Xero ID", "Xero URL"]


@pytest.mark.parametrize(
    ("fields", "offered"),
    [
        ((field("1", "PO Number"),), True),
        ((field("1", "PO Number", unique={"case_sensitive": False}),), False),
        ((field("1", "Serial", "autonumber"),), False),
        ((field("1", "Xero ID", unique={"case_sensitive": False}),), True),
    ],
)
def test_a_number_is_offered_where_none_is_unique(fields: tuple[dict[str, Any], ...], offered: bool) -> None:
    assert offers_number(PURCHASE_ORDER, CrmModule("Purchase_Orders", fields, [])) is offered
    assert not offers_number(ACCOUNT, CrmModule("Accounts", fields, []))


# ------------------------------------------------------------------ taking away


def test_a_section_goes_when_all_that_is_in_it_goes() -> None:
    ours = [Ours("Accounts", "1", "Add_to_Xero", "Add to Xero", "boolean"), Ours("Accounts", "2", "X", "X", "text")]
    crm = accounts(section(SECTION, "1", "2"))
    assert removal([crm], ours, {f"s-{SECTION}"}).sections == (("Accounts", "L1", f"s-{SECTION}"),)
    assert removal([crm], ours, set()).sections == ()
    assert removal([crm], ours[:1], {f"s-{SECTION}"}).sections == ()


def test_what_is_gone_leaves_the_map_of_its_own_module() -> None:
    rows = [{"name": "xero_id", "zoho": "Xero_ID"}, {"name": "name", "zoho": "Account_Name"}]
    settings = {"mapping_version": 1, "entities": {"account": {"fields": rows}, "vendor": {"fields": rows}}}
    made = without_fields(settings, {("account", "Xero_ID")})
    assert [row["name"] for row in made["entities"]["account"]["fields"]] == ["name"]
    assert made["entities"]["vendor"]["fields"] == rows
    assert (made["mapping_version"], without_fields(settings, set())["mapping_version"]) == (2, 1)
