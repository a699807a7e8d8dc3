"""Why was this record skipped, or held? One question after the other, as a run asks them.

Pure. The first question with a "no" is the answer; when there is none, the record is in step or will be carried over
by the next run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from extension.reporting import ways_out
from extension.sync.canonical import Side, other
from extension.sync.model import Link, Record
from extension.sync.ports import Decision, Entity, HoldRow

SERVICES: Final = {"zoho": "Zoho CRM", "xero": "Xero"}


@dataclass(frozen=True)
class Known:
    """Everything that is known of one record. `entity`: None where its module is not synchronised."""

    side: Side
    record: Record | None
    link: Link | None = None
    twin: Record | None = None
    entity: Entity | None = None
    holds: Sequence[HoldRow] = field(default=())
    decisions: Sequence[Decision] = field(default=())
    start: datetime | None = None
    version: int = 0


@dataclass(frozen=True)
class Step:
    """A question and its answer. `good`: False where the way ends here, None where it only explains."""

    question: str
    answer: str
    good: bool | None = True


def steps(known: Known, moment: str = "") -> list[Step]:
    """Every question that can be asked of this record. `moment`: when it was last changed, as the reader spells it."""
    return list(_asked(known, moment))


def verdict(asked: Sequence[Step], known: Known) -> str:
    """The answer to "why was this skipped?" in one sentence."""
    stop = next((step for step in asked if step.good is False), None)
    if stop is not None:
        return stop.answer
    if known.link is not None:
        return "It is linked, and what changes on one side is carried over."
    return f"Nothing stands in its way: the next synchronisation looks at it and {_next(known)}."


def _next(known: Known) -> str:
    there = SERVICES[other(known.side)]
    return f"links it, or creates it in {there}"


def _asked(known: Known, moment: str) -> Iterator[Step]:
    here, there = SERVICES[known.side], SERVICES[other(known.side)]
    if known.record is None:
        yield Step("Is it known?", f"No record with this id was read from {here} yet. Fetch the data.", False)
        return
    record = known.record
    yield Step("Is it known?", f"Yes, as it was read from {here}.")
    if known.entity is None:
        yield Step("Is its module synchronised?", "No: the module is switched off in the settings.", False)
        return
    yield Step("Is its module synchronised?", "Yes.")
    if not record.live:
        yield Step("Does it exist?", f"No: it was deleted or merged in {here}.", False)
    else:
        yield Step("Does it exist?", f"Yes, in {here}.")
    yield from _scope(record)
    yield from _decided(known)
    if known.link is not None and known.link.state == "live":
        yield from _linked(known, there)
    else:
        yield from _unlinked(known, there, moment)
    if record.version != known.version:
        yield Step("Was it read with the mapping of today?", "Not yet: the mapping changed, it is read again.", False)
    for hold in known.holds:
        yield Step("Does it need attention?", f"{ways_out.reason(hold.reason).heading}. {hold.message}".strip(), False)
    if not known.holds:
        yield Step("Does it need attention?", "No.")


def _scope(record: Record) -> Iterator[Step]:
    if record.state == "out_of_scope":
        yield Step("Is “Add to Xero” ticked?", "No. Tick it in the CRM and it is synchronised.", False)
    elif record.side == "zoho":
        yield Step("Is “Add to Xero” ticked?", "Yes, or all records of the module are synchronised.")


def _decided(known: Known) -> Iterator[Step]:
    for decision in known.decisions:
        left = decision.verb in ("ignore", "keep")
        yield Step(
            "What did a person decide?", f"{ways_out.said(decision.verb, decision.takes)}.", False if left else None
        )


def _linked(known: Known, there: str) -> Iterator[Step]:
    assert known.link is not None
    name = known.twin.title if known.twin is not None else known.link.ids[other(known.side)]
    yield Step("Has it a counterpart?", f"Yes: “{name}” in {there}.")
    if known.twin is not None and not known.twin.live:
        yield Step("Does the counterpart exist?", f"No: it is gone in {there}.", False)


def _unlinked(known: Known, there: str, moment: str) -> Iterator[Step]:
    record, entity = known.record, known.entity
    assert record is not None
    assert entity is not None
    if known.link is not None and known.link.state == "retired":
        yield Step("Has it a counterpart?", "Not any more: both were put away together.", False)
        return
    yield Step("Has it a counterpart?", f"No record in {there} is linked with it.", None)
    if not record.births:
        yield Step(f"May it be created in {there}?", "Not by itself: its status or role does not call for it.", False)
    if known.start is not None and record.modified < known.start:
        yield Step(
            "Is it newer than the start date?",
            f"No: it was last changed {moment}. It is matched, but not created until somebody edits it.".replace(
                "  ", " "
            ),
            False,
        )
    else:
        yield Step("Is it newer than the start date?", "Yes.")
    if other(known.side) not in entity.directions:
        yield Step(f"May {there} be written to?", "No: the direction of this module does not lead there.", False)
    else:
        yield Step(f"May {there} be written to?", "Yes.")
