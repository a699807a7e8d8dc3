"""Signals over sockets: both services tell a served installation what changed, and small runs carry it over.

Nothing is polled in here unless a test says so. Every fault of the way (lost, doubled, late, out of order, forged)
ends in the same place: in step, at the latest by polling.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from extension.caring import pause
from extension.heeding import REST
from extension.sync.heed import NEWS
from sandbox.faults import Rule
from tests.system.signals_rig import SCHEDULE, Served

# ------------------------------------------------------------------ it works


def test_an_edit_in_the_crm_is_in_xero_without_a_poll(served: Served) -> None:
    zoho, xero = served.pair()
    before = len(served.calls())
    served.crm("edit", "Accounts", zoho, Phone="04 555 0101")
    assert served.waiting() == 1
    task = served.tick()
    assert task is not None
    assert (task.kind, task.state, task.asked_by) == ("signal", "done", "signal")
    assert "04 555 0101" in str(served.xero_row("Contacts", xero))
    made = served.calls()[before:]
    assert len(made) <= 8, made
    assert not [call for call in made if call.path.endswith("/deleted")], "no feed was walked"
    served.rests()


def test_an_edit_in_xero_is_in_the_crm_without_a_poll(served: Served) -> None:
    zoho, xero = served.pair()
    served.books("edit", "Contacts", xero, Name="Renamed In Xero Ltd")
    assert served.waiting() >= 1
    task = served.tick()
    assert task is not None
    assert task.state == "done"
    assert served.crm_row("Accounts", zoho)["Account_Name"] == "Renamed In Xero Ltd"
    served.rests()


def test_a_payment_in_xero_is_on_the_invoice_in_the_crm(served: Served) -> None:
    store = served.house.inventory(served.connection, "invoice")
    pairs = [(one.id, one.twin) for one in store if one.side == "zoho" and one.twin]
    rows = {row["InvoiceID"]: row for row in served.world.xero.dump()["Invoices"]}
    zoho, xero = next((z, x) for z, x in pairs if rows[x]["Status"] == "AUTHORISED" and rows[x]["AmountDue"] > 0)
    before = served.crm_row("Invoices", zoho)
    served.books("pay", "Invoices", xero)
    assert served.tick() is not None
    after = served.crm_row("Invoices", zoho)
    assert {name for name in after if after[name] != before.get(name)} > {"Modified_Time"}, "what Xero decides came"
    served.rests()


@pytest.fixture
def undated(served: Served) -> Iterator[Served]:
    """Credit moves no document's modified time."""
    served.world.xero.set_switches({"payments_touch_documents": False})
    yield served
    served.world.xero.set_switches({"payments_touch_documents": True})


def test_credit_in_xero_is_in_the_crm_within_minutes(undated: Served) -> None:
    """It names no document, and no document's time moves: what is open is read again, and once only."""
    store = undated.house.inventory(undated.connection, "invoice")
    pairs = [(one.id, one.twin) for one in store if one.side == "zoho" and one.twin]
    rows = {row["InvoiceID"]: row for row in undated.world.xero.dump()["Invoices"]}
    zoho, xero = next((z, x) for z, x in pairs if rows[x]["Status"] == "AUTHORISED" and rows[x]["AmountDue"] > 0)
    undated.poll()
    undated.rests()
    before = undated.crm_row("Invoices", zoho)
    undated.books("credit", "Invoices", xero)
    assert undated.waiting() == 1
    seen = len(undated.calls())
    task = undated.tick(NEWS)
    assert task is not None
    assert (task.kind, task.state) == ("signal", "done")
    after = undated.crm_row("Invoices", zoho)
    assert before["Status"] != after["Status"] == "Paid"
    assert sum("/Invoices" in call.path and "xro" in call.path for call in undated.calls()[seen:]) <= 4
    undated.rests()


def test_a_new_record_of_the_crm_comes_into_xero(served: Served) -> None:
    id_ = served.crm("create", "Accounts", Account_Name="Brand New Ltd", Add_to_Xero=True)
    assert served.tick() is not None
    assert "Brand New Ltd" in {row["Name"] for row in served.world.xero.dump()["Contacts"]}
    assert served.crm_row("Accounts", id_)["Xero_ID"]
    served.rests()


def test_a_signal_creates_nothing_that_is_older_than_the_start_date(served: Served) -> None:
    """A person's press does; a signal is nobody's wish."""
    later = served.clock.now() + timedelta(days=30)
    served.house.connections.set_start_date(served.connection.id, later, "a test", served.clock.now())
    served.crm("create", "Accounts", Account_Name="Too Old Ltd", Add_to_Xero=True)
    assert served.tick() is not None
    assert "Too Old Ltd" not in {row["Name"] for row in served.world.xero.dump()["Contacts"]}


def test_a_new_contact_of_xero_waits_for_a_look(served: Served) -> None:
    served.poll()
    served.rests()
    served.poll()
    served.books("create", "Contacts", Name="Found In Xero Ltd", IsCustomer=True)
    assert served.waiting() == 1
    assert served.tick() is None, "its feed was walked just now"
    task = served.tick(NEWS)
    assert task is not None
    assert task.state == "done"
    scope = served.house.store(served.connection).runs(1)[0]["scope"]
    assert isinstance(scope, dict)
    assert set(scope["entities"]) >= {"account", "contact"}
    assert "invoice" not in scope["entities"]
    assert [each.side for each in served.house.inbox(served.connection).waiting()] in ([], ["zoho"]), "an echo at most"
    served.rests()


