"""An entry of history in parts that can be read: what changed, what was lost, why. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from extension.reporting import ways_out
from extension.sync.canonical import Side, Value
from extension.sync.model import Entry, FieldRule

LOST: Final = "!lost"  # what the journal calls the value that did not count
OWN: Final = frozenset({"xero_id", "xero_url", "add_to_xero"})  # what we keep in the CRM for ourselves
BY: Final[Mapping[str, str]] = {
    "key": "They have the same name, number, code or e-mail.",
    "stamp": "The Xero ID in the CRM names it.",
    "person": "A person linked them.",
    "found": "It had arrived, although the service gave no answer.",
    "kept": "A person keeps it without a counterpart.",
    "both_gone": "Both are gone.",
    "edited_after_delete": "Its counterpart is gone; it was edited since.",
    "restored": "A person brought it back.",
    "merge": "Its counterpart was merged into another record.",
    "merged": "Its company was merged into another in Xero; it is matched anew there.",
}


@dataclass(frozen=True)
class Change:
    """One field. `lost`: the value of `lost_side` that gave way, where both had one."""

    name: str
    label: str
    before: Value
    after: Value
    lost: Value = None
    lost_side: Side | None = None


def changes(entry: Entry, rules: Mapping[str, FieldRule]) -> list[Change]:
    """What was written, field by field; our own fields in the CRM last."""
    names = [name for name in entry.changes if not name.endswith(LOST)]
    return [_change(entry.changes, name, rules) for name in sorted(names, key=lambda name: name in OWN)]


def ours_alone(entry: Entry) -> bool:
    """Whether nothing was written but the id and address of the new counterpart."""
    return bool(entry.changes) and set(entry.changes) <= OWN


def _change(told: Mapping[str, Any], name: str, rules: Mapping[str, FieldRule]) -> Change:
    rule = rules.get(name)
    label = (rule.label if rule else "") or name.replace("_", " ").capitalize()
    before, after = told[name]
    side, value = told.get(name + LOST) or (None, None)
    return Change(name, label, before, after, value, side)


def why(entry: Entry) -> str:
    """One line that says why it came to this."""
    if entry.message:
        return entry.message
    if ours_alone(entry):
        return "The CRM was told the record's id and address in Xero."
    if entry.outcome == "held":
        return ways_out.reason(entry.reason).heading
    return BY.get(entry.reason, "")
