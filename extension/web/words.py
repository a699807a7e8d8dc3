"""How values are spelt on a page: the users' words for ours, amounts, times, links into both services.

Pure but for the organisation's time zone, which is the only edge where UTC ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

from extension.sync.canonical import Placeholder

SIDES: Final[Mapping[str, str]] = {"zoho": "Zoho CRM", "xero": "Xero", "both": "both sides"}
MODES: Final[Mapping[str, str]] = {
    "both": "Both ways",
    "zoho-to-xero": "CRM to Xero",
    "xero-to-zoho": "Xero to CRM",
}
DIRECTIONS: Final[Mapping[str, str]] = {"both": "Both ways", "to_xero": "CRM to Xero", "to_zoho": "Xero to CRM"}
MODULES: Final[Mapping[str, str]] = {
    "account": "Accounts",
    "contact": "Contacts",
    "vendor": "Vendors",
    "product": "Products",
    "invoice": "Invoices",
    "purchase_order": "Purchase orders",
}
OUTCOMES: Final[Mapping[str, str]] = {
    "created": "Created",
    "updated": "Updated",
    "linked": "Linked",
    "unchanged": "Unchanged",
    "skipped": "Skipped",
    "held": "Needs attention",
    "retired": "Retired",
    "failed": "Failed",
}
ACTIONS: Final[Mapping[str, str]] = {
    "create": "Create",
    "update": "Update",
    "adopt": "Link",
    "retire": "Retire",
    "detach": "Unlink",
    "forget": "Forget",
    "hold": "Needs attention",
    "skip": "Skip",
}
TONES: Final[Mapping[str, str]] = {  # outcome or state -> tone of its badge
    "created": "good", "updated": "good", "linked": "good", "done": "good", "create": "good", "update": "good",
    "adopt": "good", "sent": "good", "held": "warn", "stopped": "warn", "limited": "warn", "hold": "warn",
    "paused": "warn", "cancelled": "warn", "interrupted": "warn", "failed": "bad", "retired": "bad", "retire": "bad",
    "working": "info", "running": "info", "waiting": "info", "planned": "info",
}  # fmt: skip
STATES: Final[Mapping[str, str]] = {
    "done": "Done",
    "stopped": "Stopped: needs approval",
    "limited": "Waiting for the service",
    "failed": "Failed",
    "planned": "Previewed",
    "running": "Running",
    "interrupted": "Interrupted",
    "cancelled": "Cancelled",
    "waiting": "Waiting",
    "working": "Working",
    "paused": "Paused",
}
NOTHING: Final = "—"


def module(name: str) -> str:
    return MODULES.get(name, name.replace("_", " ").capitalize())


def service(side: str | None) -> str:
    return SIDES.get(side or "", "")


def value(given: Any) -> str:
    """A value of a record in one line."""
    if given is None or given == "" or given == []:
        return NOTHING
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, Placeholder):
        return "a record yet to be linked"
    if isinstance(given, Decimal):
        return number(given)
    if isinstance(given, (list, tuple)):
        return f"{len(given)} lines" if given and isinstance(given[0], Mapping) else ", ".join(value(v) for v in given)
    if isinstance(given, Mapping):
        return ", ".join(f"{name}: {value(one)}" for name, one in given.items())
    return str(given)


def number(amount: Decimal | int) -> str:
    """1234.5 as 1,234.5, with every digit it has."""
    return f"{amount:,f}" if isinstance(amount, Decimal) else f"{amount:,}"


def money(amount: Decimal | None, currency: str = "") -> str:
    """An amount with its currency, at least two decimals."""
    if amount is None:
        return NOTHING
    shown = amount if -int(amount.as_tuple().exponent) > 2 else amount.quantize(Decimal("0.01"))
    return f"{currency} {shown:,f}".strip()


def moment(when: datetime | None, zone: tzinfo = UTC) -> str:
    """In the organisation's own time zone."""
    return when.astimezone(zone).strftime("%-d %b %Y, %H:%M") if when else NOTHING


def weekday(when: datetime, zone: tzinfo = UTC) -> str:
    return when.astimezone(zone).strftime("%A")


def day(when: datetime | None, zone: tzinfo = UTC) -> str:
    """The day of a moment, in the organisation's own time zone."""
    return when.astimezone(zone).strftime("%-d %b %Y") if when else NOTHING


def ago(when: datetime | None, now: datetime) -> str:
    """How long it is since, in one word or two."""
    if when is None:
        return "never"
    seconds = (now - when).total_seconds()
    if seconds < 0:
        return _span(-seconds, "in {}")
    return "just now" if seconds < 45 else _span(seconds, "{} ago")


def _span(seconds: float, words: str) -> str:
    for size, name in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            n = round(seconds / size)
            return words.format(f"{n} {name}{'s' if n != 1 else ''}")
    return words.format("a moment")


def lasting(seconds: float) -> str:
    """A duration: 75 as 1 min 15 s."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def tone(word: str | None) -> str:
    return TONES.get(word or "", "plain")


def ending(reached: str, count: int) -> str:
    """1 record, 2 records."""
    return f"{number(count)} {reached}{'' if count == 1 else 's'}"
