"""Whatever is wrong: one clear sentence, the right exit code, and nothing written."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from extension.config import ROOT, Settings
from extension.console import runs
from extension.store import new_key
from sandbox.faults import Rule
from tests.ports import free_port
from tests.system.installation import Installation, Ran

WRONG: dict[str, tuple[list[str], str]] = {
    "unknown entity": (["sync", "--entity", "lead"], "account, vendor"),
    "unknown entity in a plan": (["plan", "--entity", "lead"], "account, vendor"),
    "no such since": (["sync", "--since", "yesterday"], "30d"),
    "no days": (["sync", "--since", "0d"], "30d"),
    "unknown entity of a record": (["sync", "--record", "lead:1"], "ENTITY:ZOHO_ID"),
    "record without an id": (["sync", "--record", "account:"], "ENTITY:ZOHO_ID"),
    "record and entity": (["sync", "--record", "account:1", "--entity", "account"], "--record names one record"),
    "record and since": (["sync", "--record", "account:1", "--since", "all"], "--record names one record"),
    "unknown connection": (["sync", "--connection", "Nobody"], "Harbour Office Supplies"),
    "unknown mode": (["sync", "--mode", "sideways"], "zoho-to-xero"),
    "unknown option": (["sync", "--force"], "--force"),
    "unknown command": (["synchronise"], "synchronise"),
    "run that is no number": (["history", "--run", "last"], "last"),
    "wrong start date": (["connect", "--start-date", "soon"], "everything"),
    "no such Xero organisation": (["connect", "--xero-organisation", "Nobody Ltd"], "Xero"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_a_usage_error_and_changes_nothing(synced: Installation, case: str) -> None:
    words, hint = WRONG[case]
    before = synced.rows()
    ran = synced.flask(*words)
    assert ran.status == 2, ran
    assert hint in ran.err
    assert_said_once(ran)
    assert ran.out == ""
    assert synced.rows() == before
    assert synced.writes() == 0
    assert len(synced.flask("history", "--json").json["runs"]) == 1, "nothing was begun"


def test_a_record_that_the_crm_does_not_have(synced: Installation) -> None:
    ran = synced.flask("sync", "--record", "account:5843104000000999999", "--json")
    assert ran.status == 2
    assert "5843104000000999999" in ran.json["error"]["message"]
    assert synced.writes() == 0
    assert synced.flask("history", "--json").json["runs"][0]["state"] == "failed"


def test_with_json_an_error_is_one_document(fresh: Installation) -> None:
    ran = fresh.flask("sync", "--json")
    assert set(ran.json) == {"error"}
    assert set(ran.json["error"]) == {"code", "message", "hint"}


# ------------------------------------------------------------------ credentials and settings


@pytest.mark.parametrize("side", ["zoho", "xero"])
def test_missing_credentials_are_named(make: Callable[..., Installation], side: str) -> None:
    one = make(**{f"{side}_client_secret": ""})
    for words in (["connect"], ["doctor"]):
        ran = one.flask(*words)
        assert ran.status == 2
        assert f"{side.upper()}_CLIENT_ID and {side.upper()}_CLIENT_SECRET are not both set" in ran.out + ran.err
    assert one.world.zoho.journal.since(0) == [], "nobody is sent anywhere before both are there"


@pytest.mark.parametrize("name", ["zoho_client_id", "zoho_client_secret", "xero_client_id", "xero_client_secret"])
def test_wrong_credentials_are_a_sentence(make: Callable[..., Installation], name: str) -> None:
    one = make(**{name: "s3cret-canary"})
    ran = one.flask("connect")
    assert ran.status == 2
    assert_said_once(ran)
    assert "client" in ran.err.lower()
    assert "s3cret-canary" not in ran.out + ran.err
    assert one.flask("history").status == 2, "no connection came of it"


def test_credentials_that_were_taken_away_stop_a_sync(synced: Installation) -> None:
    for words in (["sync"], ["fetch"], ["plan"], ["audit"]):
        ran = synced.flask(*words, xero_client_secret="")
        assert ran.status == 2
        assert "XERO_CLIENT_SECRET" in ran.err
    assert synced.writes() == 0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"database_url": "mysql://localhost/x"}, "DATABASE_URL"),
        ({"database_url": "sqlite://"}, "DATABASE_URL"),
        ({"encryption_keys": ("short",)}, "ENCRYPTION_KEYS"),
        ({"encryption_keys": ("A" * 43 + "=",)}, "ENCRYPTION_KEYS"),
    ],
)
def test_wrong_settings_are_named(synced: Installation, given: dict[str, Any], words: str) -> None:
    ran = synced.flask("audit", **given)
    assert ran.status == 2
    assert words in ran.err
    assert_said_once(ran)


def test_a_key_that_others_can_read_is_not_used(synced: Installation) -> None:
    (synced.folder / "encryption_keys").chmod(0o644)
    ran = synced.flask("sync")
    assert ran.status == 2
    assert "chmod 600" in ran.err
    assert "chmod 600" in synced.flask("doctor").out


def test_keys_that_open_nothing_are_found_before_any_service_is_asked(synced: Installation) -> None:
    ran = synced.flask("doctor", "--json", encryption_keys=(new_key(),))
    assert ran.status == 2
    (found,) = [each for each in ran.json["findings"] if each["verdict"] == "settings"]
    assert (found["check"], found["connection"]) == ("ENCRYPTION_KEYS", synced.house().connection(None).name)
    assert "cannot be read with the keys" in found["message"]


def test_a_half_configured_map_is_a_sentence(synced: Installation) -> None:
    house = synced.house()
    (connection,) = house.connections.list()
    settings = dict(connection.settings)
    fields = [f for f in settings["entities"]["account"]["fields"] if f["name"] != "name"]
    settings["entities"] = {**settings["entities"], "account": {**settings["entities"]["account"], "fields": fields}}
    house.connections.update_settings(connection.id, settings, "a test", datetime.now(UTC))
    before = synced.rows()
    for words in (["sync", "--yes"], ["plan"], ["audit"]):
        ran = synced.flask(*words)
        assert ran.status == 2
        assert "must be mapped on both sides" in ran.err
        assert_said_once(ran)
    assert synced.rows() == before
    doctor = synced.flask("doctor")
    assert doctor.status == 2
    assert "must be mapped on both sides" in doctor.out


# ------------------------------------------------------------------ services


def test_a_service_that_is_down(synced: Installation) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    for words in (["sync"], ["plan"], ["audit"], ["fetch"]):
        ran = synced.flask(*words, xero_api_url=nowhere)
        assert ran.status == 3, ran
        assert "could not be reached" in ran.out + ran.err
        assert "Traceback" not in ran.out + ran.err
    assert synced.flask("doctor", xero_api_url=nowhere).status == 3
    assert synced.writes() == 0
    assert synced.flask("audit").status == 0, "nothing was lost"


def test_connecting_to_a_service_that_is_down(fresh: Installation) -> None:
    ran = fresh.flask("connect", xero_login_url=f"http://127.0.0.1:{free_port()}")
    assert ran.status == 3
    assert "Nothing answers" in ran.err


def test_a_service_that_fails(synced: Installation) -> None:
    synced.world.zoho.faults.add(Rule(method="GET", path="/Products", kind="status_before", params={"status": 500}))
    ran = synced.flask("sync", "--json")
    assert ran.status == 3
    assert ran.json["state"] == "failed"
    assert ran.json["problem"]["message"]
    assert synced.flask("audit").status == 0


def test_too_many_calls_say_when_to_go_on(synced: Installation) -> None:
    rule = Rule(method="GET", path="/Contacts", kind="throttle", params={"problem": "minute", "retry_after": 17})
    synced.world.xero.faults.add(rule)
    ran = synced.flask("sync", "--json")
    assert ran.status == 3
    assert ran.json["state"] == "limited"
    left = (datetime.fromisoformat(ran.json["until"]) - datetime.now(UTC)).total_seconds()
    assert 0 < left <= 17


def test_a_grant_that_was_taken_back(synced: Installation) -> None:
    synced.world.xero.state.identity.connections.clear()
    ran = synced.flask("sync")
    assert ran.status == 3
    assert "Connect this service again" in ran.out
    doctor = synced.flask("doctor", "--json")
    assert doctor.status == 3
    assert "flask connect" in next(f["hint"] for f in doctor.json["findings"] if f["verdict"] == "remote")
    assert synced.flask("connect").status == 0
    assert synced.flask("audit").status == 0


def test_another_run_is_under_way(synced: Installation) -> None:
    house = synced.house()
    (connection,) = house.connections.list()
    assert house.store(connection).acquire("somebody else", datetime.now(UTC), 60) is not None
    ran = synced.flask("sync")
    assert ran.status == 1
    assert "under way" in ran.err


# ------------------------------------------------------------------ ourselves


def test_a_fault_of_ours_says_where_the_log_is(synced: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("c4nary")

    monkeypatch.setattr(runs, "run", broken)
    ran = synced.flask("sync", "--json")
    assert ran.status == 1
    log = synced.folder / "log" / "extension.log"
    assert str(log) in ran.json["error"]["hint"]
    assert "c4nary" not in ran.out + ran.err
    assert "RuntimeError: c4nary" in log.read_text()


def test_no_token_is_ever_written_down(synced: Installation) -> None:
    synced.flask("sync")
    house = synced.house()
    (connection,) = house.connections.list()
    kept = b"".join(path.read_bytes() for path in synced.folder.rglob("*") if path.is_file())
    for side in ("zoho", "xero"):
        grant = house.grants(connection.id).get(side)
        assert grant is not None
        assert grant.access.encode() not in kept
        assert grant.refresh.encode() not in kept


def test_a_wrong_variable_of_a_real_process(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    environment = {**clean, "INSTANCE_DIR": str(tmp_path), "XERO_API_URL": "http://api.xero.com"}
    words = [sys.executable, "-m", "flask", "--app", "app", "doctor"]
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.splitlines()[0] == "XERO_API_URL is plain http to another machine; use https"
    assert "Traceback" not in done.stderr


def assert_said_once(ran: Ran) -> None:
    """A sentence or two, and no traceback."""
    assert "Traceback" not in ran.out + ran.err
    assert 0 < len(ran.err.strip().splitlines()) <= 5, ran.err
