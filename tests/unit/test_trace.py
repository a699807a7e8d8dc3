"""Why a record was skipped: the first "no" is the answer, and every state has one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from extension.reporting.trace import Known, steps, verdict
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Link, Record
from extension.sync.ports import Decision, HoldRow

NOW = datetime(2026, 9, 14, tzinfo=UTC)
RECORD = Record("account", ZOHO, "1", "1", "Accounts", NOW, {"name": "Acme"}, title="Acme")
TWIN = replace(RECORD, side=XERO, id="x", remote="x", feed="Contacts")
LINK = Link(1, "account", {ZOHO: "1", XERO: "x"}, {ZOHO: {}, XERO: {}})
ENTITY = cast("Any", SimpleNamespace(name="account", directions=(ZOHO, XERO)))
FREE = Known(ZOHO, RECORD, entity=ENTITY, version=1)
LINKED = replace(FREE, link=LINK, twin=TWIN)
HOLD = HoldRow(("account", ZOHO, "1"), "conflict", "Phone was changed on both sides.", "", "phone", "Acme")


@pytest.mark.parametrize(
    ("known", "said"),
    [
        (Known(ZOHO, None), "was read"),
        (replace(FREE, entity=None), "switched off"),
        (replace(FREE, record=replace(RECORD, state="gone")), "deleted or merged in Zoho CRM"),
        (replace(FREE, record=replace(RECORD, state="out_of_scope")), "Tick it in the CRM"),
        (replace(FREE, record=replace(RECORD, births=False)), "status or role"),
        (replace(FREE, start=NOW + timedelta(days=1)), "not created until somebody edits it"),
        (replace(FREE, entity=cast("Any", SimpleNamespace(directions=(ZOHO,)))), "direction of this module"),
        (replace(FREE, version=2), "the mapping changed"),
        (replace(FREE, holds=[HOLD]), "Phone was changed on both sides."),
        (replace(FREE, decisions=[Decision("ignore", ("account", ZOHO, "1"))]), "Ignored."),
        (replace(FREE, link=replace(LINK, state="retired")), "put away together"),
        (replace(LINKED, twin=replace(TWIN, state="gone")), "gone in Xero"),
        (LINKED, "It is linked"),
        (replace(LINKED, start=NOW + timedelta(days=1)), "It is linked"),
        (FREE, "Nothing stands in its way"),
        (replace(FREE, decisions=[Decision("create", ("account", ZOHO, "1"))]), "Nothing stands in its way"),
    ],
)
def test_the_answer(known: Known, said: str) -> None:
    asked = steps(known, "1 Sep 2026, 09:00")
    assert said in verdict(asked, known)
    assert all(step.question.endswith("?") and step.answer for step in asked)
