"""The fields that belong in each module of the CRM, as the settings API is told to make them.

Pure. Labels have at most 25 characters, which is what the API takes (facts/zoho.md 3.7); it makes the API names of
them, and those are read afterwards and never assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from extension.entities.catalogue import Pair
from extension.entities.default_rows import FIELDS
from extension.entities.own_fields import KINDS, label_of

SECTION: Final = "xero2zoho Application"
SECTION_NAME: Final = "xero2zoho_Application"
NUMBER: Final = "auto_number"
NUMBER_LABELS: Final[Mapping[str, str]] = {
    "invoice": "Unique Invoice Number",
    "purchase_order": "Unique Order Number",
}
TEXT_LENGTH: Final = 100
VALUES: Final = 10  # of a pick list, in one call
DATA_TYPES: Final[Mapping[str, str]] = {
    "add_to_xero": "boolean",
    "xero_id": "text",
    "xero_number": "text",
    "xero_url": "website",
    "theme": "picklist",
    "amount_paid": "currency",
    "amount_due": "currency",
    "amount_credited": "currency",
    "last_payment": "date",
}
# What serves as well where somebody made the field before us.
SERVES: Final[Mapping[str, tuple[str, ...]]] = {
    "website": ("website", "text", "url"),
    "text": ("text",),
    "boolean": ("boolean",),
    "picklist": ("picklist",),
    "currency": ("currency", "double"),
    "date": ("date",),
    "autonumber": ("autonumber",),
}
# What Xero decides and people should not type; the other ones of ours people have reason to touch.
READ_ONLY: Final = frozenset({"amount_paid", "amount_due", "amount_credited", "last_payment"})


@dataclass(frozen=True)
class Blueprint:
    """One field to be made. `more`: the part of the request that is special to its kind."""

    name: str
    label: str
    data_type: str
    candidates: tuple[str, ...]
    unique: bool = False
    read_only: bool = False
    values: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def takes(self, kind: str) -> bool:
        return kind in SERVES[self.data_type]

    def body(self) -> dict[str, Any]:
        """The element of the request, with as many values as one call takes."""
        made: dict[str, Any] = {"field_label": self.label, "data_type": self.data_type, **self.more}
        if self.unique:
            made["unique"] = {"case_sensitive": False}
        if self.data_type == "picklist":
            made["pick_list_values"] = [
                {"display_value": value, "actual_value": value} for value in self.values[:VALUES]
            ]
        return made


def blueprints(pair: Pair, themes: Sequence[str], *, number: bool = False) -> list[Blueprint]:
    """The fields of one module. Without any theme there is no pick list of them: the API takes no empty one."""
    rows = [row for row in FIELDS[pair.kind] if row["name"] in DATA_TYPES and (row["name"] != "theme" or themes)]
    order = list(DATA_TYPES)
    made = [_blueprint(pair, row, themes) for row in sorted(rows, key=lambda row: order.index(row["name"]))]
    if number:
        label = NUMBER_LABELS[pair.name]
        auto = {"start_number": "1", "prefix": "", "suffix": ""}
        more = {"auto_number": auto, "_update_existing_records": True}
        made.append(Blueprint(NUMBER, label, "autonumber", (label.replace(" ", "_"),), more=more))
    return made


def _blueprint(pair: Pair, row: Mapping[str, Any], themes: Sequence[str]) -> Blueprint:
    name, given = row["name"], row["zoho"]
    kind = DATA_TYPES[name]
    return Blueprint(
        name,
        label_of(pair, name),
        kind,
        tuple(given) if isinstance(given, list) else (given,),
        unique=KINDS[name].unique,
        read_only=name in READ_ONLY,
        values=tuple(themes) if name == "theme" else (),
        more={"length": TEXT_LENGTH} if kind == "text" else {},
    )