def test_a_deletion_is_a_hint_like_any(served: Served) -> None:
    zoho, xero = served.pair()
    served.crm("delete", "Accounts", zoho)
    assert served.tick(NEWS) is not None
    store = served.house.store(served.connection)
    assert not store.by_id("account", "zoho", [zoho])[0].live
    archived = served.xero_row("Contacts", xero)["ContactStatus"] == "ARCHIVED"
    links = store.links_of("account", "zoho", [zoho])
    assert archived or any(hold.where[2] in (zoho, xero) for hold in store.holds()) or links[0].state != "live"


def test_many_at_once_are_one_look(served: Served) -> None:
    served.poll()
    served.clock.advance(NEWS.total_seconds())
    ids = [served.crm("create", "Accounts", Account_Name=f"Burst {n} Ltd", Add_to_Xero=True) for n in range(25)]
    assert served.waiting() == len(ids)
    task = served.tick()
    assert task is not None
    assert task.state == "done"
    names = {row["Name"] for row in served.world.xero.dump()["Contacts"]}
    assert {f"Burst {n} Ltd" for n in range(25)} <= names
    served.rests()


# ------------------------------------------------------------------ and what goes wrong changes nothing


@pytest.mark.parametrize("manner", ["lost", "doubled", "held", "backwards"])
def test_however_signals_come_both_sides_end_alike(served: Served, manner: str) -> None:
    zoho, xero = served.pair()
    for service in (served.world.zoho, served.world.xero):
        service.post.behave({"backwards": "held"}.get(manner, manner))
    for number in range(3):
        served.crm("edit", "Accounts", zoho, Phone=f"04 555 010{number}")
        served.clock.advance(2)
    served.crm("edit", "Accounts", zoho, Website="https://example.com")
    assert (served.waiting() > 0) == (manner == "doubled")
    if manner == "lost":
        assert served.tick() is None
        served.poll()
    elif manner != "doubled":
        served.world.zoho.post.release(backwards=manner == "backwards")
    for service in (served.world.zoho, served.world.xero):
        service.post.behave("straight")
    served.tick()
    assert "04 555 0102" in str(served.xero_row("Contacts", xero))
    served.rests()


def test_a_signal_that_comes_late_costs_nothing(served: Served) -> None:
    zoho, _ = served.pair()
    served.world.zoho.post.behave("held")
    served.crm("edit", "Accounts", zoho, Phone="04 555 0101")
    served.world.zoho.post.behave("straight")
    served.poll()
    served.rests()
    assert served.world.zoho.post.release() == 1
    before = len(served.calls())
    assert served.tick() is None
    assert (served.waiting(), len(served.calls())) == (0, before)


def test_a_forged_signal_does_nothing(served: Served) -> None:
    (channel,) = served.house.channels(served.connection).all()
    served.world.zoho.forge({"channel_id": channel.remote})
    served.world.xero.forge({"tenantId": served.world.xero.main_id})
    served._told("")
    assert served.world.zoho.post.log()[-1]["status"] == 404
    assert served.world.xero.post.log()[-1]["status"] == 401
    assert served.waiting() == 0


def test_a_paused_connection_heeds_nothing(served: Served) -> None:
    zoho, _ = served.pair()
    pause(served.house, served.connection, True, "ann")
    served.crm("edit", "Accounts", zoho, Phone="04 555 0101")
    assert served.tick() is None
    assert served.waiting() == 1
    pause(served.house, served.connection, False, "ann")
    assert served.tick() is not None


def test_without_automatic_synchronisation_signals_are_dropped(served: Served) -> None:
    zoho, _ = served.pair()
    off = {**served.connection.settings, "schedule": {"on": False}}
    served.house.connections.update_settings(served.connection.id, off, "ann", served.clock.now())
    served.crm("edit", "Accounts", zoho, Phone="04 555 0101")
    assert served.tick() is None
    assert served.waiting() == 0


@pytest.mark.parametrize("wanted", [{"entities": ["product"]}, {"mode": "xero-to-zoho"}])
def test_modules_and_directions_are_the_schedules(served: Served, wanted: dict[str, Any]) -> None:
    zoho, _ = served.pair()
    given = {**served.connection.settings, "schedule": {**SCHEDULE, **wanted}}
    served.house.connections.update_settings(served.connection.id, given, "ann", served.clock.now())
    served.crm("edit", "Accounts", zoho, Phone="04 555 0101")
    assert served.tick() is None
    assert served.waiting() == 0


def test_a_run_that_failed_is_tried_again_after_a_rest(served: Served) -> None:
    zoho, xero = served.pair()
    served.crm("edit", "Accounts", zoho, Phone="04 555 0101")
    served.world.zoho.faults.add(Rule(path="/crm/", times=0, kind="status_before", params={"status": 500}))
    task = served.tick()
    assert task is not None
    assert task.state == "failed"
    served.world.zoho.faults.clear()
    assert served.waiting() == 1
    assert served.tick() is None
    assert served.tick(REST) is not None
    assert "04 555 0101" in str(served.xero_row("Contacts", xero))
