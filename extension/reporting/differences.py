"""What one action of a plan would change, field by field and line by line, as a person reads it.

Pure. Works on the documents of `planview` after `plain`: a record that does not exist yet is `new:entity:side:id`.
Names of other records are asked for once for a whole page.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Protocol

from extension.sync.canonical import SIDES, XERO, ZOHO, Side
from extension.sync.model import FieldRule, Record

Changes = Mapping[str, Sequence[Any]]
"""Field -> [before, after]."""
Names = Mapping[tuple[str, str], str]
"""(entity, handle) or ("", "new:...") -> what that record is called."""

NEW: Final = "new:"
PRODUCT: Final = "product"  # both the field of a line and the entity that it names
OURS: Final = frozenset({"xero_id", "xero_url", "add_to_xero"})  # our own fields in the CRM: told in a word
INNER: Final = frozenset({"id", "from"})  # which line it is, not what it says
TO_COME: Final = "a record yet to be linked"


class Rules(Protocol):
    """What is known of an entity's fields."""

    @property
    def rules(self) -> Mapping[str, FieldRule]: ...
    @property
    def line_rules(self) -> Mapping[str, FieldRule]: ...


class Memory(Protocol):
    """Where names are read."""

    def by_id(self, entity: str, side: Side, ids: Sequence[str]) -> Sequence[Record]: ...
    def by_handle(self, entity: str, side: Side, handles: Sequence[str]) -> Sequence[Record]: ...


@dataclass(frozen=True)
class Changed:
    """One value that would change."""

    label: str
    before: Any
    after: Any


def changed(entity: Rules | None, changes: Changes, names: Names) -> list[Changed]:
    """Every value of an action, lines opened up; but for our own fields."""
    found: list[Changed] = []
    for name, (before, after) in changes.items():
        if name in OURS:
            continue
        if _is_lines(before) or _is_lines(after):
            found += _lines(entity, before or [], after or [], names)
        else:
            rule = entity.rules.get(name) if entity else None
            found.append(Changed(_label(rule, name), _said(rule, before, names), _said(rule, after, names)))
    return found


def names(entities: Mapping[str, Rules], actions: Iterable[tuple[str, Changes]], memory: Memory) -> Names:
    """What the records are called that these actions refer to."""
    handles: dict[str, set[str]] = defaultdict(set)
    for entity, changes in actions:
        for ref, value in _references(entities.get(entity), changes):
            handles[ref].add(value)
    found: dict[tuple[str, str], str] = {}
    for ref, values in handles.items():
        for side in SIDES if ref else ():
            found.update(((ref, r.handle or r.id), r.title) for r in memory.by_handle(ref, side, sorted(values)))
    for token in handles.get("", ()):
        entity, its, id_ = token.removeprefix(NEW).split(":", 2)
        there = memory.by_id(entity, ZOHO if its == ZOHO else XERO, [id_])
        found["", token] = there[0].title if there else TO_COME
    return found


def _references(entity: Rules | None, changes: Changes) -> Iterator[tuple[str, str]]:
    """Everything that names another record; "" for one that is yet to be made."""
    for name, pair in changes.items():
        rule = entity.rules.get(name) if entity else None
        for value in pair:
            for one, its in _values(entity, rule, value):
                if _yet_to_be(one):
                    yield "", one
                elif isinstance(one, str) and its is not None and its.ref:
                    yield its.ref, one


def _values(entity: Rules | None, rule: FieldRule | None, value: Any) -> Iterator[tuple[Any, FieldRule | None]]:
    if not _is_lines(value):
        yield value, rule
        return
    for line in value:
        yield from ((one, entity.line_rules.get(name) if entity else None) for name, one in line.items())


def _yet_to_be(value: Any) -> bool:
    """`new:entity:side:id`; a text that a person typed may begin like it."""
    parts = value.split(":", 3) if isinstance(value, str) and value.startswith(NEW) else []
    return len(parts) == 4 and parts[2] in SIDES and bool(parts[1] and parts[3])


# ------------------------------------------------------------------ lines


def _is_lines(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _lines(entity: Rules | None, before: Sequence[Any], after: Sequence[Any], names: Names) -> Iterator[Changed]:
    """Lines that came, went or say something else. A line is known by its id."""
    old = {line["id"]: line for line in before if line.get("id")}
    kept = set()
    for n, line in enumerate(after, 1):
        was = old.get(line.get("id"))
        if was is None:
            yield Changed(f"Line {n}", None, summary(line, names))
            continue
        kept.add(line["id"])
        for name in dict.fromkeys([*was, *line]):
            if name not in INNER and was.get(name) != line.get(name):
                rule = entity.line_rules.get(name) if entity else None
                label = f"Line {n}, {_label(rule, name).lower()}"
                yield Changed(label, _said(rule, was.get(name), names), _said(rule, line.get(name), names))
    for line in before:
        if line.get("id") not in kept:
            yield Changed("A line", summary(line, names), None)


def summary(line: Mapping[str, Any], names: Names) -> str:
    """Desk, 2 at 100"""
    product = line.get(PRODUCT, "")
    what = line.get("description") or names.get((PRODUCT, product)) or _said(None, product, names) or ""
    quantity, price = line.get("quantity"), line.get("price")
    amount = f"{_figure(quantity)} at {_figure(price)}" if quantity is not None and price is not None else ""
    return ", ".join(part for part in (str(what), amount) if part)


# ------------------------------------------------------------------ values


def _label(rule: FieldRule | None, name: str) -> str:
    return (rule.label if rule else "") or name.replace("_", " ").capitalize()


def _said(rule: FieldRule | None, value: Any, names: Names) -> Any:
    if _yet_to_be(value):
        return names.get(("", value), TO_COME)
    if isinstance(value, str) and rule is not None and rule.ref:
        return names.get((rule.ref, value), value)
    return _figure(value) if isinstance(value, Decimal) else value


def _figure(value: Any) -> Any:
    """2.0000 as 2, 1.50 as 1.50: digits that say nothing are left out beyond the cent."""
    if not isinstance(value, Decimal):
        return value
    if value == value.to_integral_value():
        return f"{value:,.0f}"
    cents = value.quantize(Decimal("0.01"))
    return f"{cents:,f}" if cents == value else f"{value.normalize():,f}"
