"""What differs between two states of one part of the settings, each thing in words.

Pure. Rows of a map are compared by what they are about and not by their place, so that one new row is one difference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from extension.entities.catalogue import PAIRS
from extension.entities.taxes import together

SETTINGS: Final = {
    "schedule": "Schedule", "notify": "E-mail", "paused": "Paused", "keep_days": "History kept for (days)",
    "itemless_product": "Product for lines without an item", "start_date": "Start date", "name": "Name",
    "subform": "Lines of the CRM", "lines": "Fields of a line", "scope": "Records", "enabled": "Synchronised",
    "direction": "Direction", "owner": "Wins a conflict", "default_zoho": "Default in the CRM",
    "default_xero": "Default in Xero", "zoho": "Field of the CRM", "xero": "Field of Xero", "label": "Label",
    "kind": "Kind", "retire": "When one side deletes", "new_contacts": "New Xero contacts become",
    "document_limit": "New documents per run, at most", "sales": "Sales", "purchases": "Purchases", "on": "On",
    "times": "Times", "weekdays": "Weekdays", "entities": "Modules", "mode": "Mode", "email": "E-mail",
    "on_loss": "Mail when a connection is lost", "choices": "Choices", "accounts": "Default account",
    "documents": "Documents", "rounding_account": "Account of rounding lines", "numbering": "Whose number counts",
    "crm_links": "Link to the CRM in Xero", "charges": "Amounts of the whole", "discount": "Discount",
    "adjustment": "Adjustment", "account": "Account", "tax": "Tax", "description": "Description",
    "purchase_orders": "Purchase orders become",
    "categories": "By category of product", "amounts": "New documents are in Xero",
}  # fmt: skip
VALUES: Final[Mapping[str, Mapping[Any, str]]] = {
    "direction": {
        "both": "Both ways",
        "to_xero": "CRM to Xero",
        "to_zoho": "Xero to CRM",
        "derived": "Does not travel",
    },
    "owner": {"zoho": "CRM", "xero": "Xero", "newest": "The newest", "ask": "Ask"},
    "scope": {"ticked": "Only those ticked", "all": "All"},
    "purchase_orders": {"orders": "Purchase orders", "bills": "Bills"},
    "new_contacts": {"by_role": "By their role", "contacts": "Customers only"},
    "mode": {"both": "Both ways", "zoho-to-xero": "CRM to Xero", "xero-to-zoho": "Xero to CRM"},
    "numbering": {"crm": "The CRM's", "xero": "Xero's"},
    "amounts": {"Exclusive": "Without tax", "Inclusive": "With tax in them", "NoTax": "Without any tax"},
    "retire": {"ask": "Ask", "archive": "Put away", "void": "Void", "mark": "Mark", "ignore": "Leave alone"},
}
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
NOTHING: Final = ""
SILENT: Final = ("mapping_version",)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs. `where`: from the largest part to the smallest."""

    where: tuple[str, ...]
    before: str
    after: str


def differences(name: str, before: Any, after: Any) -> list[Difference]:
    """Of one part of the settings, by its name in the document."""
    if before == after or name in SILENT:
        return []
    match name:
        case "entities":
            return list(_entities(before or {}, after or {}))
        case "status":
            return list(_maps(before or {}, after or {}, "statuses", lambda row: row.get("direction", "both")))
        case "taxes":
            return list(_maps(before or {}, after or {}, "taxes", lambda row: "both"))
    return list(_plain((), name, before, after))


