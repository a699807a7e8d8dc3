"""When somebody merged two records on one side: who took whose place, and what the link says from then on.

Pure. A merge is a person's word that two records are one, so the link moves to the one that stayed. What that one says
is news for the other side, since it is what somebody chose; only where it is blank does it take what its new twin has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from extension.sync.canonical import SIDES, XERO, ZOHO, Fields, Side, Where, other
from extension.sync.merge import blank
from extension.sync.model import Link, Record
from extension.sync.ports import Entity
from extension.sync.snapshot import Snapshot

MERGED: Final = "merge"  # what made a link that followed


@dataclass(frozen=True)
class Heir:
    """The record that a merged one went into; `holder`: whom that is linked with already."""

    record: Record
    holder: Record | None = None


def heir_of(snap: Snapshot, gone: Record, adopted: Mapping[Where, Where]) -> Heir | None:
    """Whoever stands at the end of the chain of merges; None where nobody does who lives."""
    seen, record = {gone.id}, gone
    while record.successor is not None and record.successor not in seen:
        seen.add(record.successor)
        after = snap.records.get((record.entity, record.side, record.successor))
        if after is None:
            return None
        record = after
    if record is gone or not record.live:
        return None
    taken = adopted.get(record.where)
    return Heir(record, snap.records[taken] if taken else snap.twin(record))


def master_of(snap: Snapshot, gone: Record, here: Record) -> Record | None:
    """Who carries the Xero ID of a CRM record that is gone: the CRM tells of no merge, but whoever merges two records
    there chooses whose values stay, this one's among them."""
    carriers = [snap.records[where] for where in snap.stamped.get((gone.entity, gone.side, here.id), [])]
    return next((record for record in carriers if record.live and record.id != gone.id), None)


def gone_words(here: Record, *, merges: bool, edited: bool, master: Record | None) -> tuple[str, str, str]:
    """Why a record is held whose counterpart is gone: reason, message, hint. `merges`: such records can be merged."""
    place = "Xero" if here.side == ZOHO else "the CRM"
    what = "deleted" if not merges else "deleted, archived or merged" if here.side == ZOHO else "deleted or merged"
    message = f"“{here.title}” was {what} in {place} {'and edited here since' if edited else 'and is unchanged here'}."
    hint = "Restore it there, or keep it unlinked."
    if master is not None:
        message += f" “{master.title}” carries its Xero ID there now: the two were probably merged."
        hint = f"Make it anew: it is linked with “{master.title}” then. Or restore it there, or keep it unlinked."
    reason = "gone_edited" if edited else "gone"
    return reason, message, hint


def merged_words(here: Record, gone: Record, into: Record, holder: Record) -> tuple[str, str, str]:
    """Why a link does not follow a merge: the record that stayed has a twin."""
    place = "Xero" if here.side == ZOHO else "the CRM"
    message = f"“{gone.title}” was merged into “{into.title}” in {place}, which is “{holder.title}” here."
    reason, hint = "merged", f"Merge “{here.title}” and “{holder.title}” as well, or keep this one unlinked."
    return reason, message, hint


def moved_base(entity: Entity, link: Link, records: Mapping[Side, Record], side: Side) -> dict[Side, Fields]:
    """The base of a link that moves to another record of `side`."""
    stays = other(side)
    base: dict[Side, dict[str, object]] = {stays: dict(link.base[stays]), side: dict(records[side].fields)}
    for rule in entity.rules.values():
        name = rule.name
        news: tuple[Side, ...] = (side,)
        if rule.direction == "derived":
            news = SIDES
        elif rule.direction in ("to_zoho", "to_xero"):
            news = (XERO,) if rule.direction == "to_zoho" else (ZOHO,)
        elif blank(records[side].fields.get(name)) and not blank(records[stays].fields.get(name)):
            news = (stays,)
        for one in news:
            base[one].pop(name, None)
    return {ZOHO: base[ZOHO], XERO: base[XERO]}
