"""Xero's adapter under every setting of every switch, by itself and with every other (tests/switches): what nobody
has verified must not matter (facts/xero.md 8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from extension.sync.canonical import XERO
from extension.sync.model import Row
from extension.sync.ports import Probe
from tests.contract.remote_rig import XeroRig
from tests.switches.rows import ROWS
from tests.switches.table import SINGLE

UNDER = [
    *(pytest.param({one.name: one.value}, id=str(one)) for one in SINGLE if one.side == XERO),
    *(pytest.param(row.switches[XERO], id=str(row)) for row in ROWS),
]

LAG = 61.0  # a list is as late as any setting makes it


@pytest.mark.parametrize("switches", UNDER)
def test_create_find_update_walk_and_read_agree(switches: dict[str, Any]) -> None:
    rig = XeroRig(page_size=20, **switches)
    since = rig.clock.now() - timedelta(seconds=5)
    made = rig.create("Contacts", *[{"Name": f"C{n}", "ContactNumber": f"n{n}"} for n in range(60)])
    assert [row.body["Name"] for row in made] == [f"C{n}" for n in range(60)]
    rig.clock.advance(LAG)
    assert [row.id for row in rig.remote.find("Contacts", [Probe("n7", "C7", {})])] == [made[7].id]
    ref = {"Contact": {"ContactID": made[0].id}, "LineItems": [{"Description": "Pens"}]}
    (invoice,) = rig.create("Invoices", {**ref, "Reference": "CRM-1"})
    (order,) = rig.create("PurchaseOrders", ref)
    changed = [rig.write("Contacts", "update", {"Name": row.body["Name"], "TaxNumber": "7"}, row.id) for row in made]
    answers = [answer for call, _ in rig.remote.draft(changed) for answer in rig.remote.send(call)]
    assert [answer.id for answer in answers if isinstance(answer, Row)] == [row.id for row in made]
    rig.clock.advance(LAG)
    for start in (None, since):
        walked = {row.id: row for page in rig.remote.walk("Contacts", start, None) for row in page.rows}
        assert set(walked) == {row.id for row in made}
        assert {row.body["TaxNumber"] for row in walked.values()} == {"7"}
    for feed, row in (("Invoices", invoice), ("PurchaseOrders", order)):
        assert isinstance(row, Row)
        read = rig.remote.fetch(feed, [row.id])[row.id]
        assert read is not None
        assert read.modified == row.modified
    gone = rig.write("Invoices", "retire", {"Status": "DELETED"}, invoice.id)
    ((call, _),) = rig.remote.draft([gone])
    rig.remote.send(call)
    after = rig.remote.fetch("Invoices", [invoice.id])[invoice.id]
    assert after is not None
    assert after.state == "gone"
    assert rig.service.unmodelled() == []
