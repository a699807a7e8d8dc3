"""The CRM's fields: ours in their section, those of the field map, and the picklist of Xero's branding themes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from extension.doctor.facts import Facts, Module
from extension.doctor.findings import Finding
from extension.doctor.words import listed
from extension.entities.own_fields import OwnField, own_fields
from extension.entities.themes import missing_values
from extension.sync.canonical import XERO, ZOHO

CHECK: Final = "CRM fields"
THEMES: Final = "Branding themes"
SET_UP: Final = "The set-up of the CRM makes what is missing."
COMMAND: Final = "flask setup"


def examine(facts: Facts) -> Iterator[Finding]:
    own = [each for each in own_fields(facts.settings, facts.document) if facts.fetched.fields.get(each.module)]
    for module in facts.modules.values():
        mine = [each for each in own if each.entity == module.name]
        yield from _missing(module, mine)
        yield from _duplicates(facts, module, mine)
        yield from _mapped(facts, module)


def _missing(module: Module, own: list[OwnField]) -> Iterator[Finding]:
    missing = [each for each in own if each.state == "missing" and each.name != "theme"]
    needed = [each.label for each in missing if each.needed]
    if needed:
        says = f"{module.called} in the CRM have no field “{needed[0]}”: without it nothing of them is synchronised."
        yield Finding(CHECK, "attention", says, SET_UP, "field_missing", place="crm_fields", command=COMMAND)
    better = [f"“{each.label}”" for each in missing if not each.needed]
    if better:
        says = f"{module.called} in the CRM have no field {listed(better, len(better))}."
        hint = f"What they say of Xero is missing there. {SET_UP}"
        yield Finding(CHECK, "note", says, hint, "field_missing", place="crm_fields", command=COMMAND)


def _duplicates(facts: Facts, module: Module, own: list[OwnField]) -> Iterator[Finding]:
    """The Xero ID is what a lost answer is found again by, at once where the CRM refuses a second one."""
    for each in own:
        if each.state == "duplicates" and each.name in module.rows:
            says = f"“{each.label}” of {module.called} allows duplicates, so a lost answer costs time to settle."
            hint = f"Tick “Do not allow duplicate values” for the field in the CRM. {SET_UP}"
            yield Finding(CHECK, "note", says, hint, "xero_id_duplicates", place="crm_fields", command=COMMAND)


def _mapped(facts: Facts, module: Module) -> Iterator[Finding]:
    """Fields of the map that the CRM does not have any more, or that who connected may not write."""
    fields = facts.fetched.fields.get(module.pair.module)
    for row in module.rows.values() if fields else ():
        name = module.crm_field(str(row.get("name")))
        label = row.get("label") or str(row.get("name")).replace("_", " ").capitalize()
        if name is None or fields is None:
            continue
        if name not in fields:
            says = f"“{label}” of {module.called} is mapped to {name}, which the CRM does not have any more."
            hint = "Map another field under Settings, Fields, or make the field in the CRM."
            yield Finding(CHECK, "attention", says, hint, "field_gone", place="fields")
        elif ZOHO in module.writes and fields[name].read_only and _written(row):
            says = f"“{label}” of {module.called} cannot be written by the person who connected the CRM."
            hint = "Give that person's profile the right to write it, in the CRM's settings of the field."
            yield Finding(CHECK, "attention", says, hint, "field_read_only", place="fields")


def _written(row: object) -> bool:
    given = row if isinstance(row, dict) else {}
    computed = given.get("xero") is None and given.get("kind") in ("xero_id", "xero_url")
    return given.get("direction", "both") in ("both", "to_zoho") and (computed or given.get("xero") is not None)


# ------------------------------------------------------------------ branding themes


def examine_themes(facts: Facts) -> Iterator[Finding]:
    for module in facts.documents:
        row, name = module.rows.get("theme"), module.crm_field("theme")
        field = facts.fetched.field_of(module.pair.module, name) if name else None
        if row is None or field is None or not field.choices:
            continue
        if missing := missing_values(field.choices, facts.fetched.themes):
            says = f"“{field.label or name}” of {module.called} lacks themes of Xero: {listed(missing)}."
            hint = f"Until then nobody can choose them in the CRM. {SET_UP}"
            yield Finding(THEMES, "attention", says, hint, "theme_missing", place="crm_fields", command=COMMAND)
        known = {id_ for _, id_ in facts.fetched.themes}
        gone = [str(pair.get("zoho")) for pair in row.get("choices") or () if known and pair.get("xero") not in known]
        if gone and XERO in module.writes:
            says = f"“{field.label or name}” of {module.called} offers themes that Xero no longer has: {listed(gone)}."
            hint = "Take them out of the CRM's picklist and of the map under Settings, Fields."
            yield Finding(THEMES, "attention", says, hint, "theme_gone", place="fields")
