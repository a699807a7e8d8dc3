"""Writing to the CRM while people edit: the optimistic lock, and what lies between write and read-back (3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from extension.remote.zoho.writing import LOCK, guarded
from extension.sync import errors
from extension.sync.actions import Call, Write
from extension.sync.model import Row
from extension.sync.ports import Answer
from tests.contract.remote_rig import START, ZohoRig

EVERY_STATUS = ["by version", "400", "202", "207"]


def draft(rig: ZohoRig, *writes: Write) -> Call:
    ((call, _),) = rig.remote.draft(writes)
    return call


def send(rig: ZohoRig, *writes: Write) -> list[Answer]:
    return [answer for call, _ in rig.remote.draft(writes) for answer in rig.remote.send(call)]


def account(rig: ZohoRig, name: str, **more: Any) -> Write:
    return rig.write("Accounts", "create", {"Account_Name": name, **more})


def row(answer: Answer) -> Row:
    assert isinstance(answer, Row), answer
    return answer


def fetched(rig: ZohoRig, feed: str, id_: str) -> Row:
    found = rig.remote.fetch(feed, [id_])[id_]
    assert found is not None
    return found


# ------------------------------------------------------------------ the optimistic lock


def at(second: int) -> datetime:
    return START.replace(microsecond=0) + timedelta(seconds=second)


def locked(n: int, modified: int, read: int) -> Write:
    return Write("Accounts", "zoho", "update", str(n), {}, (), at(modified), at(read))


def shares(writes: Sequence[Write]) -> list[tuple[int | None, list[str | None]]]:
    return [
        (None if guard is None else int((guard - at(0)).total_seconds()), [w.remote for w in group])
        for guard, group in guarded(writes)
    ]


def test_rows_share_a_lock_as_long_as_one_moment_guards_them_all() -> None:
    assert shares([locked(1, 10, 100), locked(2, 99, 100)]) == [(99, ["1", "2"])]
    # Changed in the second in which it was read: alone, by its own time.
    assert shares([locked(1, 10, 100), locked(2, 100, 100)]) == [(99, ["1"]), (100, ["2"])]
    # Read later and changed after the first was read: a later moment guards it.
    assert shares([locked(1, 10, 100), locked(2, 150, 200), locked(3, 5, 300)]) == [(99, ["1", "3"]), (199, ["2"])]


def test_what_was_never_read_has_no_lock() -> None:
    write = Write("Accounts", "zoho", "update", "1", {}, ())
    assert shares([write]) == [(None, ["1"])]
    assert shares([Write("Accounts", "zoho", "update", "1", {}, (), at(3), None)]) == [(3, ["1"])]


def test_an_edit_since_we_read_is_stale_and_the_others_go_through() -> None:
    rig = ZohoRig()
    ids = [rig.account(f"C{n}") for n in range(3)]
    rig.clock.advance(60)
    read = rig.remote.fetch("Accounts", ids)
    rig.clock.advance(60)
    rig.edit("edit", "Accounts", ids[1], Billing_City="a person's")
    writes = [rig.write("Accounts", "update", {"Website": "https://x.example"}, id_, read[id_]) for id_ in ids]
    call = draft(rig, *writes)
    assert LOCK in call.headers
    first, stale, last = rig.remote.send(call)
    assert isinstance(stale, errors.Stale)
    assert row(first).body["Website"] == row(last).body["Website"] == "https://x.example"
    assert fetched(rig, "Accounts", ids[1]).body["Billing_City"] == "a person's"


def test_a_call_of_which_every_row_is_stale_is_412() -> None:
    rig = ZohoRig()
    id_ = rig.account()
    rig.clock.advance(60)
    read = fetched(rig, "Accounts", id_)
    rig.clock.advance(60)
    rig.edit("edit", "Accounts", id_, Billing_City="a person's")
    (answer,) = send(rig, rig.write("Accounts", "update", {"Billing_City": "ours"}, id_, read))
    assert isinstance(answer, errors.Stale)


def test_a_412_without_rows_is_stale_as_a_whole() -> None:
    rig = ZohoRig()
    id_ = rig.account()
    rig.fault(method="PUT", kind="status_before", params={"status": 412, "body": {"code": "ALREADY_MODIFIED"}})
    with pytest.raises(errors.Stale):
        send(rig, rig.write("Accounts", "update", {"Phone": "1"}, id_))


def test_an_edit_in_the_second_of_our_reading_is_seen() -> None:
    """Times are whole seconds: the lock must not lie in the second in which we read."""
    rig = ZohoRig()
    id_ = rig.account()
    rig.clock.advance(60)
    read = fetched(rig, "Accounts", id_)
    rig.edit("edit", "Accounts", id_, Billing_City="the same second")
    (answer,) = send(rig, rig.write("Accounts", "update", {"Billing_City": "ours"}, id_, read))
    assert isinstance(answer, errors.Stale)


# ------------------------------------------------------------------ edits between write and read-back


def edit_after_write(rig: ZohoRig, feed: str, id_: str, **changes: Any) -> None:
    """A person edits between our write and our reading it back."""

    def edit() -> None:
        rig.clock.advance(2)
        rig.edit("edit", feed, id_, **changes)

    rig.after(lambda request: request.write, edit)


def test_a_persons_edit_right_after_our_write_is_not_taken_for_ours() -> None:
    rig = ZohoRig()
    id_ = rig.account()
    written = rig.clock.now().replace(microsecond=0)
    edit_after_write(rig, "Accounts", id_, Billing_City="theirs", Tax_Number="theirs")
    (answer,) = send(rig, rig.write("Accounts", "update", {"Billing_City": "ours"}, id_))
    stored = row(answer)
    assert (stored.body["Billing_City"], stored.body["Tax_Number"]) == ("ours", "theirs")
    assert stored.modified == written
    assert fetched(rig, "Accounts", id_).modified > written


def test_lines_that_somebody_edits_right_after_our_write_keep_their_ids_and_our_values() -> None:
    rig = ZohoRig()
    id_ = rig.invoice()
    (line,) = fetched(rig, "Invoices", id_).body["Invoiced_Items"]
    product = line["Product_Name"]["id"]
    edit_after_write(rig, "Invoices", id_, Invoiced_Items=[{"id": line["id"], "Quantity": 99}])
    lines = [{"id": line["id"], "Quantity": 3}, {"Product_Name": {"id": product}, "Quantity": 5, "List_Price": 1}]
    (answer,) = send(rig, rig.write("Invoices", "update", {"Invoiced_Items": lines}, id_))
    first, second = row(answer).body["Invoiced_Items"]
    assert (first["id"], first["Quantity"], second["Quantity"]) == (line["id"], 3, 5)
    assert second["id"] not in ("", line["id"])


def test_a_record_deleted_right_after_our_write_was_still_written() -> None:
    rig = ZohoRig()

    def delete() -> None:
        rig.edit("delete", "Accounts", rig.service.dump()["Accounts"][-1]["id"])

    rig.after(lambda request: request.write, delete)
    (answer,) = send(rig, account(rig, "A"))
    assert row(answer).body["Account_Name"] == "A"
