"""The field map as people type it: rows, mismatches, and what no module can do without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from extension.entities.editing import WHOLE, Edited
from extension.entities.editing_fields import Draft, drafts_of, name_of, with_default_fields, with_fields, xero_choices
from extension.entities.registry import build
from extension.sync.canonical import XERO, ZOHO
from tests.unit.books import fetched, settings

Document = dict[str, Any]

KINDS = {
    "Website": ("website", 255),
    "Fax": ("phone", 30),
    "Employees": ("integer", 9),
    "Industry": ("picklist", 120),
    "Parent_Account": ("lookup", 120),
    "Founded": ("date", 20),
    "Seen_At": ("datetime", 120),
    "Serial": ("autonumber", 80),
    "Note": ("textarea", 32000),
    "Nickname": ("text", 10),
    "Active": ("boolean", 5),
}


def facts() -> Document:
    found = fetched()
    accounts = [field for field in found["zoho"]["fields"]["Accounts"] if field["api_name"] not in KINDS]
    for name, (kind, length) in KINDS.items():
        choices = [{"display_value": "Retail", "actual_value": "Retail"}] if kind == "picklist" else []
        own = {"api_name": name, "data_type": kind, "length": length, "pick_list_values": choices}
        accounts.append({**own, "read_only": kind == "autonumber"})
    found["zoho"]["fields"]["Accounts"] = accounts
    return found


def edited(*new: Draft, entity: str = "account", change: Document | None = None, drop: Sequence[str] = ()) -> Edited:
    """The default map with these rows, changes by name, and without those."""
    document = settings(facts())
    drafts = [
        replace(draft, **(change or {}).get(draft.name, {}))
        for draft in drafts_of(document, entity)
        if draft.name not in drop
    ]
    return with_fields(document, entity, [*drafts, *new], facts())


def row(edited: Edited, name: str, entity: str = "account") -> Document:
    (found,) = [row for row in edited.document["entities"][entity]["fields"] if row["name"] == name]
    return dict(found)


def new(zoho: str = "", xero: str = "", **more: str) -> Draft:
    return Draft("new1", "", zoho, xero, **more)


# ------------------------------------------------------------------ rows


def test_a_new_row_takes_its_kind_and_lengths_from_both_sides() -> None:
    found = edited(new("Note", "AccountNumber"))
    assert found.fine, found.wrong
    assert found.document["mapping_version"] == 2
    mapped = build(found.document, facts()).entity("account").fields["note__accountnumber"]
    assert (mapped.kind, mapped.longest[XERO], mapped.longest[ZOHO]) == ("code", 50, 32000)


def test_other_fields_make_another_row() -> None:
    """What was agreed of the old field is never taken for an edit of the new one."""
    found = edited(change={"phone": {"xero": "Phones[MOBILE]"}})
    assert found.fine
    names = {row["name"] for row in found.document["entities"]["account"]["fields"]}
    assert "phone" not in names
    assert name_of("Phone", "Phones[MOBILE]") in names


def test_the_default_row_comes_back_under_its_own_name() -> None:
    without = edited(drop=["tax_number"])
    drafts = [*drafts_of(without.document, "account"), new("Tax_Number", "TaxNumber")]
    again = with_fields(without.document, "account", drafts, facts())
    assert row(again, "tax_number") == row(edited(), "tax_number")
    assert again.document["mapping_version"] == 3


def test_who_wins_is_no_new_mapping_and_a_direction_is() -> None:
    owner = edited(change={"phone": {"owner": "newest"}})
    assert row(owner, "phone")["owner"] == "newest"
    assert owner.document["mapping_version"] == 1
    way = edited(change={"phone": {"direction": "to_xero"}})
    assert way.document["mapping_version"] == 2


def test_a_default_is_kept_and_taken_away() -> None:
    found = edited(change={"phone": {"default_xero": "none given"}})
    assert row(found, "phone")["default_xero"] == "none given"
    drafts = [replace(draft, default_xero="") for draft in drafts_of(found.document, "account")]
    assert "default_xero" not in row(with_fields(found.document, "account", drafts, facts()), "phone")


def test_a_field_of_one_side_may_have_a_default_for_new_records() -> None:
    found = edited(new("Industry", default_zoho="Retail"))
    assert found.fine, found.wrong
    assert row(found, "only_industry")["kind"] == "choice"


def test_the_default_mapping_puts_everything_back() -> None:
    found = edited(new("Note", "AccountNumber"), drop=["fax"])
    again = with_default_fields(found.document, "account", facts())
    assert again.document["entities"] == settings(facts())["entities"]


# ------------------------------------------------------------------ mismatches


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (new("Founded", "AccountNumber"), "holds a date"),
        (new("Website", "AccountNumber"), "takes only a web address"),
        (new("Industry", "AccountNumber"), "takes only one of a list"),
        (new("Seen_At", "Name"), "holds a date and time"),
        (new("Serial", "AccountNumber"), "does not let “Serial” be written"),
        (new("Note", "EmailAddress"), "Xero does not let"),
        (new("Note", "Nowhere"), "Xero has no such field"),
        (new("Nowhere", "AccountNumber"), "The CRM has no such field"),
        (new("Parent_Account", "AccountNumber"), "The CRM has no such field that could be mapped"),
        (new("Note", "TaxNumber"), "writes to the same field of Xero"),
        (new("Phone", "AccountNumber"), "writes to the same field of the CRM"),
        (new("Note", "AccountNumber", direction="sideways"), "Choose one of the values offered"),
        (new("Note", "AccountNumber", owner="nobody"), "Choose one of the values offered"),
        (new("Nickname", "AccountNumber", default_zoho="x" * 11), "at most 10 characters"),
        (new("Nickname", "AccountNumber", default_xero="x" * 51), "at most 50 characters"),
        (new("Note", "AccountNumber", default_zoho="{open"), "cannot be filled in"),
        (new("Industry", default_zoho="Mining"), "has no value “Mining”"),
        (new("Founded", default_zoho="soon"), "must be a date"),
        (new("Employees", default_zoho="many"), "must be a number"),
        (new("Active", default_zoho="perhaps"), "must be true or false"),
        (new("Note", default_xero="x"), "no field in Xero"),
        (new("Account_Name", "Name"), "already"),
    ],
)
def test_a_row_that_cannot_be_is_refused_beside_it(draft: Draft, words: str) -> None:
    found = edited(draft)
    assert set(found.wrong) == {"new1"}
    assert words in found.wrong["new1"]


@pytest.mark.parametrize(
    "draft",
    [
        new("Website", "AccountNumber", direction="to_xero"),
        new("Industry", "AccountNumber", direction="to_xero"),
        new("Serial", "AccountNumber", direction="to_xero"),
        new("Employees", "AccountNumber", direction="to_xero"),
        new("Website", "Website", direction="to_zoho"),
        new("Note", "EmailAddress", direction="to_zoho"),
        new("Nickname", "AccountNumber", default_zoho="{name} and more"),
    ],
)
def test_a_row_that_can_be_one_way_is_taken(draft: Draft) -> None:
    assert edited(draft).fine


def test_what_will_be_cut_or_held_is_said_beside_the_row() -> None:
    assert edited(new("Nickname", "AccountNumber")).notices["new1"].endswith("longer ones from Xero are held.")
    assert "cut" in edited().notices["name"]


def test_an_amount_and_a_text_are_two_things() -> None:
    facts_ = facts()
    for field in facts_["zoho"]["fields"]["Products"]:
        if field["api_name"] == "Unit_Price":
            field["data_type"] = "currency"
    document = settings(facts_)
    drafts = [draft for draft in drafts_of(document, "product") if draft.name != "description"]
    found = with_fields(document, "product", [*drafts, new("Unit_Price", "Description")], facts_)
    assert "takes only an amount" in found.wrong["new1"]


# ------------------------------------------------------------------ what must be there


@pytest.mark.parametrize("name", ["name", "add_to_xero", "xero_id"])
def test_a_row_that_the_module_needs_stays(name: str) -> None:
    found = edited(drop=[name])
    assert "cannot be removed" in found.wrong[WHOLE]


def test_a_fixed_row_keeps_its_fields_whatever_is_sent() -> None:
    found = edited(change={"name": {"zoho": "Phone", "xero": "TaxNumber"}, "xero_id": {"direction": "both"}})
    assert (row(found, "name")["zoho"], row(found, "name")["xero"]) == ("Account_Name", "Name")
    assert row(found, "xero_id")["direction"] == "to_zoho"


def test_what_the_crm_asks_for_must_be_filled() -> None:
    found = facts()
    for field in found["zoho"]["fields"]["Accounts"]:
        if field["api_name"] == "Industry":
            field["mandatory"] = True
    document = settings(found)
    drafts = drafts_of(document, "account")
    assert "needs “Industry”" in with_fields(document, "account", drafts, found).wrong[WHOLE]
    filled = [*drafts, new("Industry", default_zoho="Retail")]
    assert with_fields(document, "account", filled, found).fine


def test_mappings_of_their_own_are_not_offered_as_fields() -> None:
    paths = {field.path for field in xero_choices("invoice")}
    assert not paths & {"Status", "BrandingThemeID", "Contact.ContactID"}
    found = edited(Draft("new1", "", "Subject", "Status"), entity="invoice", drop=["subject"])
    assert "mapping of its own" in found.wrong["new1"]


def test_no_more_rows_than_a_module_can_have() -> None:
    many = [Draft(f"new{n}", "", "Note", "AccountNumber") for n in range(400)]
    assert len(edited(*many).document["entities"]["account"]["fields"]) < 200
