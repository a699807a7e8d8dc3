"""The promise to a newcomer: two companies in step, each record once, and a second run that writes nothing.

What both services hold is read by an independent client over HTTP.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from sandbox.world import World
from tests.system.installation import Installation, Ran
from tests.system.reader import ZOHO_FIELDS, Row, Xero, Zoho, money

MODULES = {
    "account": "Accounts",
    "contact": "Contacts",
    "vendor": "Vendors",
    "product": "Products",
    "invoice": "Invoices",
    "purchase_order": "Purchase_Orders",
}


@dataclass(frozen=True)
class Story:
    """One company, connected at "everything" and synchronised, as the demo does it."""

    one: Installation
    before: dict[str, dict[str, list[Row]]]
    plan: Ran
    sync: Ran
    after: list[Row]  # every live record as a plan lists it after the sync
    zoho: Zoho
    xero: Xero


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    with World(records=60, seed=1) as world:
        one = Installation(tmp_path_factory.mktemp("story") / "instance", world)
        before = one.rows()
        assert one.flask("connect", "--start-date", "everything").status == 0
        plan = one.flask("plan", "--json")
        sync = one.flask("sync", "--yes", "--json")
        after = one.flask("plan", "--json").json["records"]
        zoho, xero = Zoho(world.zoho_url), Xero(world.xero_url)
        yield Story(one, before, plan, sync, after, zoho, xero)
        zoho.close()
        xero.close()
        one.close()


def test_the_demo_ends_well_and_tells_what_was_done() -> None:
    result = create_app().test_cli_runner().invoke(args=["demo", "--once", "--records", "12"])
    assert result.exit_code == 0, result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    for words in ("created in Zoho", "updated in Xero", "linked", "Needs attention", "A second run wrote nothing"):
        assert words in result.stdout
    for entity in MODULES:
        assert entity.replace("_", " ") in result.stdout
    assert "both sides are in step" in result.stdout
    assert "services' own records: nothing" in result.stdout


def test_a_plan_lists_every_live_record_once(story: Story) -> None:
    records = story.plan.json["records"]
    listed = Counter((record["entity"], record["side"], record["id"]) for record in records)
    assert max(listed.values()) == 1
    for entity, module in MODULES.items():
        found = {id_ for name, side, id_ in listed if (name, side) == (entity, "zoho")}
        assert found == {row["id"] for row in story.before["zoho"][module]}
    assert {row["ItemID"] for row in story.before["xero"]["Items"]} == ids(listed, "product")
    sales = {row["InvoiceID"] for row in story.before["xero"]["Invoices"] if sale(row)}
    assert ids(listed, "invoice") == sales
    orders = {row["PurchaseOrderID"] for row in story.before["xero"]["PurchaseOrders"] if alive(row)}
    assert ids(listed, "purchase_order") == orders
    contacts = {row["ContactID"] for row in story.before["xero"]["Contacts"] if row["ContactStatus"] == "ACTIVE"}
    assert contacts == ids(listed, "account") == ids(listed, "vendor"), "each may be either, or both"
    assert {record["status"] for record in records} <= {"linked", "create", "update", "adopt", "held", "skipped"}
    assert all(record.get("reason") for record in records if record["status"] in ("held", "skipped"))


def sale(row: Row) -> bool:
    """A sales invoice that was not deleted; voided ones stay."""
    return bool(row["Type"] == "ACCREC") and alive(row)


def alive(row: Row) -> bool:
    return bool(row["Status"] != "DELETED")


def ids(listed: Counter[Any], entity: str) -> set[str]:
    return {id_ for name, side, id_ in listed if (name, side) == (entity, "xero")}


def test_each_record_is_held_once_on_both_sides(story: Story) -> None:
    contacts = {row["ContactID"]: row for row in story.xero.contacts() if row["ContactStatus"] == "ACTIVE"}
    twins: dict[str, dict[str, Row]] = {
        "Accounts": contacts,
        "Vendors": contacts,
        "Products": {row["ItemID"]: row for row in story.xero.all("Items")},
        "Invoices": {row["InvoiceID"]: row for row in story.xero.invoices() if sale(row)},
        "Purchase_Orders": {row["PurchaseOrderID"]: row for row in story.xero.all("PurchaseOrders") if alive(row)},
    }
    for module, theirs in twins.items():
        rows = story.zoho.all(module)
        stamped = [row["Xero_ID"] for row in rows if row["Xero_ID"]]
        assert len(stamped) == len(set(stamped)), f"two records of {module} claim one in Xero"
        held = left_out(story, module)
        assert {row["id"] for row in rows if not row["Xero_ID"]} <= held["zoho"]
        assert len(set(stamped) & set(theirs)) > 5
        if module not in ("Accounts", "Vendors"):
            assert set(theirs) - set(stamped) <= held["xero"]
    assert max(Counter(row["Name"].casefold() for row in contacts.values()).values()) == 1
    people = [row["Xero_ID"] for row in story.zoho.all("Contacts") if row["Xero_ID"]]
    assert len(people) == len(set(people)), "a person is one place in one contact"
    companies = [row for module in ("Accounts", "Vendors") for row in story.zoho.all(module)]
    made = {row["Xero_ID"] for row in companies} | {person.partition("/")[0] for person in people}
    assert set(contacts) - made <= left_out(story, "Accounts")["xero"] & left_out(story, "Vendors")["xero"]


def left_out(story: Story, module: str) -> dict[str, set[str]]:
    """What is held or left alone after the sync, with a reason."""
    out: dict[str, set[str]] = {"zoho": set(), "xero": set()}
    for record in story.after:
        if MODULES[record["entity"]] == module and record["status"] in ("held", "skipped"):
            assert record["reason"]
            out[record["side"]].add(record["id"])
    return out


def test_totals_agree_to_the_cent_and_numbers_came_back(story: Story) -> None:
    books = {row["InvoiceID"]: row for row in story.xero.invoices()}
    pairs = [(row, books[row["Xero_ID"]]) for row in story.zoho.all("Invoices") if row["Xero_ID"] in books]
    assert len(pairs) > 60
    for ours, theirs in pairs:
        assert money(ours["Grand_Total"]) == money(theirs["Total"]), theirs["InvoiceNumber"]
        assert ours["Xero_Invoice_No"] == theirs["InvoiceNumber"]
        assert ours["Xero_Invoice_URL"].startswith("https://go.xero.com/")


def test_only_what_is_ticked_travels(story: Story) -> None:
    known = {row["id"] for module in MODULES.values() for row in story.before["zoho"][module]}
    for module in MODULES.values():
        for row in story.zoho.all(module):
            assert row["Add_to_Xero"] or not row["Xero_ID"] or row["id"] in known
    assert set(ZOHO_FIELDS) == set(MODULES.values())


def test_a_second_run_writes_nothing_and_the_audit_agrees(story: Story) -> None:
    assert story.sync.json["state"] == "done"
    written, rows = story.one.writes(), story.one.rows()
    assert story.one.flask("sync", "--json").json["left"] == 0
    assert story.one.writes() == written
    assert story.one.rows() == rows
    audit = story.one.flask("audit", "--json")
    assert (audit.status, audit.json["in_step"], audit.json["actions"]) == (0, True, [])


def test_the_default_start_date_links_what_is_old_and_creates_none_of_it(tmp_path: Path) -> None:
    with World(records=12, seed=1) as world:
        one = Installation(tmp_path / "instance", world)
        try:
            before = one.rows()
            assert one.flask("connect").status == 0
            ran = one.flask("sync", "--yes", "--json")
            assert ran.json["state"] == "done"
            after = one.rows()
            for side, kinds in before.items():
                assert {kind: len(rows) for kind, rows in kinds.items()} == {
                    kind: len(rows) for kind, rows in after[side].items()
                }
            counts = ran.json["counts"]
            assert all(not name.startswith("created") for each in counts.values() for name in each)
            assert {entity for entity, each in counts.items() if each.get("linked")} == set(MODULES)
            assert one.flask("audit").status == 0
        finally:
            one.close()
