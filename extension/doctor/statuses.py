"""The status maps against the CRM's real picklists and all statuses of Xero, in each direction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from extension.doctor.facts import Facts, Module
from extension.doctor.findings import Finding
from extension.doctor.observed import Tally
from extension.doctor.words import named
from extension.entities.settings import MOVES
from extension.entities.statuses import WORDS
from extension.sync.canonical import XERO, ZOHO

CHECK: Final = "Statuses"
HINT: Final = "Complete the map under Settings, Statuses; until then such documents are held."


def examine(facts: Facts) -> Iterator[Finding]:
    for module in facts.documents:
        rows = list((facts.settings.get("status") or {}).get(module.name) or ())
        offered = _offered(facts, module)
        if XERO in module.writes:
            yield from _from_crm(facts, module, rows, offered)
        if ZOHO in module.writes:
            yield from _from_xero(facts, module, rows)
        yield from _gone(module, rows, offered)


def _offered(facts: Facts, module: Module) -> tuple[str, ...]:
    name = module.crm_field("status")
    known = facts.fetched.field_of(module.pair.module, name) if name else None
    return known.choices if known is not None else ()


def _from_crm(
    facts: Facts, module: Module, rows: list[Mapping[str, Any]], offered: tuple[str, ...]
) -> Iterator[Finding]:
    mapped = {row.get("zoho") or None for row in rows if row.get("direction") != "to_zoho"}
    seen = facts.observed.of(module.name, ZOHO).statuses
    for status in [*offered, *sorted(map(str, {*seen} - {*offered, None})), *([None] if None in seen else [])]:
        if status not in mapped:
            says = f"The status “{status or 'none'}” of {module.called} in the CRM stands for none in Xero"
            yield _unmapped(module, says, seen.get(status, Tally()))


def _from_xero(facts: Facts, module: Module, rows: list[Mapping[str, Any]]) -> Iterator[Finding]:
    mapped = {str(row.get("xero")) for row in rows if row.get("direction") != "to_xero"}
    seen = facts.observed.of(module.name, XERO).statuses
    for status in MOVES[module.pair.kind]:
        if status not in mapped:
            says = f"Xero's status {status} ({WORDS[status]}) stands for none of {module.called} in the CRM"
            yield _unmapped(module, says, seen.get(status, Tally()))


def _unmapped(module: Module, says: str, used: Tally) -> Finding:
    if used.n:
        says = f"{says}: {named(used, module.pair.label)}."
        return Finding(CHECK, "attention", says, HINT, "status_unmapped", records=used.n, place="statuses")
    return Finding(CHECK, "note", f"{says}; no document has it yet.", HINT, "status_unmapped", place="statuses")


def _gone(module: Module, rows: list[Mapping[str, Any]], offered: tuple[str, ...]) -> Iterator[Finding]:
    """Rows that name what the picklist does not have: Xero's status would be written as a value nobody knows."""
    for status in dict.fromkeys(row.get("zoho") for row in rows):
        if status and offered and status not in offered:
            says = f"The status map of {module.called} names “{status}”, which the CRM's picklist does not have."
            hint = "Correct the map under Settings, Statuses, or add the value to the picklist."
            yield Finding(CHECK, "attention", says, hint, "status_gone", place="statuses")
