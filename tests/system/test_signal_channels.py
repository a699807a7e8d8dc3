"""Channels of the CRM over sockets: opened, renewed, opened anew, closed; and said plainly where they cannot be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from extension.bootstrap import House
from extension.caring import disconnect
from extension.config import Settings
from extension.doctor.installation import examine
from extension.listening import LIFE, RENEW, Listening
from extension.sync.errors import RemoteError
from sandbox.faults import Rule
from tests.system.installation import Installation
from tests.system.signals_rig import Served

# ------------------------------------------------------------------ channels


def channels(served: Served) -> list[Any]:
    user = served.world.zoho.organisation.users[0].id
    return list(served.world.zoho.channels.listed(user, served.world.zoho.now()))


def findings(served: Served) -> dict[str, str]:
    return {f.check: f.message for f in examine(served.house) if "Signals" in f.check}


def test_a_channel_is_opened_renewed_and_closed(quiet: Served) -> None:
    assert "does not tell us" in findings(quiet)["Signals of Zoho CRM"]
    quiet.listen()
    (opened,) = channels(quiet)
    assert set(opened.modules) == set(quiet.listening.look().modules)
    assert "Asked for until" in findings(quiet)["Signals of Zoho CRM"]
    assert "tried us out" in findings(quiet)["Signals of Xero"]
    quiet.listening.keep()
    assert channels(quiet) == [opened], "it is not time yet"
    quiet.clock.advance((LIFE - RENEW).total_seconds() + 60)
    quiet.listening.keep()
    (renewed,) = channels(quiet)
    assert renewed.id == opened.id
    assert renewed.expires > opened.expires
    quiet.crm("edit", "Accounts", quiet.pair()[0], Phone="04 555 0101")
    assert quiet.waiting() == 1, "its token stayed"
    disconnect(quiet.house, quiet.connection, "ann")
    assert channels(quiet) == []


@pytest.mark.parametrize("lost", ["closed", "expired", "refuses lists"])
def test_a_channel_that_was_lost_is_opened_anew(served: Served, lost: str) -> None:
    (opened,) = channels(served)
    if lost == "closed":
        served.world.zoho.channels.close(opened.id, opened.user, served.world.zoho.now())
    if lost == "refuses lists":
        served.world.zoho.set_switches({"watch_patch": "bare"})
    served.clock.advance(timedelta(days=7 if lost == "expired" else 4).total_seconds())
    served.listening.keep()
    (anew,) = channels(served)
    assert anew.id != opened.id
    assert [each.remote for each in served.house.channels(served.connection).all()] == [anew.id]
    served.crm("edit", "Accounts", served.pair()[0], Phone="04 555 0101")
    served.world.zoho.set_switches({"watch_patch": "either"})
    assert served.waiting() == 1


def test_another_choice_of_modules_is_asked_for(served: Served) -> None:
    settings: dict[str, Any] = dict(served.connection.settings)
    settings["entities"] = {name: each for name, each in settings["entities"].items() if name != "vendor"}
    served.house.connections.update_settings(served.connection.id, settings, "ann", served.clock.now())
    served.listening.keep()
    (now,) = channels(served)
    assert "Vendors" not in now.modules


def test_without_the_scope_it_is_said_and_nothing_fails(quiet: Served) -> None:
    accounts = quiet.world.zoho.accounts
    kept = accounts.freeze()
    grants = quiet.house.grants(quiet.connection.id)
    grant = grants.get("zoho")
    assert grant is not None
    token = quiet.world.zoho.access_token(["ZohoCRM.modules.ALL", "ZohoCRM.org.READ"])
    grants.save("zoho", type(grant)(token, grant.refresh, grant.expires_at, grant.scopes, grant.extra))
    with pytest.raises(RemoteError, match="does not include notifications"):
        quiet.listening.set_up()
    assert quiet.house.channels(quiet.connection).all() == []
    assert grants.problem("zoho") is None
    accounts.thaw(kept)


def test_a_lost_answer_leaves_no_channel_behind(quiet: Served) -> None:
    quiet.world.zoho.faults.add(Rule("POST", "/actions/watch", kind="cut_after"))
    with pytest.raises(RemoteError):
        quiet.listening.set_up()
    assert quiet.listening.look().channel is None
    quiet.listening.set_up()
    assert len(channels(quiet)) == 1


def test_plain_http_asks_no_service_elsewhere(tmp_path: Path) -> None:
    for url, zoho, possible in [
        ("http://localhost:5000", "https://accounts.zoho.com", False),
        ("https://localhost:5000", "https://accounts.zoho.com", False),
        ("https://sync.example.com", "https://accounts.zoho.com", True),
        ("http://localhost:5000", "http://127.0.0.1:8101", True),
    ]:
        given: dict[str, Any] = {"public_url": url, "zoho_accounts_url": zoho, "instance_dir": tmp_path}
        house = House(Settings.load(_env_file=None, database_url="", **given))
        made = house.connections.create(f"at {url} {zoho}")
        assert (Listening(house, made).look().impossible == "") == possible
        house.close()


def test_the_command_sets_up_says_so_and_takes_away(quiet: Served) -> None:
    folder = quiet.house.settings.instance_dir
    made = Installation(folder, quiet.world, {"public_url": quiet.house.settings.public_url})
    would = made.flask("setup", "--dry-run", "--json").json["signals"]
    assert (would["on"], channels(quiet)) == (False, [])
    assert "Zoho CRM is asked to tell us at once" in would["said"]
    assert made.flask("setup", "--json").json["signals"]["on"] is True
    assert len(channels(quiet)) == 1
    assert "Zoho CRM tells us of changes until" in made.flask("setup").out
    assert len(channels(quiet)) == 1
    assert made.flask("setup", "--undo", "--json").json["signals"]["on"] is False
    assert channels(quiet) == []
    made.close()
