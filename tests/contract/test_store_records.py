"""Records: what was put comes back as it was, found by everything it is found by, in one order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Record, Ref
from extension.sync.ports import Store
from tests.contract.store_cases import LATER, NOW, dirty, epoch_of, put, record

LINES = [{"id": "l1", "price": Decimal("0.3333"), "text": "Tāmaki \x00 ≤ 'quote'"}, {"id": "l2", "price": None}]


@pytest.fixture
def epoch(store: Store) -> int:
    return epoch_of(store)


def ids(records: object) -> list[str]:
    return [r.id for r in records]  # type: ignore[attr-defined]


def test_a_record_comes_back_as_it_was(store: Store, epoch: int) -> None:
    whole = Record(
        entity="contact",
        side=XERO,
        id="C/1",
        remote="C",
        feed="contacts",
        modified=NOW,
        fields={"name": "Ōtākou", "amount": Decimal("10.50"), "flag": True, "blank": None, "lines": LINES},
        state="out_of_scope",
        handle="CODE",
        keys=("a@b.test", "ann lee", "third", "fourth"),
        stamp="Z9",
        scope=Ref("account", "C"),
        refs=(Ref("account", "C"), Ref("product", "P")),
        demands=(Ref("account", "C"),),
        births=False,
        title="Ann",
        version=3,
        read_at=LATER,
        first_seen=NOW,
        restless=True,
        successor="D/0",
    )
    put(store, epoch, whole)
    [found] = store.by_id("contact", XERO, ["C/1"])
    assert found == whole
    assert (found.text, found.digest) == (whole.text, whole.digest)
    assert found.fields["lines"][0]["price"] == Decimal("0.3333")
    assert replace(found, title="Bea").digest == whole.digest


def test_what_may_change_without_its_time_moving_is_known(store: Store, epoch: int) -> None:
    """Rows, each once, however many views they have; none that is gone or came to rest."""
    views = [record("1", remote="b", restless=True), record("2", remote="b", restless=True), record("3", remote="a")]
    put(store, epoch, *views, record("4", remote="c", restless=True), record("5", XERO, restless=True))
    put(store, epoch, record("6", remote="d", restless=True, state="gone"))
    assert list(store.restless(ZOHO, "Accounts")) == ["b", "c"]
    put(store, epoch, record("4", remote="c"), record("3", remote="a", restless=True))
    assert list(store.restless(ZOHO, "Accounts")) == ["a", "b"]
    with store.write(epoch) as tx:
        tx.mark_gone(ZOHO, "Accounts", ["b"], LATER)
    assert list(store.restless(ZOHO, "Accounts")) == ["a"]


def test_a_record_is_found_by_everything_that_names_it(store: Store, epoch: int) -> None:
    zoho = record("1", handle="h1", keys=("k1", "k2"), stamp="s1", scope=Ref("account", "parent"), remote="r1")
    xero = record("2", XERO, keys=("k2",))
    put(store, epoch, zoho, xero, record("1", entity="contact", keys=("k1",)))
    assert store.by_id("account", ZOHO, ["2", "1"]) == [zoho]
    assert store.by_handle("account", ZOHO, ["h1", "1"]) == [zoho]
    assert store.by_handle("account", XERO, ["2"]) == [xero]
    assert store.by_remote(ZOHO, "Accounts", ["r1"]) == [zoho]
    assert store.by_key("account", ["k2"]) == [xero, zoho]
    assert store.by_key("account", ["k1"]) == [zoho]
    assert store.by_stamp("account", ZOHO, ["s1"]) == [zoho]
    assert store.by_scope("account", ZOHO, ["parent"]) == [zoho]


def test_it_is_not_found_by_what_named_it_before(store: Store, epoch: int) -> None:
    old = record("1", handle="h1", keys=("k1", "k2"), stamp="s1", scope=Ref("account", "parent"))
    put(store, epoch, old)
    put(store, epoch, record("1", handle="h2", keys=("k2",)))
    assert not store.by_handle("account", ZOHO, ["h1", "1"])
    assert not store.by_key("account", ["k1"])
    assert not store.by_stamp("account", ZOHO, ["s1"])
    assert not store.by_scope("account", ZOHO, ["parent"])
    assert ids(store.by_key("account", ["k1", "k2"])) == ["1"]


def test_an_empty_handle_stands_for_the_id(store: Store, epoch: int) -> None:
    put(store, epoch, record("1", handle=""))
    assert ids(store.by_handle("account", ZOHO, ["1"])) == ["1"]
    assert store.by_id("account", ZOHO, ["1"])[0].handle == "1"


def test_asking_for_nothing_finds_nothing(store: Store, epoch: int) -> None:
    put(store, epoch, record("1"))
    assert not store.by_id("account", ZOHO, [])
    assert not store.by_handle("account", ZOHO, [])
    assert not store.by_key("account", [])
    assert not store.by_remote(ZOHO, "Accounts", [])


def test_records_come_sorted_by_entity_side_and_code_point(store: Store, epoch: int) -> None:
    names = ["b", "B", "a", "é", "10", "9", "_"]
    put(store, epoch, *(record(name, side, keys=("k",)) for name in names for side in (ZOHO, XERO)))
    found = [(r.side, r.id) for r in store.by_key("account", ["k"])]
    assert found == sorted(found)
    assert dirty(store) == [id_ for _, id_ in found]
    assert [id_ for batch in store.unseen(ZOHO, "Accounts", NOW) for id_ in batch] == sorted(names)


def test_the_first_sight_is_kept_and_the_last_reading_counts(store: Store, epoch: int) -> None:
    put(store, epoch, record("1"))
    put(store, epoch, record("1", first_seen=LATER, modified=LATER, read_at=LATER, title="again"))
    [found] = store.by_id("account", ZOHO, ["1"])
    assert (found.first_seen, found.modified, found.read_at, found.title) == (NOW, LATER, LATER, "again")
    put(store, epoch, record("2", first_seen=None, read_at=LATER))
    assert store.by_id("account", ZOHO, ["2"])[0].first_seen == LATER


def test_the_last_of_several_observations_counts(store: Store, epoch: int) -> None:
    put(store, epoch, record("1", title="first"), record("1", title="last"))
    assert [r.title for r in store.by_id("account", ZOHO, ["1"])] == ["last"]


def test_more_than_a_batch(store: Store, epoch: int) -> None:
    many = [f"{n:05}" for n in range(2500)]
    put(store, epoch, *(record(id_, keys=(f"k{id_}",)) for id_ in many))
    assert ids(store.by_id("account", ZOHO, many)) == many
    assert len(store.by_key("account", [f"k{id_}" for id_ in many])) == 2500
    batches = [len(batch) for batch in store.dirty("account")]
    assert sum(batches) == 2500
    assert max(batches) <= 1000
    assert sum(len(batch) for batch in store.unseen(ZOHO, "Accounts", NOW)) == 2500
    assert store.count_records("account", ZOHO) == store.count_rows(ZOHO, "Accounts") == 2500


# ------------------------------------------------------------------ gone


def test_every_view_of_a_row_goes_with_it(store: Store, epoch: int) -> None:
    views = [record("1"), record("1/0", entity="contact", remote="1", keys=("k",), scope=Ref("account", "1"))]
    put(store, epoch, *views, record("2"))
    with store.write(epoch) as tx:
        tx.mark_gone(ZOHO, "Accounts", ["1", "unknown"], LATER)
    gone = store.by_remote(ZOHO, "Accounts", ["1"])
    assert [r.state for r in gone] == ["gone", "gone"]
    assert [(r.fields, r.modified, r.read_at) for r in gone] == [(v.fields, NOW, LATER) for v in views]
    assert not store.by_key("contact", ["k"])
    assert not store.by_scope("contact", ZOHO, ["1"])
    assert ids(store.by_handle("account", ZOHO, ["1", "2"])) == ["1", "2"]
    assert (store.count_records("account", ZOHO), store.count_rows(ZOHO, "Accounts")) == (1, 1)


def test_the_same_id_in_another_feed_stays(store: Store, epoch: int) -> None:
    put(store, epoch, record("1"), record("1", entity="vendor", feed="Vendors"))
    with store.write(epoch) as tx:
        tx.mark_gone(ZOHO, "Vendors", ["1"], LATER)
    assert store.by_id("account", ZOHO, ["1"])[0].live


def test_out_of_scope_counts_as_live(store: Store, epoch: int) -> None:
    put(store, epoch, record("1", state="out_of_scope", keys=("k",)), record("2", state="gone", keys=("k",)))
    assert store.count_records("account", ZOHO) == 1
    assert ids(store.by_key("account", ["k"])) == ["1"]


# ------------------------------------------------------------------ full scans


def test_what_a_full_scan_did_not_see(store: Store, epoch: int) -> None:
    person = record("1/0", entity="contact", remote="1")
    put(store, epoch, record("1"), person, record("2"), record("3", state="gone"), record("4", XERO))

    def unseen(before: object) -> list[str]:
        return [id_ for batch in store.unseen(ZOHO, "Accounts", before) for id_ in batch]  # type: ignore[arg-type]

    assert unseen(NOW) == ["1", "2"]
    with store.write(epoch) as tx:
        tx.saw(ZOHO, "Accounts", ["1", "unknown"], NOW)
    assert unseen(NOW) == ["2"]
    assert unseen(LATER) == ["1", "2"]
    put(store, epoch, record("1", modified=LATER), replace(person, id="1/1"))
    assert unseen(NOW) == ["2"], "a new view of a row that was seen"


def test_what_a_full_scan_stores_says_itself_that_it_was_seen(store: Store, epoch: int) -> None:
    put(store, epoch, record("1"), record("2"))
    with store.write(epoch) as tx:
        tx.put_records([record("1", modified=LATER), record("3")], NOW)
    put(store, epoch, record("3", modified=LATER))
    assert [id_ for batch in store.unseen(ZOHO, "Accounts", NOW) for id_ in batch] == ["2"]
    assert [id_ for batch in store.unseen(ZOHO, "Accounts", LATER) for id_ in batch] == ["1", "2", "3"]


def test_times_keep_their_microseconds(store: Store, epoch: int) -> None:
    moment = NOW + timedelta(microseconds=1)
    put(store, epoch, record("1", modified=moment))
    assert store.by_id("account", ZOHO, ["1"])[0].modified == moment
