"""The set-up of a CRM in which nobody has made our fields: shown, done, repeated, undone, under every unproven setting.

Over the sandbox's settings APIs and the real adapter, memory and map (`live_books`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from extension.bootstrap import Connection
from extension.preparing import Preparing
from extension.remote.transport import Answer, Listen, Request, silent
from extension.sync.canonical import ZOHO
from extension.sync.errors import BadInput
from sandbox.faults import Rule
from sandbox.zoho.settings import Switches
from tests.switches.rows import SET_UP_ROWS
from tests.switches.table import OF_THE_SET_UP, SINGLE
from tests.system.live_books import Books, Connected, Services

SECTION = "xero2zoho Application"
MODULES = ("Accounts", "Contacts", "Vendors", "Products", "Invoices", "Purchase_Orders")
DOCUMENT = ["Add to Xero", "Xero ID", "Xero Invoice No.", "Xero Invoice URL", "Branding Theme"]
NEW = "0f6e2a3c-98a4-4a54-9e0a-6a2a4d0a1b2c"
PAYMENT = ["Amount Paid", "Amount Due", "Amount Credited", "Last Payment Date"]
OURS = (
    *("customisation", "custom_field_limit", "unique_field_limit", "new_fields_land", "picklist_update"),
    *("label_dots", "api_name_prefix", "field_profiles", "extra_layouts"),
)
USUAL: dict[str, Any] = {name: getattr(Switches(), name) for name in OURS} | {"application_section": "absent"}


class Bare:
    """A connection made to a CRM without our fields."""

    def __init__(self, books: Books) -> None:
        self.books, self.zoho, self.house = books, books.zoho, books.house

    @property
    def connection(self) -> Connection:
        return self.house.connection(None)

    def preparing(self, *numbers: str) -> Preparing:
        return Preparing(self.house, self.connection, numbers)

    def labels(self, module: str) -> dict[str, str]:
        """Label -> API name of what somebody made."""
        return {field.title: field.api_name for field in self.zoho.catalogue.custom.made(module)}

    def section(self, module: str, layout: int = 0) -> list[str]:
        crm = self.house.crm_setup(self.connection)
        sections = crm.layouts(module)[layout]["sections"]
        return next(([f["field_label"] for f in row["fields"]] for row in sections if row["name"] == SECTION), [])

    def sent(self, method: str, path: str) -> list[dict[str, Any]]:
        """The bodies of requests from now on."""
        send, seen = self.house.transport.send, list[dict[str, Any]]()

        def watched(request: Request, listen: Listen = silent) -> Answer:
            if request.method == method and path in request.url and request.body:
                seen.append(json.loads(request.body))
            return send(request, listen)

        self.house.transport.send = watched  # type: ignore[method-assign]
        return seen

    def writes(self) -> int:
        settings = [each for each in self.zoho.journal.since(0) if "/settings/" in each.path]
        return sum(each.method != "GET" for each in settings)


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Connected:
    services, folder = Services(), tmp_path_factory.mktemp("bare") / "instance"
    services.zoho.set_switches(USUAL)
    house = services.house(folder)
    services.connect(house)
    house.close()
    return Connected.now(services, folder)


@pytest.fixture
def make(connected: Connected, tmp_path: Path) -> Iterator[Callable[..., Bare]]:
    made: list[Bare] = []

    def bare(**switches: Any) -> Bare:
        books = connected.again(tmp_path / "instance")
        books.zoho.set_switches({**USUAL, **switches})
        made.append(Bare(books))
        return made[-1]

    yield bare
    for each in made:
        each.house.close()


def test_what_would_be_made_is_shown_and_nothing_is_written(make: Callable[..., Bare]) -> None:
    bare = make()
    plan = {each.module: each for each in bare.preparing().look().modules}
    assert list(plan) == ["Accounts", "Vendors", "Products", "Contacts", "Invoices", "Purchase_Orders"]
    assert [each.label for each in plan["Invoices"].make] == [*DOCUMENT, *PAYMENT]
    assert [each.label for each in plan["Purchase_Orders"].make] == DOCUMENT
    assert [each.label for each in plan["Vendors"].make] == ["Add to Xero", "Xero ID", "Xero URL"]
    assert [each.name for each in plan["Invoices"].placings] == ["Standard"]
    assert (plan["Invoices"].offers_number, plan["Purchase_Orders"].offers_number) == (False, True)
    assert bare.writes() == 0
    assert all(not bare.labels(module) for module in MODULES)


UNDER = [
    *(pytest.param({one.name: one.value}, id=str(one)) for one in SINGLE if one.name in OF_THE_SET_UP),
    *(pytest.param(row.switches[ZOHO], id=str(row)) for row in SET_UP_ROWS),
]


@pytest.mark.parametrize("switches", UNDER)
def test_a_bare_crm_is_set_up_mapped_and_synchronised(make: Callable[..., Bare], switches: dict[str, Any]) -> None:
    bare = make(**switches)
    version = bare.connection.settings["mapping_version"]
    plan = bare.preparing().look()
    outcome = bare.preparing().do("Ada", plan.seal)
    assert outcome.fine, (outcome.ended, outcome.problems)
    assert list(bare.labels("Invoices")) == [*DOCUMENT, *PAYMENT]
    for module in MODULES:
        assert bare.section(module) == list(bare.labels(module))
    for number in range(1, 1 + len(switches.get("extra_layouts", {}).get("Invoices", ()))):
        assert bare.section("Invoices", number) == list(bare.labels("Invoices"))
    settings = bare.connection.settings
    assert settings["mapping_version"] == version + 1
    mapped = {row["name"]: row["zoho"] for row in settings["entities"]["invoice"]["fields"] if row.get("zoho")}
    assert mapped["xero_number"] == bare.labels("Invoices")["Xero Invoice No."]
    assert mapped["last_payment"] == bare.labels("Invoices")["Last Payment Date"]
    assert len(bare.house.registry(bare.connection).entities) == 6
    assert [each.object for each in bare.house.changes(bare.connection).page()[0].events] == [
        "entities",
        "mapping_version",
    ]
    tick = bare.labels("Accounts")["Add to Xero"]
    account = bare.zoho.edit("create", "Accounts", None, {"Account_Name": "Kea Ltd", tick: True})
    bare.books.sync()
    row = bare.zoho.dump()["Accounts"][0]
    assert row["id"] == account
    assert row[bare.labels("Accounts")["Xero ID"]]
    before = bare.writes()
    assert bare.preparing().look().empty
    assert bare.preparing().do("Ada").steps == []
    assert bare.writes() == before


def test_only_what_is_missing_is_made(make: Callable[..., Bare]) -> None:
    bare = make()
    crm = bare.house.crm_setup(bare.connection)
    crm.make_fields("Accounts", [{"field_label": "Add to Xero", "data_type": "boolean"}])
    crm.make_fields("Vendors", [{"field_label": "Xero ID", "data_type": "text", "length": 100}])
    crm.make_fields("Contacts", [{"field_label": "Add To Xero", "data_type": "text", "length": 100}])
    plan = {each.module: each for each in bare.preparing().look().modules}
    assert [each.label for each in plan["Accounts"].make] == ["Xero ID", "Xero URL"]
    assert [each.label for each in plan["Vendors"].unique] == ["Xero ID"]
    assert [(each.label, each.is_kind) for each in plan["Contacts"].clashes] == [("Add To Xero", "text")]
    outcome = bare.preparing().do("Ada")
    assert outcome.fine
    assert sorted(bare.section("Accounts")) == ["Add to Xero", "Xero ID", "Xero URL"]
    assert [
        field.unique
        for field in bare.zoho.catalogue.custom.applied(bare.zoho.catalogue.module("Vendors")).fields
        if field.title == "Xero ID"
    ][:1] == [True]


def test_a_plan_that_changed_since_it_was_seen_is_not_done(make: Callable[..., Bare]) -> None:
    bare = make()
    seal = bare.preparing().look().seal
    bare.house.crm_setup(bare.connection).make_fields("Accounts", [{"field_label": "Xero ID", "data_type": "text"}])
    before = bare.writes()
    with pytest.raises(BadInput) as refused:
        bare.preparing().do("Ada", seal)
    assert refused.value.code == "changed_meanwhile"
    assert bare.writes() == before


@pytest.mark.parametrize(("setting", "code"), [("forbidden", "no_permission"), ("unsupported", "edition")])
def test_who_may_not_customise_is_told_once(make: Callable[..., Bare], setting: str, code: str) -> None:
    bare = make(customisation=setting)
    outcome = bare.preparing().do("Ada")
    assert outcome.ended is not None
    assert outcome.ended.code == code
    assert outcome.ended.hint
    assert bare.house.crm_made(bare.connection).all() == [] or bare.preparing().look_back().remove == ()
    assert bare.writes() == 1


def test_a_full_module_leaves_the_others_alone(make: Callable[..., Bare]) -> None:
    bare = make(custom_field_limit=5)
    outcome = bare.preparing().do("Ada")
    assert outcome.ended is None
    assert [(each.module, each.what) for each in outcome.problems] == [
        ("Invoices", f"Field “{label}”") for label in PAYMENT
    ]
    assert "takes no more fields" in outcome.problems[0].problem
    assert bare.section("Invoices") == DOCUMENT
    bare.zoho.set_switches({"custom_field_limit": 0})
    assert bare.preparing().do("Ada").fine
    assert bare.section("Invoices") == [*DOCUMENT, *PAYMENT]


def test_a_lost_answer_makes_nothing_twice_and_is_still_ours(make: Callable[..., Bare]) -> None:
    bare = make()
    bare.zoho.faults.add(Rule(path="/settings/fields", method="POST", times=1, kind="cut_after"))
    outcome = bare.preparing().do("Ada")
    assert outcome.ended is not None
    assert len(bare.labels("Accounts")) == 3
    assert bare.preparing().do("Ada").fine
    assert sorted(bare.section("Accounts")) == ["Add to Xero", "Xero ID", "Xero URL"]
    assert {each.module for each in bare.preparing().look_back().remove} == set(MODULES)


def test_a_lost_section_is_still_ours(make: Callable[..., Bare]) -> None:
    bare = make()
    bare.zoho.faults.add(Rule(path="/settings/layouts", method="PATCH", times=1, kind="cut_after"))
    assert bare.preparing().do("Ada").ended is not None
    assert bare.section("Accounts") == ["Add to Xero", "Xero ID", "Xero URL"]
    assert bare.preparing().do("Ada").fine
    assert {module for module, _, _ in bare.preparing().look_back().sections} == set(MODULES)
    assert bare.preparing().undo("Ada").fine
    assert all(not bare.section(module) and not bare.labels(module) for module in MODULES)


def test_a_module_that_was_switched_off_is_undone_too(make: Callable[..., Bare]) -> None:
    bare = make()
    bare.preparing().do("Ada")
    bare.books.settings(lambda document: document["entities"]["product"].update(enabled=False))
    assert bare.preparing().undo("Ada").fine
    assert bare.labels("Products") == {}


def test_an_edition_with_few_unique_fields_gets_the_field_all_the_same(make: Callable[..., Bare]) -> None:
    bare = make(unique_field_limit=1)
    crm = bare.house.crm_setup(bare.connection)
    crm.make_fields("Accounts", [{"field_label": "Serial", "data_type": "text", "unique": {"case_sensitive": False}}])
    outcome = bare.preparing().do("Ada")
    assert [(each.module, each.what) for each in outcome.problems] == [("Accounts", "No duplicates in “Xero ID”")]
    assert sorted(bare.section("Accounts")) == ["Add to Xero", "Xero ID", "Xero URL"]
    assert len(bare.house.registry(bare.connection).entities) == 6


def test_amounts_are_read_only_for_everybody_but_us(make: Callable[..., Bare]) -> None:
    bare = make()
    crm = bare.house.crm_setup(bare.connection)
    profiles = {profile["id"] for row in crm.fields("Invoices") for profile in row["profiles"]}
    assert crm.profile() in profiles
    sent = bare.sent("POST", "/settings/fields")
    bare.preparing().do("Ada")
    rights = {each["field_label"]: each.get("profiles") for body in sent for each in body["fields"]}
    assert rights["Xero ID"] is None
    assert {each["id"]: each["permission_type"] for each in rights["Amount Due"]} == {
        id_: "read_write" if id_ == crm.profile() else "read_only" for id_ in profiles
    }


def test_undo_takes_away_what_we_made_and_nobody_uses(make: Callable[..., Bare]) -> None:
    bare = make()
    crm = bare.house.crm_setup(bare.connection)
    crm.make_fields("Accounts", [{"field_label": "Add to Xero", "data_type": "boolean"}])
    bare.preparing().do("Ada")
    bare.zoho.edit("create", "Vendors", None, {"Vendor_Name": "V", "Xero_ID": "somebody's"})
    back = bare.preparing().look_back()
    assert [(each.module, each.label) for each in back.keep] == [("Vendors", "Xero ID")]
    version = bare.connection.settings["mapping_version"]
    outcome = bare.preparing().undo("Ada", back.seal)
    assert outcome.fine
    assert {module: list(bare.labels(module)) for module in MODULES if bare.labels(module)} == {
        "Accounts": ["Add to Xero"],
        "Vendors": ["Xero ID"],
    }
    assert bare.section("Vendors") == ["Xero ID"]
    assert bare.section("Invoices") == []
    settings = bare.connection.settings
    assert settings["mapping_version"] == version + 1
    names = {row["name"] for row in settings["entities"]["invoice"]["fields"]}
    assert not names & {"add_to_xero", "xero_id", "theme", "amount_due"}
    assert bare.preparing().look_back().remove == ()
    assert bare.preparing().do("Ada").fine
    assert list(bare.labels("Invoices")) == [*DOCUMENT, *PAYMENT]


def test_a_ticked_box_is_a_value(make: Callable[..., Bare]) -> None:
    bare = make()
    bare.preparing().do("Ada")
    bare.books.crm("Accounts", Account_Name="Kea", Add_to_Xero=False)
    assert bare.preparing().look_back().keep == ()
    bare.books.crm("Accounts", Account_Name="Tui", Add_to_Xero=True)
    assert [each.label for each in bare.preparing().look_back().keep] == ["Add to Xero"]


def test_an_auto_number_is_made_where_it_is_asked_for(make: Callable[..., Bare]) -> None:
    bare = make()
    outcome = bare.preparing("purchase_order", "invoice").do("Ada")
    assert outcome.fine
    assert "Unique Order Number" in bare.labels("Purchase_Orders")
    assert "Unique Invoice Number" not in bare.labels("Invoices")
    assert not any(each.offers_number for each in bare.preparing().look().modules)
    with pytest.raises(BadInput):
        bare.preparing("account")


@pytest.mark.parametrize("update", ["adds", "replaces"])
def test_new_themes_of_xero_become_values(make: Callable[..., Bare], update: str) -> None:
    bare = make(picklist_update=update)
    bare.preparing().do("Ada")
    themes = bare.books.xero.ledger.themes
    old, name = [row["Name"] for row in themes.values()], "A theme with a very long name indeed"
    themes[NEW] = {**next(iter(themes.values())), "Name": name, "BrandingThemeID": NEW, "SortOrder": 9}
    version = bare.connection.settings["mapping_version"]
    bare.house.refreshed(bare.connection)
    row = next(r for r in bare.connection.settings["entities"]["invoice"]["fields"] if r["name"] == "theme")
    assert [each["zoho"] for each in row["choices"]] == [*old, name[:25].strip()]
    assert bare.connection.settings["mapping_version"] == version + 1
    assert bare.preparing().look().empty
    bare.house.refreshed(bare.connection)
    assert bare.connection.settings["mapping_version"] == version + 1


def test_what_is_paid_in_xero_shows_in_the_crm(make: Callable[..., Bare]) -> None:
    bare = make()
    bare.preparing().do("Ada")
    books = bare.books
    account = books.crm("Accounts", Account_Name="Kea Ltd")
    product = books.crm("Products", Product_Name="Pen", Product_Code="PEN", Unit_Price=10)
    line = {"Product_Name": {"id": product}, "Quantity": 3, "List_Price": 10}
    more: dict[str, Any] = {"Account_Name": {"id": account}, "Invoice_Date": "2026-09-01", "Due_Date": "2026-09-30"}
    books.crm("Invoices", Subject="Pens", Status="Approved", Invoiced_Items=[line], **more)
    books.sync()
    (invoice,) = books.in_crm("Invoices")
    assert (invoice["Amount_Due"], invoice["Amount_Paid"], invoice["Last_Payment_Date"]) == (30, 0, None)
    (sent,) = books.in_xero("Invoices")
    for day, amount in (("2026-09-20", 5), ("2026-09-12", 7)):
        paid: dict[str, Any] = {
            "Invoice": {"InvoiceID": sent["InvoiceID"]},
            "Account": {"Code": "090"},
            "Date": day,
            "Amount": amount,
        }
        books.books("Payments", **paid)
    assert books.settled() == []
    (invoice,) = books.in_crm("Invoices")
    assert (invoice["Amount_Due"], invoice["Amount_Paid"], invoice["Last_Payment_Date"]) == (18, 12, "2026-09-20")


# ------------------------------------------------------------------ flask setup


def said(bare: Bare, *words: str) -> tuple[int, str, dict[str, Any]]:
    """Exit status and output, for people and for programs."""
    runner = create_app(house=bare.house).test_cli_runner()
    shown = runner.invoke(args=["setup", *words, "--dry-run"]).output
    result = runner.invoke(args=["setup", *words, "--json"])
    return result.exit_code, shown, json.loads(result.stdout)


def test_the_command_shows_makes_and_repeats(make: Callable[..., Bare]) -> None:
    bare = make()
    status, shown, document = said(bare)
    assert status == 0
    assert "Make the field “Xero ID” (Single Line, no duplicates)." in shown
    assert "Make the field “Branding Theme” (Pick List) with the values Standard, Harbour Blue." in shown
    assert "a new section “xero2zoho Application” of the layout “Standard”" in shown
    assert "--number purchase_order" in shown
    assert {"module": "Accounts", "what": "Field “Add to Xero”", "problem": "", "hint": ""} in document["done"]
    status, shown, document = said(bare)
    assert (status, document["done"]) == (0, [])
    assert "Everything of ours is in the CRM." in shown
    assert "button “Sync to Xero” is made by hand" in shown


def test_the_command_takes_away(make: Callable[..., Bare]) -> None:
    bare = make()
    bare.preparing().do("Ada")
    bare.books.crm("Accounts", Account_Name="Tui", Add_to_Xero=True)
    status, shown, document = said(bare, "--undo")
    assert status == 0
    assert "Accounts: “Add to Xero” stays, records have something in it." in shown
    assert "Vendors: take away “Xero ID”." in shown
    assert document["keep"] == [{"module": "Accounts", "label": "Add to Xero", "api_name": "Add_to_Xero"}]
    assert bare.labels("Vendors") == {}


def test_the_command_says_what_it_may_not(make: Callable[..., Bare]) -> None:
    status, _, document = said(make(customisation="forbidden"))
    assert status == 3
    assert document["ended"]["code"] == "no_permission"
    assert "administrator" in document["ended"]["hint"]
