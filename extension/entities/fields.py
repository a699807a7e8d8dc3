"""One line of a field map: which field of the CRM belongs to which field of Xero, and how the value travels.

Pure. What a value becomes on the other side is decided here for all kinds that need nothing but the value itself:
`fitted` is what that side would store and give back, so it is idempotent. References, statuses, taxes and choices
need to know more and are projected where that is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from extension.entities import values
from extension.entities.native import LONGEST_STREET_LINE, STREET_LINES, Path
from extension.sync.canonical import XERO, ZOHO, Side, Value
from extension.sync.errors import Cannot
from extension.sync.model import Direction, FieldRule, Owner, Record


def _street(value: Any) -> str | None:
    given = values.text(value)
    return "\n".join(values.lines_of(given)) or None if given else None


KINDS: Final[Mapping[str, Callable[[Any], Value]]] = {
    "text": values.text,
    "name": values.name,
    "code": values.text,
    "email": values.text,
    "phone": values.name,
    "url": values.text,
    "street": _street,
    "number": values.number,
    "money": values.number,
    "bool": values.truth,
    "date": values.day,
    "ref": values.text,
    "choice": values.choice,
    "status": values.choice,
    "tick": values.truth,
    "xero_id": values.text,
    "xero_url": values.text,
}
WHOLE: Final = frozenset({"code", "email", "phone", "url"})
"""Kinds of which a part is something else, or nothing: they are never cut."""
COMPUTED: Final = frozenset({"tick", "xero_id", "xero_url"})
"""Kinds whose Xero side is no field of the row: always ticked, the record's own id, the link to it."""


def neither() -> dict[Side, Any]:
    return {ZOHO: None, XERO: None}


@dataclass(frozen=True, slots=True)
class FieldMap:
    """A field of both services, or of one: then it is observed there and does not travel."""

    name: str
    label: str
    kind: str
    zoho: Path | None
    xero: Path | None
    direction: Direction = "both"
    owner: Owner = "zoho"
    ref: str | None = None
    transform: str | None = None
    default: Mapping[Side, str | None] = field(default_factory=neither)
    longest: Mapping[Side, int | None] = field(default_factory=neither)
    places: Mapping[Side, int | None] = field(default_factory=neither)
    required: tuple[Side, ...] = ()
    choices: tuple[tuple[str, str], ...] = ()
    multiline: bool = False  # whether the CRM's field keeps line breaks
    label_only: bool = False  # may differ once Xero has locked the document

    def path(self, side: Side) -> Path | None:
        return self.zoho if side == ZOHO else self.xero

    def held_by(self, side: Side) -> bool:
        """Whether a record of that side has this field."""
        return self.path(side) is not None or (side == XERO and self.kind in COMPUTED)

    @property
    def rule(self) -> FieldRule:
        alone = not (self.held_by(ZOHO) and self.held_by(XERO))
        direction: Direction = "derived" if alone else self.direction
        return FieldRule(self.name, direction, self.owner, self.ref, label=self.label)

    def clean(self, side: Side) -> Callable[[Any], Value]:
        return values.lookup if self.kind == "ref" and side == ZOHO else KINDS[self.kind]

    def native(self, side: Side, value: Value) -> Any:
        """The value as a body of that side spells it; blank clears (facts/xero.md T14: Xero takes no null)."""
        if value is None:
            return None if side == ZOHO else ""
        return {"id": value} if self.kind == "ref" and side == ZOHO else value


def fitted(mapped: FieldMap, to: Side, value: Value, of: Record) -> Value:
    """The value as `to` would store it and give it back; raises Cannot."""
    given = _default(mapped, to, of) if value is None or value == "" else value
    if isinstance(given, str):
        given = _cut(mapped, to, _spelt(mapped, to, given))
    elif mapped.kind in ("number", "money") and given is not None:
        given = values.rounded(given, mapped.places[to])
    if given is None and to in mapped.required:
        place = "the CRM" if to == ZOHO else "Xero"
        raise Cannot("missing", f"{mapped.label} is blank, and {place} needs it.", f"Fill in {mapped.label}.")
    return given


def _default(mapped: FieldMap, to: Side, of: Record) -> Value:
    template = mapped.default[to]
    if template is None:
        return None
    known = {name: value for name, value in of.fields.items() if isinstance(value, str)}
    return KINDS[mapped.kind](values.name(template.format_map(defaultdict(str, known))))


def _cut(mapped: FieldMap, to: Side, value: str) -> str | None:
    longest = mapped.longest[to]
    if mapped.kind in WHOLE and not values.fits(value, longest):
        place = "the CRM" if to == ZOHO else "Xero"
        raise Cannot(
            "too_long",
            f"{mapped.label} “{value}” is too long for {place}, which takes {longest} characters.",
            f"Shorten it, or make the field in {place} longer.",
        )
    return values.fit(value, longest)


def _spelt(mapped: FieldMap, to: Side, value: str) -> str:
    if mapped.transform is not None:
        value = values.TRANSFORMS[mapped.transform](value)
    if mapped.kind == "street":
        lines = values.lines_of(value)
        if to == ZOHO:
            return ("\n" if mapped.multiline else ", ").join(lines)
        last = len(STREET_LINES) - 1
        four = [*lines[:last], ", ".join(lines[last:])] if lines[last:] else lines
        return "\n".join(values.fit(line, LONGEST_STREET_LINE) or "" for line in four)
    if to == XERO and mapped.kind == "name":
        return values.name(value.replace("<", "").replace(">", "")) or ""
    if to == XERO and mapped.kind == "email" and not _takes(value):
        raise Cannot("email_refused", f"Xero does not take the e-mail address “{value}”.", "Correct the address.")
    return value


def _takes(address: str) -> bool:
    """Xero refuses addresses that are not plain ASCII (facts/xero.md 3.9)."""
    local, _, domain = address.partition("@")
    plain = address.isascii() and not any(c.isspace() or c in ',;:<>()[]"' for c in address)
    return plain and bool(local) and "." in domain.strip(".") and "@" not in domain
