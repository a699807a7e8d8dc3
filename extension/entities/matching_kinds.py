"""Which kinds of fields of the CRM can hold which kinds of values, and what happens where they only nearly can.

Pure. A sentence is a mismatch (nothing is saved with it), a notice is worth knowing. What can be read can travel to
Xero; only what the CRM's field takes as it is can travel back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from extension.entities.fetched import CrmField
from extension.entities.fields import KINDS, WHOLE
from extension.entities.values import fits
from extension.entities.xero_fields import XeroField
from extension.sync.canonical import ZOHO, Side

TEXTS: Final = frozenset({"text", "name", "code", "street", "phone", "email", "url"})
NUMBERS: Final = frozenset({"number", "money"})
NUMERIC: Final = ("currency", "double", "decimal", "percent", "integer", "bigint")
READ: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("text", "textarea", "email", "phone", "website", "autonumber", "picklist"), TEXTS),
    **dict.fromkeys(NUMERIC, NUMBERS | {"text", "code"}),
    "formula": NUMBERS | TEXTS,
    "date": frozenset({"date"}),
    "datetime": frozenset({"date"}),
    "boolean": frozenset({"bool"}),
}
WRITTEN: Final[Mapping[str, frozenset[str]]] = {
    **dict.fromkeys(("text", "textarea"), TEXTS),
    "phone": frozenset({"phone", "text", "name", "code"}),
    "email": frozenset({"email"}),
    "website": frozenset({"url"}),
    **dict.fromkeys(NUMERIC, NUMBERS),
    "date": frozenset({"date"}),
    "boolean": frozenset({"bool"}),
}
ALONE: Final[Mapping[str, str]] = {  # the kind of a field that Xero has no counterpart for
    "text": "text", "textarea": "text", "email": "email", "phone": "phone", "website": "url", "picklist": "choice",
    "currency": "money", "double": "number", "decimal": "number", "percent": "number", "integer": "number",
    "bigint": "number", "date": "date", "boolean": "bool",
}  # fmt: skip
WORDS: Final[Mapping[str, str]] = {
    "text": "text", "textarea": "long text", "email": "an e-mail address", "phone": "a phone number",
    "website": "a web address", "autonumber": "an automatic number", "picklist": "one of a list",
    "currency": "an amount", "double": "a number", "decimal": "a number", "percent": "a percentage",
    "integer": "a whole number", "bigint": "a whole number", "formula": "a formula", "date": "a date",
    "datetime": "a date and time", "boolean": "yes or no", "name": "a name", "code": "a code", "street": "a street",
    "url": "a web address", "number": "a number", "money": "an amount", "bool": "yes or no", "choice": "one of a list",
}  # fmt: skip
UNREACHED: Final = frozenset({"Created_Time", "Modified_Time", "Last_Activity_Time", "Tag", "Locked__s", "Full_Name"})


def offered(crm: CrmField) -> bool:
    """Whether a field of the CRM can be mapped at all. Before its kind is known, it can."""
    return crm.name not in UNREACHED and (not crm.kind or crm.kind in READ)


def mismatch(crm: CrmField, xero: XeroField, direction: str) -> str:
    """Why this field and that one cannot be mapped this way; "" where they can."""
    if direction != "to_zoho" and not xero.settable:
        return f"Xero does not let “{xero.label}” be written. Let it travel from Xero to the CRM."
    if direction != "to_xero" and crm.read_only:
        return f"The CRM does not let “{crm.label or crm.name}” be written. Let it travel from the CRM to Xero."
    if not crm.kind:
        return ""
    ours, theirs = WORDS.get(crm.kind, crm.kind), WORDS.get(xero.kind, xero.kind)
    if direction != "to_zoho" and xero.kind not in READ.get(crm.kind, frozenset()):
        return f"The CRM's field holds {ours}, Xero's {theirs}: the one cannot become the other."
    if direction != "to_xero" and xero.kind not in WRITTEN.get(crm.kind, frozenset()):
        if xero.kind in READ.get(crm.kind, frozenset()) and xero.settable:
            return f"The CRM's field takes only {ours}, Xero's holds {theirs}. Let it travel from the CRM to Xero only."
        return f"The CRM's field takes only {ours}, Xero's holds {theirs}."
    return ""


def tightness(crm: CrmField, xero: XeroField, direction: str) -> str:
    """What happens to values that are too long, or too fine, for the other side; "" where all fit."""
    whole = xero.kind in WHOLE
    becomes = "are held" if whole else "are cut"
    if xero.kind in TEXTS and crm.kind in ("text", "textarea", "phone", "email", "website"):
        ours, theirs = crm.length, xero.longest
        if direction != "to_xero" and ours and theirs and ours < theirs:
            return f"The CRM takes {ours} characters, Xero {theirs}: longer ones from Xero {becomes}."
        if direction != "to_zoho" and ours and theirs and theirs < ours:
            return f"Xero takes {theirs} characters, the CRM {ours}: longer ones from the CRM {becomes}."
    if direction != "to_xero" and xero.kind in NUMBERS and crm.kind in ("integer", "bigint"):
        return "The CRM's field takes whole numbers: what comes after the point is rounded off there."
    return ""


def default_problem(given: str, kind: str, side: Side, crm: CrmField | None, longest: int | None) -> str:
    """Why this default cannot be stored; "" where it can, or where it depends on the record (“{name}”)."""
    if "{" in given:
        return ""
    place = "the CRM" if side == ZOHO else "Xero"
    if kind == "date" and not _is_day(given):
        return f"The default for {place} must be a date such as 2026-04-01."
    if kind in NUMBERS and KINDS[kind](given) is None:
        return f"The default for {place} must be a number."
    if kind == "bool" and given not in ("true", "false"):
        return f"The default for {place} must be true or false."
    if side == ZOHO and crm is not None and crm.choices and crm.kind == "picklist" and given not in crm.choices:
        return f"The CRM's list has no value “{given}”."
    if side == ZOHO and crm is not None and crm.length:
        longest = min(crm.length, longest) if longest else crm.length
    if kind in TEXTS and not fits(given, longest):
        return f"The default for {place} may have at most {longest} characters."
    return ""


def _is_day(given: str) -> bool:
    try:
        date.fromisoformat(given)
    except ValueError:
        return False
    return len(given) == 10


def spoken(crm: CrmField) -> str:
    """A field of the CRM as people see it."""
    return crm.label or crm.name.replace("_", " ")
