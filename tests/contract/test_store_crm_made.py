"""What the set-up made in a CRM is remembered per connection, before and after the call that makes it."""

from __future__ import annotations

from extension.store import Connections, CrmMade, Database


def both(database: Database) -> tuple[CrmMade, CrmMade]:
    connections = Connections(database)
    return CrmMade(database, connections.create("A").id), CrmMade(database, connections.create("B").id)


def test_noted_before_and_completed_after(database: Database) -> None:
    made, other = both(database)
    made.begin("Invoices", "field", ["Add to Xero", "Xero ID"])
    assert [(each.label, each.remote, each.placed) for each in made.all()] == [
        ("Add to Xero", "", False),
        ("Xero ID", "", False),
    ]
    made.done("Invoices", "field", "Xero ID", "77")
    made.begin("Invoices", "field", ["Xero ID"])
    assert [each.remote for each in made.all()] == ["", "77"]
    made.placed([made.all()[1].id])
    assert [each.placed for each in made.all()] == [False, True]
    assert other.all() == []


def test_another_connection_forgets_nothing_of_this_one(database: Database) -> None:
    made, other = both(database)
    made.begin("Invoices", "section", ["Ours"], "9")
    other.begin("Invoices", "section", ["Ours"], "9")
    ids = [each.id for each in made.all()]
    other.forget(ids)
    other.placed(ids)
    other.done("Invoices", "section", "Ours", "1", "9")
    assert [(each.id, each.remote, each.placed) for each in made.all()] == [(ids[0], "", False)]
    made.forget(ids)
    assert made.all() == []
