"""zohocrmsdk8_0 7.0.0, Zoho's own client of v8, which our adapter does not use (facts/zoho.md 1.6, 5.3)."""

from __future__ import annotations

from functools import cache
from tempfile import TemporaryDirectory

import pytest

from sandbox.server import Server
from tests.contract.test_sandbox_zoho_oauth import consent, exchange
from tests.contract.zoho_caller import Crm
from tests.outsiders import at_work
from tests.outsiders.at_work import Seen

pytestmark = pytest.mark.outsider("zohocrmsdk8_0 7.0.0")

STAMPS = ["$approval_state", "Created_By", "Created_Time", "Modified_By", "Modified_Time", "id"]


@cache
def work() -> Seen:
    """What it told after all of its work, done once."""
    crm = Crm()
    refresh_token = exchange(crm, consent(crm)["code"])["refresh_token"]
    server = Server(crm.app)
    server.start()
    with TemporaryDirectory() as folder:
        seen = at_work.python("zohocrmsdk_at_work.py", at_work.STRAIGHT, server.url, refresh_token, folder)
    server.stop()
    return seen


@pytest.fixture
def seen() -> Seen:
    """Asked for by a test and not by the module, so that the judges hear of it."""
    return work()


@pytest.mark.behaviour("zoho", 4, 8)
def test_it_creates(seen: Seen) -> None:
    made = seen["records"]["made"]
    assert (made["status"], made["codes"], made["said"]) == (201, ["SUCCESS"] * 5, ["record added"] * 5)
    assert made["details"] == [STAMPS] * 5
    assert all(len(record_id) == 19 for record_id in made["ids"])
    assert len(set(made["ids"])) == 5


@pytest.mark.behaviour("zoho", 6)
def test_it_pages_by_token(seen: Seen) -> None:
    found = [["Account 0", "Account 1"], ["Account 2", "Account 3"], ["Account 4", "New"], ["Good"]]
    assert seen["records"]["pages"] == found
    assert seen["records"]["without_fields"] == [400, "REQUIRED_PARAM_MISSING", {"param_name": "fields"}]


@pytest.mark.behaviour("zoho", 7)
def test_nothing_is_newer(seen: Seen) -> None:
    assert seen["records"]["later"] == 304


@pytest.mark.behaviour("zoho", 3)
def test_it_updates_and_reads(seen: Seen) -> None:
    changed = seen["records"]["changed"]
    assert (changed["status"], changed["said"], changed["details"]) == (200, ["record updated"], [STAMPS])
    assert seen["records"]["one"] == ["Account 0", "09 300 4000", "https://a.example"]
    assert seen["records"]["owner"] == "Aroha Ngata"
    assert seen["records"]["modified"].startswith("2026-08-03 22:"), "the organisation's zone, read as UTC"


@pytest.mark.behaviour("zoho", 11, 14)
def test_it_clears_a_field(seen: Seen) -> None:
    """By null."""
    assert seen["records"]["cleared"] == ["Account 0", "09 300 4000", None]
    assert seen["records"]["by"] == "Aroha Ngata"


@pytest.mark.behaviour("zoho", 10)
def test_it_upserts(seen: Seen) -> None:
    assert seen["records"]["upserted"] == [["update", "Account_Name"], ["insert", None]]


@pytest.mark.behaviour("zoho", 8, 9)
def test_it_is_told_what_failed_of_a_batch(seen: Seen) -> None:
    mixed = seen["records"]["mixed"]
    assert mixed["status"] == 207
    assert mixed["codes"] == ["MANDATORY_NOT_FOUND", "SUCCESS", "INVALID_DATA"]
    assert mixed["said"] == ["required field not found", "record added", "invalid data"]
    assert mixed["details"][0] == ["api_name", "json_path"]
    assert mixed["details"][2] == ["api_name", "json_path", "maximum_length"]


@pytest.mark.behaviour("zoho", 12)
def test_it_writes_and_reads_line_items(seen: Seen) -> None:
    assert seen["records"]["invoice"] == {"status": 201, "total": 3.75, "lines": [[3, "Pen"]]}


@pytest.mark.behaviour("zoho", 2)
def test_it_refreshes(seen: Seen) -> None:
    assert seen["refreshed"] == {"other": True, "works": 200}


def test_it_reads_the_settings(seen: Seen) -> None:
    assert seen["settings"] == {"organisation": "NZD", "unique": True, "type": "text"}
