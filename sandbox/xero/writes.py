"""Requests that write (facts/xero.md 3.7): elements, batches, and the two ways of reporting errors.

By default one bad element makes the answer a 400 with the bad elements in it; with summarizeErrors=false the answer
is 200 and every element says how it fared. HTTP 200 therefore does not mean success.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.xero.answers import Reply, envelope, validation_error
from sandbox.xero.dates import day_ticks, parse_day
from sandbox.xero.ids import ZERO_ID
from sandbox.xero.kinds import Kind
from sandbox.xero.ledger import Desk, folded
from sandbox.xero.refusals import BadBody, Invalid, Refusal
from sandbox.xero.tables import Row
from sandbox.xero.wishes import Wish

MOST_ITEMS = 500
EMPTY_CONTACT_LISTS = ("Addresses", "Phones", "ContactGroups", "ContactPersons")


@dataclass(frozen=True)
class Outcome:
    """What became of one element."""

    shown: Row
    failed: bool


class BatchRefused(Refusal):
    """A summarised batch with a bad element; carries the outcomes out of the attempt it undoes."""

    def __init__(self, outcomes: list[Outcome]) -> None:
        super().__init__("a batch was refused")
        self.outcomes = outcomes


def write(
    desk: Desk,
    correlation: str,
    kind: Kind,
    elements: list[Any],
    *,
    create: bool,
    record_id: str | None = None,
    summarize: bool = True,
) -> Reply:
    """Carry out a PUT or POST of one kind."""
    if record_id is not None and len(elements) != 1:
        raise BadBody("exactly one element is expected")
    if kind.name == "Items" and len(elements) > MOST_ITEMS:
        raise BadBody(f"at most {MOST_ITEMS} items can be sent at once")
    try:
        with desk.attempt():
            outcomes = [_one(desk, kind, raw, create, record_id, summarize) for raw in elements]
            if summarize and desk.switches.mixed_batch == "nothing" and any(o.failed for o in outcomes):
                raise BatchRefused(outcomes)
    except BatchRefused as refused:
        outcomes = refused.outcomes
    if kind.number and desk.switches.answer_order == "number":
        outcomes = sorted(outcomes, key=lambda outcome: folded(outcome.shown.get(kind.number)) or "")
    failed = [outcome.shown for outcome in outcomes if outcome.failed]
    if failed and summarize:
        return validation_error(failed)
    return envelope(correlation, desk.now, kind.name, [outcome.shown for outcome in outcomes])


def _one(desk: Desk, kind: Kind, raw: Any, create: bool, record_id: str | None, summarize: bool) -> Outcome:
    wish = Wish(raw, kind.fields, desk.switches)
    try:
        with desk.attempt():
            row = kind.save(desk, wish, create=create, record_id=record_id)
    except Invalid as refusal:
        shown = _echo(desk, kind, wish, refusal, record_id)
        return Outcome(shown if summarize else _with_status(shown, "ERROR"), failed=True)
    shown = kind.written(desk, row)
    warnings = kind.warnings(row, wish)
    if warnings:
        shown["Warnings"] = [{"Message": text} for text in warnings]
    if not summarize:
        shown = _with_status(shown, "WARNING" if warnings else "OK")
    return Outcome(shown, failed=False)


def _with_status(shown: Row, status: str) -> Row:
    return shown | {"StatusAttributeString": status}


def _echo(desk: Desk, kind: Kind, wish: Wish, refusal: Invalid, record_id: str | None) -> Row:
    """A refused element as it was sent, with the zero GUID if it is nobody's yet (3.7)."""
    known = kind.table(desk.ledger).get(record_id or str(wish.raw.get(kind.id_field) or ""))
    own_id = ZERO_ID if known is None else known[kind.id_field]
    shown: Row = {kind.id_field: own_id}
    shown |= {name: _kept(name, value, kind) for name, value in wish.raw.items() if value is not None}
    shown[kind.id_field] = own_id
    if kind.name == "Contacts":
        shown = {name: [] for name in EMPTY_CONTACT_LISTS} | shown
    if kind.error_flag:
        shown[kind.error_flag] = True
    return shown | {"ValidationErrors": [{"Message": message} for message in refusal.messages]}


def _kept(name: str, value: Any, kind: Kind) -> Any:
    """A sent value as it is echoed: without nulls, and with its dates in the style of the service."""
    if name in kind.days and value != "":
        try:
            return day_ticks(parse_day(value))
        except ValueError:
            return value
    if isinstance(value, Mapping):
        return {key: _kept("", each, kind) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_kept("", each, kind) for each in value if each is not None]
    return value
