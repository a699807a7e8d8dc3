"""A fault at each kind of call of a run: both services end as if nothing had gone wrong.

What each run says is asserted as well: the class of the error (design.md, 6), and that a person is told what to do
where one must act. The whole table is slow; a sample of each kind of fault and of call is not. Where a body drips or a
connection is cut on a socket: test_faults_wire.py; kills of the process and every single call: elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pytest

from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from sandbox.faults import KINDS, Rule
from tests.system.fault_rig import (
    CHANGE,
    CREATE,
    PLACES,
    READ,
    TOKEN,
    Reference,
    assert_as_undisturbed,
    disturbed,
)

Said = tuple[str, str]
DONE: Final[Said] = ("done", "")
NOTHING: Final = "Nothing to do:"
AGAIN: Final = "Connect this service again."
WRITES: Final = (CREATE, CHANGE)


@dataclass(frozen=True)
class Fault:
    """One way in which a call goes wrong. `reads`: what a run says that meets it at a read, `renews` at a token; a
    write of which nobody knows ends no run. `acts`: whether a person must."""

    name: str
    kind: str
    params: Mapping[str, Any]
    reads: Said
    renews: Said | None = None
    writes: Said = DONE
    sides: tuple[Side, ...] = SIDES
    acts: bool = False

    def said(self, side: Side, what: str) -> Said | None:
        """How the run ends that meets it there; None: it cannot be met there."""
        if side not in self.sides:
            return None
        return self.renews if what == TOKEN else self.reads if what == READ else self.writes


def lost(name: str, kind: str, code: str = "no_answer", **params: Any) -> list[Fault]:
    """Nobody knows what happened. Xero's renewal is asked for once more at once, for it has perhaps rotated; where it
    answered with an error it has not."""
    at_once = DONE if code in ("no_answer", "unreadable") else ("failed", code)
    read = ("failed", code)
    return [
        Fault(f"{name} in the CRM", kind, params, read, read, sides=(ZOHO,)),
        Fault(f"{name} in Xero", kind, params, read, at_once, sides=(XERO,)),
    ]


def throttled(problem: str, side: Side, **params: Any) -> Fault:
    limited = ("limited", "throttled")
    return Fault(f"429 {problem}", "throttle", {"problem": problem, **params}, limited, None, limited, (side,))


def ended(name: str, kind: str, code: str, *sides: Side) -> Fault:
    failed = ("failed", code)
    return Fault(name, kind, {}, failed, failed, failed, sides, acts=True)


FAULTS: Final = (
    *lost("cut before", "cut_before"),
    *lost("cut after", "cut_after"),
    *lost("ends early", "truncate_body"),
    *lost("no JSON", "truncate_json", "unreadable"),
    *lost("empty", "truncate_json", "unreadable", keep=0),
    *lost("500 before", "status_before", "server_error"),
    *lost("500 after", "status_after", "server_error"),
    *lost("502 before", "status_before", "server_error", status=502),
    *lost("503 after", "status_after", "server_error", status=503),
    Fault("late", "delay", {"seconds": 0.01}, DONE, DONE),
    throttled("minute", XERO),
    throttled("day", XERO, retry_after=66975),
    throttled("appminute", XERO),
    throttled("concurrent", XERO),
    throttled("concurrent", XERO, retry_after=5),
    throttled("minute", XERO, bare=True),
    throttled("credits", ZOHO),
    throttled("concurrency", ZOHO),
    throttled("rate", ZOHO),
    Fault("token expired", "expire_token", {}, DONE),
    Fault("token revoked", "revoke_token", {}, DONE),
    ended("refresh token revoked", "revoke_refresh", "invalid_grant", ZOHO),
    # The access token lives on until it runs out: this run ends well, and one a while later does not.
    Fault("refresh token revoked", "revoke_refresh", {}, DONE, ("failed", "invalid_grant"), sides=(XERO,), acts=True),
    ended("consent withdrawn", "revoke_grant", "invalid_grant", ZOHO, XERO),
    ended("organisation disconnected", "disconnect", "disconnected", XERO),
    Fault("renewal lost", "lose_refresh", {}, DONE, ("failed", "no_answer"), sides=(ZOHO,)),
    Fault("renewal lost", "lose_refresh", {}, DONE, DONE, sides=(XERO,)),
    Fault("clock put on", "jump_clock", {"seconds": 7200}, DONE, DONE),
    Fault("clock put back", "jump_clock", {"seconds": -7200}, DONE, DONE),
)
ELSEWHERE: Final = {
    "inject": "test_faults_content.py",
    "drip": "test_faults_wire.py",
}


@dataclass(frozen=True)
class Meeting:
    """One fault at one call."""

    fault: Fault
    side: Side
    what: str
    middle: bool
    """The first call of that kind, or one in the middle of the run."""

    @property
    def label(self) -> str:
        return f"{self.fault.name} {self.fault.params or ''} - {self.side} {self.what}{' later' if self.middle else ''}"


def meetings() -> list[Meeting]:
    return [
        Meeting(fault, side, what, middle)
        for fault in FAULTS
        for side, what in PLACES
        for middle in ((False,) if what == TOKEN else (False, True))
        if fault.said(side, what) is not None and (fault.kind != "lose_refresh" or what == TOKEN)
    ]


ALL: Final = meetings()
SAMPLE: Final = frozenset(ALL[n].label for n in range(3, len(ALL), 13))


def chosen() -> list[Any]:
    return [pytest.param(m, id=m.label, marks=() if m.label in SAMPLE else pytest.mark.slow) for m in ALL]


def test_every_kind_of_fault_is_met_at_every_kind_of_call(waiting: Reference) -> None:
    assert {fault.kind for fault in FAULTS} | ELSEWHERE.keys() == KINDS.keys()
    assert {(m.side, m.what) for m in ALL} == {(m.side, m.what) for m in ALL if m.label in SAMPLE} == PLACES.keys()
    assert min(waiting.met.values()) >= 1, "the run has calls of every kind"


@pytest.mark.parametrize("meeting", chosen())
def test_the_end_is_as_if_nothing_had_gone_wrong(waiting: Reference, meeting: Meeting) -> None:
    fault, (method, path) = meeting.fault, PLACES[meeting.side, meeting.what]
    nth = max(1, waiting.met[meeting.side, meeting.what] // 2 + 1) if meeting.middle else 1
    rule = Rule(method, path, nth=nth, kind=fault.kind, params=fault.params)
    case = disturbed(waiting, meeting.side, rule)
    assert (case.first.state, case.first.code) == fault.said(meeting.side, meeting.what)
    told = AGAIN if fault.acts and case.first.state == "failed" else NOTHING
    assert case.first.state == "done" or case.first.hint.startswith(told), case.first.hint
    assert {side for side, _ in case.told} == ({meeting.side} if told == AGAIN else set())
    assert {hint for _, hint in case.told} <= {AGAIN}
    assert (case.first.until is not None) == (case.first.state == "limited")
    assert {report.state for report in case.reports[1:]} == {"done"}
    assert_as_undisturbed(waiting)
