"""Every command against a running sandbox: what it says, how it ends, and that it does only what it says."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from tests.system.installation import Installation


def test_connect_passes_both_consents_and_remembers_who_they_are(fresh: Installation) -> None:
    ran = fresh.flask("connect", "--json")
    assert ran.status == 0
    assert ran.json["connection"] == "Harbour Office Supplies (sandbox)"
    assert ran.json["new"] is True
    assert ran.json["organisations"]["zoho"] == "5725767000000020005"
    assert ran.json["organisations"]["xero"] == fresh.world.xero.main_id
    assert ran.json["start_date"] is not None, "the default is the day of connecting"
    assert fresh.writes() == 0


def test_connecting_again_renews_the_grants_and_keeps_the_rest(synced: Installation) -> None:
    ran = synced.flask("connect", "--json")
    assert ran.status == 0
    assert ran.json["new"] is False
    assert ran.json["start_date"] is None, "as it was first chosen"
    assert len(synced.flask("history", "--json").json["runs"]) == 1


def test_fetch_links_what_is_surely_the_same_and_writes_nothing(connected: Installation) -> None:
    before = connected.rows()
    ran = connected.flask("fetch", "--json")
    assert ran.status == 0
    assert ran.json["records"]["account"]["linked"] > 0
    assert ran.json["calls"]["zoho"] > 0
    assert connected.writes() == 0
    assert connected.rows() == before
    assert connected.flask("fetch", "--full").status == 0


def test_a_plan_says_everything_and_writes_nothing(connected: Installation) -> None:
    before = connected.rows()
    ran = connected.flask("plan", "--json")
    assert ran.status == 1, "there is something to do"
    found = ran.json
    assert found["stops"] == ["first_run"]
    assert found["counts"]["invoice"]["create xero"] > 0
    assert all(isinstance(total, Decimal | int) for total in found["money"]["create"].values())
    assert found["cost"]["xero"] > 0
    action = next(a for a in found["actions"] if a["entity"] == "invoice" and a["kind"] == "create")
    assert {"digest", "kind", "entity", "side", "title", "zoho_id", "xero_id", "changes", "money"} == set(action)
    assert action["changes"]["date"][0] is None
    assert connected.rows() == before
    human = connected.flask("plan").out
    assert "to create in Xero" in human
    assert "NZD" in human
    assert "flask sync --yes" in human


def test_the_first_run_waits_for_a_word(connected: Installation) -> None:
    before = connected.rows()
    ran = connected.flask("sync")
    assert ran.status == 1
    assert "first run" in ran.out
    assert "`flask plan`" in ran.out
    assert "`flask sync --yes`" in ran.out
    assert connected.rows() == before
    assert (
        connected.flask("sync", "--entity", "product", "--json").json["next"][-1].count("--entity product --yes") == 1
    )


def test_a_sync_brings_both_sides_in_step_and_a_second_writes_nothing(connected: Installation) -> None:
    first = connected.flask("sync", "--yes", "--json")
    assert first.json["state"] == "done"
    assert first.status == 1, "the seeded company has records that only a person can settle"
    assert first.json["counts"]["invoice"]["created xero"] > 0
    assert all(hold["reason"] and hold["message"] for hold in first.json["holds"])
    written = connected.writes()
    second = connected.flask("sync", "--json")
    assert connected.writes() == written
    assert not [
        name
        for each in second.json["counts"].values()
        for name in each
        if name.split()[0] != "held" and name.split()[0] != "skipped"
    ]
    assert second.json["left"] == 0


def test_an_audit_says_in_step_whatever_is_held(synced: Installation) -> None:
    before = synced.rows()
    ran = synced.flask("audit", "--json")
    assert ran.status == 0
    assert ran.json["in_step"] is True
    assert ran.json["held"] == len(ran.json["holds"]) > 0
    assert synced.rows() == before
    assert "in step" in synced.flask("audit").out


def test_an_audit_finds_what_somebody_changed(synced: Installation) -> None:
    account = next(row for row in synced.world.zoho.dump()["Accounts"] if row["Xero_ID"])
    synced.world.zoho.edit("edit", "Accounts", account["id"], {"Phone": "+64 9 000 0000"})
    ran = synced.flask("audit", "--json")
    assert ran.status == 1
    assert [(a["entity"], a["zoho_id"]) for a in ran.json["actions"]] == [("account", account["id"])]
    assert ran.json["actions"][0]["changes"]["phone"][1] == "+64 9 000 0000"
    assert synced.flask("sync").status == 1
    assert synced.flask("audit").status == 0


def test_one_record_by_its_id(synced: Installation) -> None:
    product = next(row for row in synced.world.zoho.dump()["Products"] if row["Xero_ID"])
    synced.world.zoho.edit("edit", "Products", product["id"], {"Unit_Price": Decimal("123.45")})
    ran = synced.flask("sync", "--record", f"product:{product['id']}", "--json")
    assert ran.status == 0
    assert ran.json["counts"]["product"] == {"updated xero": 1}
    item = next(row for row in synced.world.xero.dump()["Items"] if row["ItemID"] == product["Xero_ID"])
    assert item["SalesDetails"]["UnitPrice"] == Decimal("123.45")


def test_one_record_needs_the_data_of_both_sides_first(connected: Installation) -> None:
    account = connected.world.zoho.dump()["Accounts"][0]["id"]
    ran = connected.flask("sync", "--record", f"account:{account}")
    assert ran.status == 1
    assert "flask fetch" in ran.out
    assert connected.writes() == 0


def test_history_tells_runs_and_their_entries(synced: Installation) -> None:
    runs = synced.flask("history", "--json").json["runs"]
    assert [run["state"] for run in runs] == ["done"]
    entries = synced.flask(
        "history", "--run", str(runs[0]["id"]), "--entity", "product", "--outcome", "created", "--json"
    )
    assert entries.status == 0
    assert {(e["entity"], e["outcome"]) for e in entries.json["entries"]} == {("product", "created")}
    assert len(synced.flask("history", "--outcome", "held", "--limit", "2", "--json").json["entries"]) == 2
    assert "done" in synced.flask("history").out
    assert synced.flask("history", "--entity", "lead").status == 2
    assert synced.flask("history", "--outcome", "lost").status == 2


def test_doctor_finds_what_the_seeded_company_lacks(synced: Installation) -> None:
    """The installation is in order; the company has products that Xero cannot take, and a line that the CRM cannot."""
    before, writes = synced.rows(), synced.writes()
    ran = synced.flask("doctor", "--json")
    assert ran.status == 1
    findings = ran.json["findings"]
    installation = [finding for finding in findings if not finding["connection"]]
    assert {finding["code"] for finding in installation if finding["verdict"] != "ok"} == {"no_signals", "no_worker"}
    assert {"database", "ENCRYPTION_KEYS"} <= {finding["check"] for finding in installation}
    wrong = {finding["code"]: finding for finding in findings if finding["verdict"] == "attention"}
    assert set(wrong) == {"no_code", "code_too_long", "itemless", "theme_missing", "charge_account"}
    assert (wrong["no_code"]["records"], wrong["code_too_long"]["records"]) == (2, 1)
    assert all(finding["hint"] for finding in wrong.values())
    assert (synced.rows(), synced.writes()) == (before, writes)


def test_doctor_tells_people_the_worst_first_per_connection(synced: Installation) -> None:
    out = synced.flask("doctor").out
    name = "Harbour Office Supplies (sandbox)"
    assert out.index("ENCRYPTION_KEYS") < out.index(name) < out.index("ATTENTION") < out.index("Rights")
    assert "→ Give them shorter codes in the CRM." in out
    assert "findings need attention. Nothing was written." in out
    assert synced.flask("doctor", "--connection", name.upper()).status == 1
    assert synced.flask("doctor", "--connection", "Nobody").status == 2


def test_db_upgrade_is_harmless_when_repeated(fresh: Installation) -> None:
    assert fresh.flask("db", "upgrade").status == 0
    assert fresh.flask("db", "upgrade", "--json").json == {"database": "sqlite", "current": True}


def test_keys_rotate_and_the_grants_still_open(synced: Installation) -> None:
    keys = (synced.folder / "encryption_keys").read_text().splitlines()
    ran = synced.flask("keys", "rotate", "--json")
    assert ran.json == {"new_key": True, "sealed": 2}
    new = (synced.folder / "encryption_keys").read_text().splitlines()
    assert new[1:] == keys
    (synced.folder / "encryption_keys").write_text(f"{new[0]}\n")
    assert synced.flask("audit").status == 0, "the newest key alone opens everything"


def test_several_connections_are_told_apart_by_name(synced: Installation) -> None:
    synced.house().connections.create("Second", "another crm", "another xero", {"entities": {}})
    ran = synced.flask("audit", "--json")
    assert ran.status == 2
    assert "--connection" in ran.json["error"]["hint"]
    assert synced.flask("audit", "--connection", "harbour office supplies (SANDBOX)").status == 0
    assert synced.flask("audit", "--connection", "Third").status == 2


@pytest.mark.parametrize("command", [["fetch"], ["plan"], ["sync", "--yes"], ["audit"], ["history"]])
def test_without_a_connection_every_command_says_so(fresh: Installation, command: list[str]) -> None:
    ran = fresh.flask(*command)
    assert ran.status == 2
    assert "flask connect" in ran.err
    assert ran.out == ""


def test_in_a_pipe_there_are_plain_lines(make: Callable[..., Installation], synced: Installation) -> None:
    ran = synced.flask("sync")
    assert "\x1b" not in ran.out + ran.err
    assert "Reading Accounts in Zoho CRM" in ran.err
