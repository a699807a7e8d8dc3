"""The CRM adapter under every setting of every switch, by itself and with every other (tests/switches): what nobody
has verified must not matter (facts/zoho.md 7)."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from extension.sync.canonical import ZOHO
from extension.sync.model import Row
from extension.sync.ports import Probe
from tests.contract.remote_rig import ZohoRig
from tests.switches.rows import ROWS
from tests.switches.table import SINGLE

UNDER = [
    *(pytest.param({one.name: one.value}, id=str(one)) for one in SINGLE if one.side == ZOHO),
    *(pytest.param(row.switches[ZOHO], id=str(row)) for row in ROWS),
]

LAG = 61.0  # a list, or a search, is as late as any setting makes it


@pytest.mark.parametrize("switches", UNDER)
def test_create_find_update_walk_and_read_agree(switches: dict[str, Any]) -> None:
    rig = ZohoRig(switches=switches)
    writes = [rig.write("Accounts", "create", {"Account_Name": f"C{n}", "Phone": f"{n}"}) for n in range(60)]
    made = [answer for call, _ in rig.remote.draft(writes) for answer in rig.remote.send(call)]
    assert all(isinstance(answer, Row) for answer in made)
    rows = [answer for answer in made if isinstance(answer, Row)]
    assert [row.body["Account_Name"] for row in rows] == [f"C{n}" for n in range(60)]
    rig.clock.advance(LAG)
    assert [row.id for row in rig.remote.find("Accounts", [Probe(None, "C7", {})])] == [rows[7].id]
    rig.clock.advance(120)
    read = rig.remote.fetch("Accounts", [row.id for row in rows])
    rig.clock.advance(120)
    changed = [rig.write("Accounts", "update", {"Phone": "7"}, id_, row) for id_, row in read.items()]
    answers = [answer for call, _ in rig.remote.draft(changed) for answer in rig.remote.send(call)]
    assert {answer.body["Phone"] for answer in answers if isinstance(answer, Row)} == {"7"}
    rig.clock.advance(LAG)
    walked = [row for page in rig.remote.walk("Accounts", None, None) for row in page.rows]
    written = {answer.id: answer.body for answer in answers if isinstance(answer, Row)}
    assert {row.id: row.body for row in walked} == written
    rig.edit("delete", "Accounts", rows[0].id)
    assert rows[0].id in {stone.id for part in rig.remote.deleted("Accounts", None) for stone in part}
    assert rig.remote.fetch("Accounts", [rows[0].id]) == {rows[0].id: None}
    (document,) = rig.remote.draft([rig.write("Invoices", "create", _invoice(rows[1].id, rig.product()))])
    (invoice,) = rig.remote.send(document[0])
    assert isinstance(invoice, Row)
    whole = rig.remote.fetch("Invoices", [invoice.id])[invoice.id]
    assert whole is not None
    assert [line["Quantity"] for line in whole.body["Invoiced_Items"]] == [2, 3]
    assert (whole.body["Grand_Total"], whole.modified) == (D("52.5"), invoice.modified)


def _invoice(account: str, product: str) -> dict[str, Any]:
    lines = [{"Product_Name": {"id": product}, "Quantity": n, "List_Price": D("10.5")} for n in (2, 3)]
    return {"Subject": "Order 1", "Account_Name": {"id": account}, "Invoiced_Items": lines}
