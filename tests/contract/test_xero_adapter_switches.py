"""Xero's adapter under every value of every switch: what nobody has verified must not matter (facts/xero.md 8)."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from extension.sync.model import Row
from extension.sync.ports import Probe
from sandbox.xero import Switches
from tests.contract.remote_rig import XeroRig

SWITCHES = [
    (entry.name, value)
    for entry in fields(Switches)
    for value in entry.metadata.get("choices") or ((True, False) if isinstance(entry.default, bool) else ())
]


@pytest.mark.parametrize(("name", "value"), SWITCHES)
def test_create_find_update_walk_and_read_agree(name: str, value: Any) -> None:
    rig = XeroRig(page_size=20, **{name: value})
    since = rig.clock.now() - timedelta(seconds=5)
    made = rig.create("Contacts", *[{"Name": f"C{n}", "ContactNumber": f"n{n}"} for n in range(60)])
    assert [row.body["Name"] for row in made] == [f"C{n}" for n in range(60)]
    assert [row.id for row in rig.remote.find("Contacts", [Probe("n7", "C7", {})])] == [made[7].id]
    ref = {"Contact": {"ContactID": made[0].id}, "LineItems": [{"Description": "Pens"}]}
    (invoice,) = rig.create("Invoices", {**ref, "Reference": "CRM-1"})
    (order,) = rig.create("PurchaseOrders", ref)
    changed = [rig.write("Contacts", "update", {"Name": row.body["Name"], "TaxNumber": "7"}, row.id) for row in made]
    answers = [answer for call, _ in rig.remote.draft(changed) for answer in rig.remote.send(call)]
    assert [answer.id for answer in answers if isinstance(answer, Row)] == [row.id for row in made]
    for start in (None, since):
        walked = {row.id: row for page in rig.remote.walk("Contacts", start, None) for row in page.rows}
        assert set(walked) == {row.id for row in made}
        assert {row.body["TaxNumber"] for row in walked.values()} == {"7"}
    for feed, row in (("Invoices", invoice), ("PurchaseOrders", order)):
        assert isinstance(row, Row)
        read = rig.remote.fetch(feed, [row.id])[row.id]
        assert read is not None
        assert read.modified == row.modified
    assert rig.service.unmodelled() == []
