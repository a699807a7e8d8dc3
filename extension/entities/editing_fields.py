"""The field map of one module: rows as people type them, and the document that they make.

Pure. A row is known by what it connects: another field on either side makes it another row, so that the two values
that were agreed before are never taken for an edit of the new field. Rows that a module cannot work without, and those
that the product fills itself, are `fixed`: who wins and the defaults may be changed, what they connect may not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from extension.entities import fetched as fetched_facts
from extension.entities.catalogue import PAIRS, Pair, pairs_of
from extension.entities.defaults import default_entity
from extension.entities.editing import WHOLE, Document, Edited, copied, entity_of, finished, rows_of
from extension.entities.fetched import CrmField, Fetched
from extension.entities.field_rows import DIRECTIONS, OWNERS, field_map
from extension.entities.fields import COMPUTED
from extension.entities.matching_kinds import ALONE, default_problem, mismatch, offered, spoken, tightness
from extension.entities.xero_fields import XERO_FIELDS, XeroField, xero_field
from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.errors import BadInput

SPECIAL: Final = COMPUTED | {"ref", "status"}
MOST_ROWS: Final = 200  # a module has fewer fields that can be mapped


@dataclass(frozen=True, slots=True)
class Draft:
    """One row as it was typed. `key` names it in its form; `name` is its name in the map, "" for a new one."""

    key: str
    name: str = ""
    zoho: str = ""
    xero: str = ""
    direction: str = "both"
    owner: str = "zoho"
    default_zoho: str = ""
    default_xero: str = ""

    @property
    def empty(self) -> bool:
        return not (self.zoho or self.xero)


def drafts_of(document: Mapping[str, Any], entity: str) -> list[Draft]:
    """The rows of the map as they are."""
    return [draft_of(row) for row in rows_of(entity_of(document, entity))]


def draft_of(row: Mapping[str, Any]) -> Draft:
    texts = {name: str(row.get(name) or "") for name in ("zoho", "xero", "default_zoho", "default_xero")}
    name = str(row["name"])
    return Draft(name, name, direction=row.get("direction", "both"), owner=row.get("owner", "zoho"), **texts)


def fixed(pair: Pair, row: Mapping[str, Any]) -> str:
    """Why a row stays as it is; "" where people may change it."""
    if row.get("kind") in COMPUTED:
        return "filled by the synchronisation itself"
    if row.get("name") in pair.fields:
        return "these records are recognised by it"
    if row.get("kind") in SPECIAL:
        return "translated by its own mapping"
    return ""


def crm_choices(entity: str, fetched: Fetched) -> list[CrmField]:
    """The fields of the CRM that may be mapped, by label."""
    known = fetched.fields.get(PAIRS[entity].module, {})
    return sorted((field for field in known.values() if offered(field)), key=lambda field: spoken(field).casefold())


def with_fields(
    document: Mapping[str, Any], entity: str, drafts: Sequence[Draft], fetched_document: Mapping[str, Any]
) -> Edited:
    """The document with this field map. `wrong` and `notices` are named by the keys of the drafts."""
    work = _Work(document, entity, fetched_facts.read(fetched_document))
    rows = [work.row(draft) for draft in drafts[:MOST_ROWS] if not draft.empty]
    work.check_together(drafts)
    made = copied(document)
    made["entities"][entity]["fields"] = [row for row in rows if row is not None]
    return finished(document, made, fetched_document, work.wrong, work.notices)


def with_default_fields(document: Mapping[str, Any], entity: str, fetched_document: Mapping[str, Any]) -> Edited:
    """The document with the map that this module would have in a new connection."""
    default = default_entity(pairs_of(document)[entity], fetched_facts.read(fetched_document))["fields"]
    own = entity_of(document, entity)
    if own.get("scope") == "all":
        default = [row for row in default if row.get("kind") != "tick"]
    made = copied(document)
    made["entities"][entity]["fields"] = default
    return finished(document, made, fetched_document)


class _Work:
    """One edit of one map."""

    def __init__(self, document: Mapping[str, Any], entity: str, fetched: Fetched) -> None:
        self.pair, self.fetched = pairs_of(document)[entity], fetched
        self.old = {str(row["name"]): row for row in rows_of(entity_of(document, entity))}
        self.standard = {str(row["name"]): row for row in default_entity(self.pair, fetched)["fields"]}
        self.wrong: dict[str, str] = {}
        self.notices: dict[str, str] = {}
        self.made: dict[str, str] = {}  # name -> key of the draft

    def row(self, draft: Draft) -> Document | None:
        """The row of the map, or None with what is wrong."""
        if draft.direction not in DIRECTIONS or draft.owner not in OWNERS:
            return self._refuse(draft, "Choose one of the values offered.")
        old = self.old.get(draft.name)
        if old is not None and (fixed(self.pair, old) or self._connects(old, draft)):
            row = dict(old)
        else:
            found = self._shape(draft)
            if found is None:
                return None
            row = found
        if row.get("kind") not in COMPUTED:
            self._choose(row, draft)
        if row["name"] in self.made:
            return self._refuse(draft, "These two fields are mapped to each other already.")
        self.made[row["name"]] = draft.key
        if problem := self._judge(draft, row):
            return self._refuse(draft, problem)
        return row

    @staticmethod
    def _connects(row: Mapping[str, Any], draft: Draft) -> bool:
        return (row.get("zoho") or "", row.get("xero") or "") == (draft.zoho, draft.xero)

    def _refuse(self, draft: Draft, sentence: str) -> Document | None:
        """No row, and why."""
        self.wrong.setdefault(draft.key, sentence)
        return None

    def _shape(self, draft: Draft) -> Document | None:
        """A new row over these two fields."""
        standard = next((row for row in self.standard.values() if self._connects(row, draft)), None)
        if standard is not None:
            return dict(standard)
        crm, xero = self._crm(draft.zoho), xero_field(self.pair.kind, draft.xero)
        if draft.zoho and (crm is None or not offered(crm)):
            return self._refuse(draft, "The CRM has no such field that could be mapped. Fetch the fields again.")
        if draft.xero and xero is None:
            return self._refuse(draft, "Xero has no such field.")
        if xero is not None and xero.kind in SPECIAL | {"choice"}:
            return self._refuse(draft, f"“{xero.label}” has a mapping of its own, and is no plain field.")
        row: Document = {"name": name_of(draft.zoho, draft.xero), "label": self._label(crm, xero)}
        if draft.zoho:
            row["zoho"] = draft.zoho
        if xero is None:
            return row | {"kind": ALONE.get(crm.kind, "text") if crm is not None else "text"}
        row |= {"xero": xero.path, "kind": xero.kind}
        limits = {"max_xero": xero.longest, "places_xero": xero.places}
        return row | {name: limit for name, limit in limits.items() if limit is not None}

    def _crm(self, name: str) -> CrmField | None:
        """The CRM's field; one of a module whose fields were never fetched is believed."""
        known = self.fetched.field_of(self.pair.module, name)
        return known or (CrmField(name) if name and self.pair.module not in self.fetched.fields else None)

    @staticmethod
    def _label(crm: CrmField | None, xero: XeroField | None) -> str:
        return spoken(crm) if crm is not None else xero.label if xero is not None else ""

    @staticmethod
    def _choose(row: Document, draft: Draft) -> None:
        """What may be chosen of any row. Absent is what a row is by itself."""
        for name, usual in (("direction", "both"), ("owner", "zoho")):
            value = getattr(draft, name)
            if value != row.get(name, usual):
                row[name] = value
        for side in SIDES:
            name = f"default_{side}"
            given = getattr(draft, name)
            if given:
                row[name] = given
            else:
                row.pop(name, None)

    # ------------------------------------------------------------------ what is wrong

    def _judge(self, draft: Draft, row: Mapping[str, Any]) -> str:
        """What is wrong with one row by itself; "" where nothing is."""
        crm, xero = self._crm(row.get("zoho") or ""), xero_field(self.pair.kind, row.get("xero"))
        kind = row.get("kind", "text")
        if crm is not None and xero is not None and kind not in SPECIAL | {"choice"}:
            if row.get("direction") != "derived" and (problem := mismatch(crm, xero, row.get("direction", "both"))):
                return problem
            if notice := tightness(crm, xero, row.get("direction", "both")):
                self.notices[draft.key] = notice
        for side in SIDES:
            given = str(row.get(f"default_{side}") or "")
            if given and (problem := self._default(row, given, side, crm, xero)):
                return problem
        if not row.get("xero") and kind not in SPECIAL and not row.get("default_zoho"):
            self.notices[draft.key] = "Without a field of Xero it stays as it is. A default fills it in new records."
        try:
            field_map(self.pair, row, self.fetched)
        except BadInput as why:
            return why.message
        return ""

    @staticmethod
    def _default(row: Mapping[str, Any], given: str, side: Side, crm: CrmField | None, xero: XeroField | None) -> str:
        if row.get("zoho" if side == ZOHO else "xero") is None:
            return f"There is no field in {'the CRM' if side == ZOHO else 'Xero'} that this default could fill."
        longest = xero.longest if side == XERO and xero is not None else None
        return default_problem(given, row.get("kind", "text"), side, crm, longest)

    def check_together(self, drafts: Iterable[Draft]) -> None:
        """What only shows over all rows: places that are written twice, and what a service cannot do without."""
        taken: dict[tuple[Side, str], str] = {}
        rows = {draft.key: draft for draft in drafts if not draft.empty}
        for draft in rows.values():
            for side, place in ((ZOHO, draft.zoho), (XERO, draft.xero)):
                both = draft.zoho and draft.xero
                if not place or not both or draft.direction not in ("both", f"to_{side}"):
                    continue
                first = taken.setdefault((side, place), draft.key)
                if first != draft.key:
                    name = "the CRM" if side == ZOHO else "Xero"
                    self._refuse(draft, f"Another row writes to the same field of {name}.")
        for name, row in self.old.items():
            if fixed(self.pair, row) and name not in self.made and not self._freed(row):
                label = row.get("label") or name
                self.wrong.setdefault(WHOLE, f"“{label}” cannot be removed: {fixed(self.pair, row)}.")
        if missing := self._missing(rows.values()):
            self.wrong.setdefault(WHOLE, missing)

    def _freed(self, row: Mapping[str, Any]) -> bool:
        """Whether a fixed row may go: the link to Xero is a convenience."""
        return row.get("kind") == "xero_url"

    def _missing(self, rows: Iterable[Draft]) -> str:
        """What the CRM asks for in every new record and nobody fills."""
        filled = {row.zoho for row in rows if row.zoho and (row.xero or row.default_zoho or row.name in self.old)}
        known = self.fetched.fields.get(self.pair.module, {}).values()
        lines = self.fetched.subforms.get(self.pair.module)
        for field in known:
            if field.mandatory and not field.read_only and field.name not in filled | {lines}:
                return f"The CRM needs “{spoken(field)}” in every new record. Map it, or give it a default."
        return ""


def name_of(zoho: str, xero: str) -> str:
    """The name of a row over these two fields: another for every other two."""
    words = re.sub(r"\W+", "_", f"{zoho}__{xero}" if zoho and xero else f"only_{zoho or xero}").strip("_").lower()
    return words if words.isidentifier() else f"f_{words}"


def xero_choices(kind: str) -> Sequence[XeroField]:
    """The fields of this kind of Xero record that may be mapped."""
    return [field for field in XERO_FIELDS[kind] if field.kind not in SPECIAL | {"choice"}]
