"""Previews, letters, registrations, and holds by pages."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from extension.remote.datacentres import TABLE
from extension.store import (
    EVERYBODY,
    Connections,
    Database,
    Mails,
    Planned,
    Previews,
    ServiceApp,
    Services,
    SqlStore,
    Tasks,
    new_key,
    rotate,
)
from extension.store.portal import preview, service
from extension.store.services import DATA_CENTRES
from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.errors import BadInput, SyncError
from extension.sync.model import Scope
from extension.sync.ports import Decision, HoldRow
from tests.contract.conftest import NUMBERS, Memory
from tests.contract.store_cases import LATER, NOW, epoch_of, record


@pytest.fixture
def mine(database: Database) -> int:
    return Connections(database).create(f"portal {next(NUMBERS)}").id


# ------------------------------------------------------------------ previews


def planned(number: int, part: str = "action", kind: str = "create", entity: str = "account") -> Planned:
    detail = {"changes": {"name": [None, f"Ōtāhuhu {number}"]}, "total": Decimal("1.50")}
    return Planned(number, part, kind, entity, XERO, f"Ōtāhuhu {number}", f"z{number}", None, f"d{number}", detail)


@pytest.fixture
def shown(database: Database, mine: int) -> tuple[Previews, int, int]:
    """Ten actions, two holds, a skip."""
    previews, task = Previews(database), Tasks(database).ask(mine, "preview", Scope(), "Ann", NOW).id
    rows = [
        planned(n, kind="create" if n % 2 else "update", entity="account" if n < 6 else "invoice") for n in range(1, 11)
    ]
    rows += [planned(11, "hold", "ambiguous"), planned(12, "hold", "conflict"), planned(13, "skip", "before_start")]
    previews.save(mine, task, rows)
    return previews, mine, task


def test_a_preview_comes_back_by_pages(shown: tuple[Previews, int, int]) -> None:
    previews, mine, task = shown
    first = previews.page(mine, task, limit=8)
    assert first[0] == planned(1)
    rest = previews.page(mine, task, after=first[-1].number, limit=8)
    assert [row.number for row in [*first, *rest]] == list(range(1, 14))
    assert previews.counts(mine, task) == {
        "account": {"ambiguous": 1, "before_start": 1, "conflict": 1, "create": 3, "update": 2},
        "invoice": {"create": 2, "update": 3},
    }


def test_a_preview_is_filtered(shown: tuple[Previews, int, int]) -> None:
    previews, mine, task = shown
    assert [row.number for row in previews.page(mine, task, part="hold")] == [11, 12]
    assert [row.number for row in previews.page(mine, task, kind="create", entity="invoice")] == [7, 9]
    assert [row.number for row in previews.page(mine, task, words="ōTĀHUHU Z10")] == [10]
    assert [row.number for row in previews.page(mine, task, words="%")] == []
    assert previews.digests(mine, task, part="action", kind="update", entity="account") == ["d2", "d4"]


def test_the_next_preview_takes_the_place_of_the_last(shown: tuple[Previews, int, int], database: Database) -> None:
    previews, mine, task = shown
    other = Connections(database).create(f"portal {next(NUMBERS)}").id
    elsewhere = Tasks(database).ask(other, "preview", Scope(), "Bea", NOW).id
    previews.save(other, elsewhere, [planned(1)])
    second = Tasks(database).ask(mine, "audit", Scope(), "Ann", NOW).id
    previews.save(mine, second, iter([planned(1, kind="retire")]))
    assert previews.page(mine, task) == []
    assert previews.counts(mine, task) == {}
    assert previews.counts(mine, second) == {"account": {"retire": 1}}
    assert previews.page(other, elsewhere) == [planned(1)]
    assert previews.page(mine, elsewhere) == []
    with database.reading(EVERYBODY) as transaction:
        kept = sa.select(sa.func.count()).where(preview.c.connection_id == mine)
        assert transaction.scalar(kept) == 1


# ------------------------------------------------------------------ letters


def test_a_letter_is_put_here_once(database: Database, mine: int) -> None:
    mails, key = Mails(database), f"loss {next(NUMBERS)}"
    for whose in (mine, None):
        assert mails.put(whose, "a@example.test", "Lost", "text", "<p>", key, NOW)
        assert not mails.put(whose, "b@example.test", "Lost", "text", "<p>", key, LATER)
    (letter,) = mails.recent(mine)
    assert (letter.to, letter.subject, letter.text, letter.html, letter.key) == (
        "a@example.test",
        "Lost",
        "text",
        "<p>",
        key,
    )
    assert (letter.made_at, letter.tries, letter.state, letter.problem) == (NOW, 0, "waiting", "")
    for kept in (letter, mails.recent(None)[0]):
        mails.sent(kept.id, NOW)


def test_a_letter_is_tried_again_and_then_given_up(database: Database, mine: int) -> None:
    mails = Mails(database)
    mails.put(mine, "a@example.test", "Report", "text", "<p>", "run 1", NOW)
    (letter,) = [one for one in mails.due(NOW) if one.connection_id == mine]
    mails.failed(letter.id, NOW, "The server refused the letter.", LATER)
    assert mine not in [one.connection_id for one in mails.due(NOW)]
    (letter,) = [one for one in mails.due(LATER) if one.connection_id == mine]
    assert (letter.tries, letter.state, letter.problem) == (1, "waiting", "The server refused the letter.")
    mails.failed(letter.id, LATER, "Still refused.", None)
    assert mine not in [one.connection_id for one in mails.due(LATER)]
    assert [(one.tries, one.state, one.problem) for one in mails.recent(mine)] == [(2, "failed", "Still refused.")]
    mails.sent(letter.id, LATER)
    assert mails.recent(mine)[0].state == "failed", "what was given up is not sent by somebody who is late"
    assert mails.prune(mine, LATER) == 1
    assert mails.recent(mine) == []


# ------------------------------------------------------------------ registrations


def test_a_registration_comes_back_and_keeps_its_secret(database: Database) -> None:
    services = Services(database)
    services.save(ZOHO, " 1000.ABC ", "s3cret", "eu", "Ann", NOW)
    assert services.get(ZOHO) == ServiceApp("1000.ABC", "s3cret", "eu")
    services.save(ZOHO, "1000.DEF", None, "in", "Bea", LATER)
    found = services.get(ZOHO)
    assert found == ServiceApp("1000.DEF", "s3cret", "in")
    assert "s3cret" not in repr(found)
    change = services.changes()[0]
    assert (change.actor, change.object, change.before, change.after) == (
        "Bea",
        "zoho",
        {"client_id": "1000.ABC", "data_centre": "eu"},
        {"client_id": "1000.DEF", "data_centre": "in", "new_secret": False},
    )
    with database.reading(EVERYBODY) as transaction:
        assert "s3cret" not in str(transaction.execute(sa.select(service)).all())
        assert "s3cret" not in str(services.changes())


@pytest.mark.parametrize(
    ("side", "client", "secret", "centre", "code"),
    [
        (ZOHO, " ", "s", "eu", "no_client_id"),
        (ZOHO, "c", "s", "mars", "no_data_centre"),
        (XERO, "c", None, "", "no_client_secret"),
        (XERO, "c", "  ", "", "no_client_secret"),
    ],
)
def test_half_a_registration_is_refused(
    database: Database, side: Side, client: str, secret: str | None, centre: str, code: str
) -> None:
    services = Services(database)
    with database.writing(EVERYBODY) as transaction:
        transaction.execute(sa.delete(service).where(service.c.side == XERO))
    before = services.get(ZOHO), services.get(XERO)
    with pytest.raises(BadInput) as caught:
        services.save(side, client, secret, centre, "Ann", NOW)
    assert caught.value.code == code
    assert (services.get(ZOHO), services.get(XERO)) == before


def test_a_secret_opens_only_where_it_belongs(database: Database) -> None:
    services = Services(database)
    for side in (ZOHO, XERO):
        services.save(side, "c", f"of {side}", "eu", "Ann", NOW)
    with database.writing(EVERYBODY) as transaction:
        sealed = transaction.scalar(sa.select(service.c.secret).where(service.c.side == ZOHO))
        transaction.execute(sa.update(service).where(service.c.side == XERO).values(secret=sealed))
    with pytest.raises(SyncError) as caught:
        services.get(XERO)
    assert caught.value.code == "secret_misplaced"
    services.save(XERO, "c", "again", "", "Ann", NOW)


def test_new_keys_seal_registrations_too(tmp_path: object) -> None:
    old, new = new_key(), new_key()
    database = Database(f"sqlite:///{tmp_path}/rotate.db", [old])
    database.upgrade()
    Services(database).save(XERO, "c", "s3cret", "", "Ann", NOW)
    assert rotate(database, [new, old]) == 1
    database.dispose()
    reopened = Database(f"sqlite:///{tmp_path}/rotate.db", [new])
    assert Services(reopened).get(XERO) == ServiceApp("c", "s3cret", "")
    reopened.dispose()


def test_every_data_centre_can_be_chosen() -> None:
    assert {row.location for row in TABLE} == set(DATA_CENTRES)


def test_a_note_is_taken_once(database: Database) -> None:
    services, key = Services(database), f"note {next(NUMBERS)}"
    assert services.note(key) is None
    services.set_note(key, {"n": 1})
    services.set_note(key, {"n": 2})
    assert services.note(key) == {"n": 2}
    assert services.take_note(key) == {"n": 2}
    assert services.take_note(key) is None


# ------------------------------------------------------------------ holds by pages


def held(entity: str, id: str, reason: str = "ambiguous", **more: Any) -> HoldRow:
    return HoldRow((entity, ZOHO, id), reason, "Two of them.", "Choose.", None, f"Tāne {id}", **more)


@pytest.fixture
def store(database: Database) -> SqlStore:
    store = Memory(database).store()
    assert isinstance(store, SqlStore)
    return store


def test_what_is_held_comes_by_pages(store: SqlStore) -> None:
    values = {"limit": [Decimal("1.50"), None], "name": ["a", "b"]}
    conflict = held("account", "7", "conflict", related=(("account", XERO, "x:7/1"),), values=values)
    rows = [held("account", str(n)) for n in range(5)] + [held("contact", "9:1"), conflict]
    epoch = epoch_of(store)
    with store.write(epoch) as tx:
        tx.replace_holds(None, rows)
    assert store.holds()[5] == conflict
    first = store.holds_page(4)
    rest = store.holds_page(4, after=first[-1].place)
    assert [one.row.where[2] for one in [*first, *rest]] == ["0", "1", "2", "3", "4", "7", "9:1"]
    assert [one.row for one in store.holds_page(9, reason="conflict")] == [conflict]
    assert [one.row.where[2] for one in store.holds_page(9, entity="contact")] == ["9:1"]
    assert [one.row.where[2] for one in store.holds_page(9, words="TĀNE 3")] == ["3"]
    assert [one.row.where[2] for one in store.holds_page(9, words="x:7")] == ["7"], "found by its other id, too"
    assert store.holds_counts() == {
        ("ambiguous", "account"): 5,
        ("ambiguous", "contact"): 1,
        ("conflict", "account"): 1,
    }
    assert store.hold(first[0].number) == first[0]
    assert store.hold(999_999) is None
    assert store.holds_page(9, after="nonsense") == store.holds_page(9)


def test_a_hold_that_stays_keeps_its_place(store: SqlStore) -> None:
    epoch = epoch_of(store)
    with store.write(epoch) as tx:
        tx.replace_holds(None, [held("account", "1"), held("account", "2"), held("contact", "3")])
    before = {one.row.where[2]: one for one in store.holds_page(9)}
    with store.write(epoch) as tx:
        tx.replace_holds(["account"], [held("account", "2"), held("account", "4")])
    after = {one.row.where[2]: one for one in store.holds_page(9)}
    assert set(after) == {"2", "3", "4"}
    assert (after["2"], after["3"]) == (before["2"], before["3"])


# ------------------------------------------------------------------ letters that wait


def test_letters_wait_for_their_time(database: Database, mine: int) -> None:
    mails = Mails(database)
    mails.put(mine, "a@example.test", "One", "", "", "later", NOW + timedelta(days=400))
    assert mine not in [one.connection_id for one in mails.due(LATER)]


# ------------------------------------------------------------------ what was decided, by pages


def test_decisions_of_some_records_and_by_pages(database: Database, mine: int) -> None:
    store = SqlStore(database, mine)
    epoch, said = epoch_of(store), [Decision("ignore", ("account", ZOHO, str(n))) for n in range(1, 6)]
    said += [Decision("take", ("account", ZOHO, "9"), field="name", takes=XERO)]
    with store.write(epoch) as tx:
        tx.put_records([record(str(n)) for n in (1, 2, 3, 4, 5, 9)])
        for decision in said:
            tx.decide(decision)
    assert store.decisions_of([]) == []
    assert store.decisions_of([("account", ZOHO, "2"), ("account", XERO, "3"), ("vendor", ZOHO, "4")]) == [said[1]]
    assert store.decisions_of([("account", ZOHO, "9")]) == [said[5]]
    first = store.decisions_page(4)
    assert [decision for _, decision in first] == said[:4]
    assert [decision for _, decision in store.decisions_page(4, after=first[-1][0])] == said[4:]
    assert SqlStore(database, other_of(database)).decisions_page() == []


def other_of(database: Database) -> int:
    return Connections(database).create(f"elsewhere {next(NUMBERS)}").id


def test_records_that_wait_are_counted_once(database: Database, mine: int) -> None:
    store = SqlStore(database, mine)
    rows = [HoldRow(("account", ZOHO, "1"), "conflict", "m", "h", name, "t") for name in ("name", "phone")]
    rows += [HoldRow(("account", XERO, "1"), "ambiguous", "m", "h", None, "t")]
    assert store.held_records() == 0
    with store.write(epoch_of(store)) as tx:
        tx.replace_holds(None, rows)
    assert store.held_records() == 2
    assert SqlStore(database, other_of(database)).held_records() == 0
