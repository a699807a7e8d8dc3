"""Whose number a document has: the CRM's goes to Xero, or Xero numbers by its own sequence.

Pure. Where Xero numbers there is no number before the create: then `Reference` names the CRM's document, and by that it
is found again after a lost answer (design.md 5, "Stamps"). The words before the number keep it apart from what people
write there, and the CRM's sequence apart from Xero's: both may well begin with INV-.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from extension.entities.fields import FieldMap
from extension.entities.native import Body
from extension.entities.statuses import ENDED, WORDS
from extension.entities.values import key, text
from extension.sync.canonical import XERO, ZOHO, Fields, Side, Value
from extension.sync.errors import Cannot
from extension.sync.model import Record

MARK: Final = "CRM"
REFERENCE: Final = "Reference"
NUMBER: Final = "number"


@dataclass(frozen=True)
class Numbering:
    """`by_xero`: Xero's number counts. `subject`: the canonical field that Xero keeps in `Reference`, if any."""

    by_xero: bool
    subject: str | None

    @staticmethod
    def of(kind: str, fields: Mapping[str, FieldMap]) -> Numbering:
        found = (name for name, mapped in fields.items() if mapped.xero is not None and mapped.xero.head == REFERENCE)
        return Numbering(kind == "xero", next(found, None))

    def keys(self, side: Side, fields: Fields, id_: str, body: Mapping[str, Any]) -> tuple[str, ...]:
        """By what a document is matched, strongest first."""
        if not self.by_xero:
            called = fields.get("xero_number") or fields[NUMBER] if side == ZOHO else fields[NUMBER]
            return _keys(called)
        if side == ZOHO:
            return _keys(fields.get("xero_number") or mark(fields, id_))
        reference = text(body.get(REFERENCE)) or ""
        return _keys(fields[NUMBER], reference if reference.startswith(MARK + " ") else None)

    def begin(self, done: dict[str, Value], source: Record) -> None:
        """What a document that begins in the CRM tells Xero in the place of a number."""
        done.pop(NUMBER, None)
        if self.subject is not None:
            done[self.subject] = mark(source.fields, source.id)

    def write(self, body: Body, source: Record | None) -> None:
        """A new document of Xero names the CRM's, whatever is mapped."""
        if source is not None:
            body[REFERENCE] = mark(source.fields, source.id)

    def settled(self, to: Side, name: str, twin: Record | None, of: Record) -> bool:
        """Whether a field of a linked document stays as it is, because it says which document of the CRM it is, or is
        the number that each side gave its own."""
        if not self.by_xero or twin is None:
            return False
        crm, xero = (of, twin) if to == XERO else (twin, of)
        if name == NUMBER:
            return to == XERO or bool(crm.fields.get(NUMBER))
        return name == self.subject and xero.fields.get(name) == mark(crm.fields, crm.id)


def check_number_free(zoho: Record, xero: Record, *, alive: bool) -> None:
    """Raises Cannot where a document of the CRM has the number of one that is voided or deleted in Xero, and is not
    that document itself: such a number is never used again, and what is dead there must not end what lives here."""
    if alive and xero.fields.get("status") in ENDED and zoho.stamp != xero.id:
        state = WORDS[xero.fields["status"]]
        raise Cannot(
            "number_retired",
            f"“{xero.title}” is {state} in Xero, and its number is not used again.",
            "Give this one another number; or cancel it, if it is the same document.",
        )


def mark(crm: Fields, id_: str) -> str:
    """How Xero's `Reference` names a document of the CRM: by its number, or by its id where it has none."""
    return f"{MARK} {crm.get(NUMBER) or id_}"


def _keys(*names: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for name in names if (found := key(name))))
