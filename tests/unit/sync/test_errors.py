"""The error tree: what each error means for what was sent, and the code that programs may rely on."""

from __future__ import annotations

import inspect

import pytest

from extension.sync import errors
from extension.sync.errors import Cannot, Duplicate, Invalid, SafetyStop, SyncError
from tests.unit.sync.samples import NOW

TREE: dict[type[SyncError], tuple[type[Exception], str]] = {
    errors.SyncError: (Exception, "error"),
    errors.BadInput: (errors.SyncError, "bad_input"),
    errors.Busy: (errors.SyncError, "busy"),
    errors.LeaseLost: (errors.SyncError, "lease_lost"),
    errors.Stopped: (errors.SyncError, "cancelled"),
    errors.Cannot: (errors.SyncError, "error"),
    errors.SafetyStop: (errors.SyncError, "safety_stop"),
    errors.RemoteError: (errors.SyncError, "remote"),
    errors.Unknown: (errors.RemoteError, "unknown_outcome"),
    errors.Unauthorised: (errors.RemoteError, "unauthorised"),
    errors.Refused: (errors.RemoteError, "refused"),
    errors.Throttled: (errors.Refused, "throttled"),
    errors.Duplicate: (errors.Refused, "duplicate"),
    errors.Invalid: (errors.Refused, "invalid"),
    errors.Missing: (errors.Refused, "missing"),
    errors.Locked: (errors.Refused, "locked"),
    errors.Stale: (errors.Refused, "stale"),
}


def test_the_tree_is_complete() -> None:
    defined = {e for _, e in inspect.getmembers(errors, inspect.isclass) if issubclass(e, Exception)}
    assert defined == set(TREE)


@pytest.mark.parametrize(("kind", "parent", "code"), [(k, *v) for k, v in TREE.items()])
def test_codes_are_stable(kind: type[SyncError], parent: type[Exception], code: str) -> None:
    assert kind.__bases__ == (parent,)
    assert kind.code == code


def test_a_remote_error_says_where_it_happened() -> None:
    why = Invalid("The code is too long.", fields={"Code": "max 30"}, side="xero", call="PUT Items", status=400)
    assert (why.side, why.call, why.status, why.request_id, why.fields) == (
        "xero",
        "PUT Items",
        400,
        None,
        {"Code": "max 30"},
    )
    assert (str(why), why.message, why.code) == ("The code is too long.", "The code is too long.", "invalid")


def test_an_adapter_may_sharpen_code_and_hint() -> None:
    why = Duplicate("Taken.", key="Xero ID", holder="z7", code="stamp_taken", hint="Look at z7.")
    assert (why.code, why.hint, why.key, why.holder) == ("stamp_taken", "Look at z7.", "Xero ID", "z7")


def test_a_throttle_says_when_to_come_back() -> None:
    assert errors.Throttled("Too many calls.", until=NOW, problem="minute").until == NOW


@pytest.mark.parametrize(
    "raised", [SafetyStop("side_empty", "Contacts came back empty."), Cannot("waiting", "It waits.")]
)
def test_stops_and_holds_are_known_by_their_reason(raised: SafetyStop | Cannot) -> None:
    assert raised.code == raised.reason


def test_a_stop_says_how_to_go_on() -> None:
    assert "approve" in SafetyStop("side_empty", "Contacts came back empty.").hint
    assert SafetyStop("wrong_organisation", "Another one.", hint="Connect again.").hint == "Connect again."
