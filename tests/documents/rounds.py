"""What every case of documents goes through: it arrives, is edited on the other side, on both, and its line is cut."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import RemoteError
from extension.sync.model import Entry, Scope
from sandbox.faults import Rule
from tests.documents.case import Case, Desk, more_of_it

Round = Callable[[Case, Desk], None]
WRITE: Final[Mapping[Side, str]] = {ZOHO: "POST", XERO: "PUT"}  # how each service is told to create
HERE, THERE = 5, 6  # quantities that two people say at once


def arrives(case: Case, desk: Desk) -> None:
    """As typed, and a further run writes nothing; or held for the reason that the table names, and cured."""
    assert desk.shop.held() == case.held
    if case.held:
        assert case.afterwards or desk.rows(case.other) == [], "what is held is not there"
        if case.cure is not None:
            case.cure(desk)
            assert desk.shop.held() == set()
    if not case.held or case.cure is not None:
        _as_expected(case, desk)


def edited_on_the_other_side(case: Case, desk: Desk) -> None:
    """What somebody changes there comes back here, and stays."""
    _arrived(case, desk)
    before = desk.total(case.other)
    (case.edited or more_of_it(case.other))(desk)
    assert desk.shop.held() == case.edit_held
    if case.after is not None:
        case.after(desk)
    if not case.edit_held:
        _same_total(case, desk)
        if case.edited is None:
            assert desk.total(case.born) != before
            assert [line.get("Quantity") for line in desk.lines(case.born)].count(4)


def both_change_one_line(case: Case, desk: Desk) -> None:
    """One of the two stands on both sides, and the other in the history; or a person is asked, and both still stand."""
    _arrived(case, desk)
    desk.say(case.born, HERE)
    desk.say(case.other, THERE)
    held = desk.shop.held()
    assert held <= {"conflict"}
    said = {side: {line.get("Quantity") for line in desk.lines(side)} & {HERE, THERE} for side in SIDES}
    if held:
        assert said == {case.born: {HERE}, case.other: {THERE}}
        return
    assert said[ZOHO] == said[XERO]
    assert len(said[ZOHO]) == 1
    _same_total(case, desk)
    (lost,) = {HERE, THERE} - said[ZOHO]
    before = [line for entry in _entries(desk) if "lines" in entry.changes for line in entry.changes["lines"][0] or ()]
    assert any(line["quantity"] == lost for line in before), "the losing value is kept in the history"


def crashes(kind: str) -> Round:
    """The line is cut when the document is created; then people wait, and run again."""

    def round_(case: Case, desk: Desk) -> None:
        service = desk.shop.xero if case.other == XERO else desk.shop.zoho
        service.faults.add(Rule(WRITE[case.other], f"/{case.kind.feeds[case.other]}$", kind=kind))
        _run(desk)
        service.faults.clear()
        desk.shop.clock.advance(3600)
        arrives(case, desk)

    return round_


ROUNDS: Final[Mapping[str, Round]] = {
    "arrives": arrives,
    "edited there": edited_on_the_other_side,
    "conflict": both_change_one_line,
    "cut before": crashes("cut_before"),
    "cut after": crashes("cut_after"),
}


def _arrived(case: Case, desk: Desk) -> None:
    """It is on both sides, cured where it was held; that it rests there is for the round "arrives"."""
    assert {hold.reason for hold in desk.shop.sync().holds} == case.held
    if case.cure is not None:
        case.cure(desk)
        assert {hold.reason for hold in desk.shop.sync().holds} == set()


def _as_expected(case: Case, desk: Desk) -> None:
    for side in SIDES:
        assert len(desk.rows(side)) == 1, f"one document in {side}"
    assert len(desk.shop.linked(case.kind.entity)) == 1
    _same_total(case, desk)
    if case.expect is not None:
        case.expect(desk)


def _same_total(case: Case, desk: Desk) -> None:
    if case.same_total:
        assert desk.total(ZOHO) == desk.total(XERO)


def _run(desk: Desk) -> None:
    """A run that may fail: a service is cut off."""
    desk.shop.clock.advance(3600)
    engine = desk.shop.house.engine(desk.shop.house.connection(None))
    with suppress(RemoteError):
        engine.run(Scope(approve=True))


def _entries(desk: Desk) -> Sequence[Entry]:
    return desk.shop.house.store(desk.shop.house.connection(None)).entries()