def between(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """Of two whole documents."""
    names = sorted({*old, *new})
    return [one for name in names for one in differences(name, old.get(name), new.get(name))]


def module(name: str) -> str:
    return PAIRS[name].label.capitalize() + "s" if name in PAIRS else name.replace("_", " ").capitalize()


def spelt(name: str, value: Any) -> str:
    """A value in words."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, str) and value in VALUES.get(name, {}):
        return VALUES[name][value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "weekdays" and isinstance(value, list):
        return ", ".join(DAYS[day] for day in value if isinstance(day, int) and 0 <= day < len(DAYS))
    if name == "choices" and isinstance(value, list):
        return ", ".join(str(one.get("zoho")) for one in value if isinstance(one, Mapping))
    if isinstance(value, list):
        return ", ".join(module(str(one)) if name == "entities" else str(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{said(key)}: {spelt(key, one)}" for key, one in value.items())
    return str(value)


def said(name: str) -> str:
    return SETTINGS.get(name) or module(name)


def _plain(where: tuple[str, ...], name: str, before: Any, after: Any) -> Iterator[Difference]:
    """Values, and mappings one level deeper each."""
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old, new = before or {}, after or {}
        inner = where if name == "policies" else (*where, said(name))
        for key in [*old, *(key for key in new if key not in old)]:
            if old.get(key) == new.get(key):
                continue
            if name == "categories":  # its keys are people's own words
                yield from _accounts((*inner, key), old.get(key) or {}, new.get(key) or {})
            elif name in ("retire", "numbering", "amounts"):  # their keys are modules, their values are all of one kind
                yield Difference((*inner, said(key)), spelt(name, old.get(key)), spelt(name, new.get(key)))
            else:
                yield from _plain(inner, key, old.get(key), new.get(key))
        return
    yield Difference((*where, said(name)), spelt(name, before), spelt(name, after))


def _accounts(where: tuple[str, ...], before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for trade in ("sales", "purchases"):
        if before.get(trade) != after.get(trade):
            yield Difference((*where, said(trade)), spelt(trade, before.get(trade)), spelt(trade, after.get(trade)))


# ------------------------------------------------------------------ modules


def _entities(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name) or {}, after.get(name) or {}
        for key in [*old, *(key for key in new if key not in old)]:
            if key != "fields" and _usual(key, old.get(key)) != _usual(key, new.get(key)):
                values = (_usual(key, each.get(key)) for each in (old, new))
                yield from _plain((module(name),), key, *values)
        yield from _fields((module(name),), old.get("fields") or [], new.get("fields") or [])


def _usual(key: str, value: Any) -> Any:
    """What an absent value stands for."""
    usual = {"scope": "ticked", "enabled": True, "direction": "both", "owner": "zoho"}
    return usual.get(key) if value is None else value


def _fields(where: tuple[str, ...], before: list[Any], after: list[Any]) -> Iterator[Difference]:
    old, new = ({str(row.get("name")): row for row in rows} for rows in (before, after))
    for name in [*old, *(name for name in new if name not in old)]:
        mine, theirs = old.get(name), new.get(name)
        row = theirs or mine or {}
        here = (*where, f"Field “{row.get('label') or name.replace('_', ' ').capitalize()}”")
        if mine is None or theirs is None:
            yield Difference(here, _row(mine), _row(theirs))
            continue
        for key in [*mine, *(key for key in theirs if key not in mine)]:
            if _usual(key, mine.get(key)) != _usual(key, theirs.get(key)):
                yield from _plain(here, key, _usual(key, mine.get(key)), _usual(key, theirs.get(key)))


def _row(row: Mapping[str, Any] | None) -> str:
    """A row of a field map in one line."""
    if row is None:
        return NOTHING
    ends = [end for end in (row.get("zoho"), row.get("xero")) if end]
    return f"{' ↔ '.join(ends)}, {spelt('direction', row.get('direction', 'both'))}"


# ------------------------------------------------------------------ statuses and taxes


def _maps(
    before: Mapping[str, Any], after: Mapping[str, Any], what: str, way: Callable[[Mapping[str, Any]], str]
) -> Iterator[Difference]:
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = (_both_ways(each.get(name) or [], way) for each in (before, after))
        here = f"{said(name)}, {what}"
        for key in [*old, *(key for key in new if key not in old)]:
            if old.get(key) != new.get(key):
                place = "CRM" if key[0] == "zoho" else "Xero"
                words = (here, f"{place} “{key[1] or 'none'}” becomes")
                yield Difference(words, _held(old.get(key)), _held(new.get(key)))


def _both_ways(rows: list[Any], way: Callable[[Mapping[str, Any]], str]) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for row in rows:
        named = row.get("zoho") or ""
        crm, xero = together(named) if isinstance(named, list) else str(named), str(row.get("xero") or "")
        if way(row) != "to_zoho":
            found.setdefault(("zoho", crm), xero)
        if way(row) != "to_xero":
            found.setdefault(("xero", xero), crm or "none")
    return found


def _held(value: str | None) -> str:
    return "held" if value is None else value
