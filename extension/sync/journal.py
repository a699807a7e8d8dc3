"""What a run did, as history entries and counts: every record looked at ends in exactly one outcome.

Entries are written in the transaction of the change they tell of.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from extension.sync.actions import Adopt, Hold, Plan, Skip
from extension.sync.canonical import XERO, ZOHO, Side, Value, other
from extension.sync.model import Entry, Link, Outcome, Record
from extension.sync.ports import HoldRow, Tx

SKIPPED: Mapping[str, str] = {
    "before_start": "It is older than the start date; edit it, or set an earlier start date.",
    "outside_window": "It was not changed in the days that this run looks at.",
    "direction": "This run, or the mapping, does not write in that direction.",
    "not_ticked": "“Add to Xero” is not ticked.",
    "in_flight": "An earlier write has no answer yet; the next run settles it first.",
    "linked_elsewhere": "The same Xero contact is linked in another module.",
    "parent_not_synchronised": "Its company is not synchronised as an account.",
    "mapping_changing": "The mapping changed; the record is being read again.",
    "gone_ignored": "Deleted on one side; the policy says to leave the other.",
    "ignored": "Somebody decided that it is left alone.",
    "kept": "Somebody decided that it has no counterpart.",
    "put_away": "Its counterpart is gone, and it was marked or voided for that.",
}


def ids(side: Side, own: str | None, theirs: str | None = None) -> dict[Side, str | None]:
    return {side: own, other(side): theirs}


class Journal:
    """Collects the entries of one run. `keep`: also in memory, for a run that looks at few records."""

    def __init__(self, run: int, *, keep: bool = False) -> None:
        self.run, self.keep = run, keep
        self.counts: dict[str, Counter[str]] = defaultdict(Counter)
        self.kept: list[Entry] = []

    def tell(self, tx: Tx, at: datetime, entries: Sequence[Entry]) -> None:
        tx.add_entries(self.run, at, entries)
        if self.keep:
            self.kept += entries
        for e in entries:
            self.counts[e.entity][f"{e.outcome} {e.side}" if e.side else e.outcome] += 1

    def leftovers(self, tx: Tx, at: datetime, plan: Plan) -> None:
        """What the last plan holds or skips. One entry per record: its first hold speaks for it."""
        told: set[tuple[str, str, str]] = set()
        entries: list[Entry] = []
        items: list[Hold | Skip] = [*plan.holds, *plan.skips]
        for item in items:
            where = (item.entity, item.side, item.id)
            if where in told:
                continue
            told.add(where)
            entries.append(held(item) if isinstance(item, Hold) else skipped(item))
        self.tell(tx, at, entries)


def held(hold: Hold) -> Entry:
    return Entry(
        hold.entity,
        "held",
        hold.id if hold.side == ZOHO else None,
        hold.id if hold.side == XERO else None,
        hold.side,
        hold.reason,
        hold.message,
        hold.hint,
        hold.title,
    )


def skipped(skip: Skip) -> Entry:
    zoho, xero = (skip.id, None) if skip.side == ZOHO else (None, skip.id)
    return Entry(
        skip.entity, "skipped", zoho, xero, skip.side, skip.reason, SKIPPED.get(skip.reason, ""), title=skip.title
    )


def linked(action: Adopt) -> Entry:
    return Entry(
        action.entity,
        "linked",
        action.zoho.id,
        action.xero.id,
        reason=action.by,
        title=action.zoho.title or action.xero.title,
    )


def wrote(outcome: Outcome, side: Side, link: Link, record: Record, changes: Mapping[str, Sequence[Value]]) -> Entry:
    return Entry(link.entity, outcome, link.ids[ZOHO], link.ids[XERO], side, title=record.title, changes=changes)


def hold_rows(holds: Iterable[Hold]) -> list[HoldRow]:
    return [
        HoldRow((h.entity, h.side, h.id), h.reason, h.message, h.hint, h.field, h.title, h.related, h.values)
        for h in holds
    ]
