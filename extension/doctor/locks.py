"""The date up to which Xero's books are closed: nothing may be created or changed there (facts/xero.md 3.10)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from extension.doctor.facts import Facts
from extension.doctor.findings import Finding
from extension.doctor.observed import Documents, Tally
from extension.doctor.words import named, together
from extension.sync.canonical import XERO, ZOHO

CHECK: Final = "Lock dates"


def examine(facts: Facts) -> Iterator[Finding]:
    locked = facts.lock_date
    if locked is None:
        return
    upto = f"{locked:%-d %b %Y}"
    for module in facts.documents:
        if XERO not in module.writes:
            continue
        new = _upto(facts.observed.of(module.name, ZOHO), locked.isoformat())
        if new.n:
            says = f"Xero's books are closed up to {upto}, and take nothing new: {named(new, module.pair.label)}."
            hint = "Give them a later date, move the lock date in Xero, or leave them out."
            yield Finding(CHECK, "attention", says, hint, "locked_new", records=new.n, place="attention")
        old = _upto(facts.observed.of(module.name, XERO), locked.isoformat())
        if old.n:
            says = f"Xero's books are closed up to {upto}, and stay as they are: {named(old, module.pair.label)}."
            hint = "Nothing to do, unless one of them is edited in the CRM: then that is held."
            yield Finding(CHECK, "note", says, hint, "locked_linked", records=old.n, place="attention")


def _upto(documents: Documents, day: str) -> Tally:
    return together(tally for dated, tally in documents.lockable.items() if dated and dated <= day)
