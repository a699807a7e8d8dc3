"""The CRM adapter under every value of every switch: what nobody has verified must not matter (facts/zoho.md 7)."""

from __future__ import annotations

from typing import Any

import pytest

from extension.sync.model import Row
from extension.sync.ports import Probe
from sandbox.zoho.settings import CHOICES, Switches
from tests.contract.remote_rig import ZohoRig

NUMBERS: dict[str, tuple[Any, ...]] = {"ids_max_characters": (0, 400, 1024), "concurrency": (0, 4)}
BOOLEANS = [name for name, default in vars(Switches()).items() if isinstance(default, bool)]
SWITCHES: list[tuple[str, Any]] = [
    *((name, value) for name, values in {**CHOICES, **NUMBERS}.items() for value in values),
    *((name, value) for name in BOOLEANS for value in (True, False)),
]


@pytest.mark.parametrize(("name", "value"), SWITCHES)
def test_create_find_update_walk_and_read_agree(name: str, value: Any) -> None:
    rig = ZohoRig(switches={name: value})
    writes = [rig.write("Accounts", "create", {"Account_Name": f"C{n}", "Phone": f"{n}"}) for n in range(60)]
    made = [answer for call, _ in rig.remote.draft(writes) for answer in rig.remote.send(call)]
    assert all(isinstance(answer, Row) for answer in made)
    rows = [answer for answer in made if isinstance(answer, Row)]
    assert [row.body["Account_Name"] for row in rows] == [f"C{n}" for n in range(60)]
    assert [row.id for row in rig.remote.find("Accounts", [Probe(None, "C7", {})])] == [rows[7].id]
    rig.clock.advance(120)
    read = rig.remote.fetch("Accounts", [row.id for row in rows])
    rig.clock.advance(120)
    changed = [rig.write("Accounts", "update", {"Phone": "7"}, id_, row) for id_, row in read.items()]
    answers = [answer for call, _ in rig.remote.draft(changed) for answer in rig.remote.send(call)]
    assert {answer.body["Phone"] for answer in answers if isinstance(answer, Row)} == {"7"}
    walked = [row for page in rig.remote.walk("Accounts", None, None) for row in page.rows]
    written = {answer.id: answer.body for answer in answers if isinstance(answer, Row)}
    assert {row.id: row.body for row in walked} == written
    rig.edit("delete", "Accounts", rows[0].id)
    assert rows[0].id in {stone.id for part in rig.remote.deleted("Accounts", None) for stone in part}
    assert rig.remote.fetch("Accounts", [rows[0].id]) == {rows[0].id: None}
