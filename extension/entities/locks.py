"""What Xero no longer lets anybody change: documents that are paid in part or whole, voided or deleted.

Pure. A label (a reference, a theme) may differ from then on; any other difference is held, because a cent that only
one side knows of is worse than a question.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from extension.entities.fields import FieldMap
from extension.entities.statuses import ENDED
from extension.sync.actions import Part
from extension.sync.canonical import Fields, Value
from extension.sync.errors import Cannot
from extension.sync.model import Record

CLOSED: Final = ("PAID", *ENDED)


def locked(xero: Fields) -> bool:
    """Whether Xero takes no edit of this document (facts/xero.md 3.10)."""
    return xero.get("status") in CLOSED or bool(xero.get("paid"))


def kept(mapped: FieldMap, projected: Value, twin: Record) -> Value:
    """What a locked document would hold of a change: what it holds. Raises Cannot where that matters."""
    there = twin.fields.get(mapped.name)
    if projected == there or mapped.label_only:
        return there
    raise refusal(f"{mapped.label} cannot be changed")


def check_open(part: Part, current: Mapping[str, Any]) -> None:
    """Raises Cannot where the document that a part would change is locked by now."""
    read = part.read.fields if part.read is not None else {}
    if locked({**read, "status": current.get("Status", read.get("status"))}):
        raise refusal("It cannot be changed")


def refusal(what: str) -> Cannot:
    hint = "Undo the change in the CRM, or make it in Xero."
    return Cannot("locked", f"{what}: the document is paid, voided or deleted in Xero.", hint)
