"""Numbers of documents that would be created in Xero: free there, and each of one document only.

Xero takes a number once: a voided or deleted document keeps it, and another live one of that number would be changed in
place of a new one (facts/xero.md 3.8). The CRM keeps numbers apart only where a field of it does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from extension.doctor.facts import Facts, Module
from extension.doctor.findings import Finding
from extension.doctor.observed import Paper, Tally
from extension.doctor.words import named
from extension.entities.catalogue import BILL
from extension.sync.canonical import XERO, ZOHO

CHECK: Final = "Numbers"


def examine(facts: Facts) -> Iterator[Finding]:
    for module in facts.documents:
        if XERO not in module.writes or not _number_travels(facts, module):
            continue
        if module.pair.kind == BILL.kind:  # any number of bills may have one number
            yield from _without(facts, module)
        else:
            yield from _taken(facts, module)
            yield from _kept_apart(facts, module)
        yield from _doubled(facts, module)


def _number_travels(facts: Facts, module: Module) -> bool:
    """Not where Xero counts by itself."""
    numbering = (facts.settings.get("documents") or {}).get("numbering") or {}
    return bool(numbering.get(module.name, "crm") == "crm")


def _without(facts: Facts, module: Module) -> Iterator[Finding]:
    tally = facts.observed.of(module.name, ZOHO).numberless
    if tally.n:
        says = f"No number, and a bill is known by its number and its supplier: {named(tally, module.pair.label)}."
        hint = "Fill in the number of the purchase order: the supplier's number of the bill."
        yield Finding(CHECK, "attention", says, hint, "no_number", records=tally.n, place="attention")


def _taken(facts: Facts, module: Module) -> Iterator[Finding]:
    new = {paper.number: paper for paper in facts.observed.of(module.name, ZOHO).papers}
    ended, linked = Tally(), Tally()
    for there in facts.observed.of(module.name, XERO).papers:
        if there.ended:
            ended.add(new[there.number].title)
        elif there.linked:
            linked.add(new[there.number].title)
    for tally, holder in ((ended, "a voided or deleted one"), (linked, "one that is linked with another document")):
        if tally.n:
            says = f"Numbers of the CRM that in Xero belong to {holder}: {named(tally, module.pair.label)}."
            hint = "Give them another number in the CRM: Xero gives no number a second time."
            yield Finding(CHECK, "attention", says, hint, "number_taken", records=tally.n, place="attention")


def _doubled(facts: Facts, module: Module) -> Iterator[Finding]:
    crm = facts.observed.of(module.name, ZOHO)
    found: defaultdict[tuple[str, str], list[Paper]] = defaultdict(list)
    for paper in crm.papers:
        found[paper.party, paper.number].append(paper)
    doubled = Tally()
    for one, papers in found.items():
        if len(papers) > 1 or one in crm.taken:
            for paper in papers:
                doubled.add(paper.title)
    if doubled.n:
        says = f"Numbers that several {module.label} of the CRM have: {named(doubled, module.pair.label)}."
        hint = "Give each its own number in the CRM."
        yield Finding(CHECK, "attention", says, hint, "number_doubled", records=doubled.n, place="attention")


def _kept_apart(facts: Facts, module: Module) -> Iterator[Finding]:
    fields = facts.fetched.fields.get(module.pair.module)
    if not fields:
        return
    counts = any(field.kind == "autonumber" for field in fields.values())
    unique = any(field.unique and "number" in field.name.casefold() for field in fields.values())
    if not counts and not unique:
        says = f"Nothing in the CRM keeps two {module.label} from having one number."
        hint, command = "The set-up of the CRM offers an auto number.", f"flask setup --number {module.name}"
        yield Finding(CHECK, "note", says, hint, "number_not_unique", place="crm_fields", command=command)
