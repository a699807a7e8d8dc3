"""Exit codes, exactly: 0 in step, 1 attention, 2 usage or configuration, 3 a service or the network."""

from __future__ import annotations

import pytest

from extension.config import BadSettings
from extension.console import exits
from extension.sync import errors
from extension.sync.actions import Detach, Hold, Plan, Report, RunState
from extension.sync.canonical import XERO, ZOHO
from extension.sync.model import Link

HELD = Plan(holds=(Hold("account", ZOHO, "1", "ambiguous"),))
WORK = Plan(actions=(Detach("account", Link(1, "account", {ZOHO: "1", XERO: "2"}, {ZOHO: {}, XERO: {}})),))


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadSettings("XERO_API_URL is wrong"), 2),
        (errors.BadInput("no such entity"), 2),
        (errors.Unauthorised("wrong secret", code="bad_client"), 2),
        (errors.Unauthorised("ended"), 3),
        (errors.Refused("not on the list", code="not_allowed"), 2),
        (errors.Refused("down", code="unreachable"), 3),
        (errors.Unknown("no answer"), 3),
        (errors.Throttled("later"), 3),
        (errors.Busy("somebody else"), 1),
        (errors.LeaseLost("slept"), 1),
        (errors.SafetyStop("side_empty", "empty"), 1),
        (errors.SyncError("old schema", code="database_not_ready"), 2),
        (errors.SyncError("wrong key", code="secret_unreadable"), 2),
    ],
)
def test_of_an_error(error: errors.SyncError | BadSettings, code: int) -> None:
    assert exits.of_error(error) == code


@pytest.mark.parametrize(
    ("state", "plan", "stops", "run", "fetch", "audit"),
    [
        ("done", Plan(), (), 0, 0, 0),
        ("done", HELD, (), 1, 0, 0),
        ("done", WORK, (), 1, 0, 1),
        ("planned", Plan(), (), 0, 0, 0),
        ("planned", HELD, (), 1, 0, 0),
        ("planned", WORK, ("first_run",), 1, 0, 1),
        ("stopped", WORK, ("first_run",), 1, 1, 1),
        ("limited", Plan(), (), 3, 3, 3),
        ("failed", Plan(), (), 3, 3, 3),
        ("cancelled", Plan(), (), 1, 1, 1),
    ],
)
def test_of_a_run(state: RunState, plan: Plan, stops: tuple[str, ...], run: int, fetch: int, audit: int) -> None:
    report = Report(1, state, plan, stops=stops)
    assert (exits.of_report(report), exits.of_fetch(report), exits.of_audit(report)) == (run, fetch, audit)


def test_a_run_that_our_own_settings_ended() -> None:
    assert exits.of_report(Report(1, "failed", Plan(), code="bad_client")) == 2
