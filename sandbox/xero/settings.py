"""What can be chosen about the local Xero.

`Switches` are the behaviours nobody has verified (facts/xero.md 8 and every [UNV] there) and the rate limits: a
client must be right under both settings of each. They can be changed while the sandbox runs; `Settings` are given
once, at the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

UNLIMITED = 1_000_000


def _choice(default: Any, *others: Any) -> Any:
    return field(default=default, metadata={"choices": (default, *others)})


@dataclass(frozen=True)
class Switches:
    """One behaviour each; the first value of a choice is the default, the one most sources believe."""

    # Amounts (3.12)
    tie_rounding: str = _choice("half_up", "half_even")
    discount_rounding: str = _choice("nearest", "down")
    """"down" is what the API once answered for a discount: 1908.39 for 1908.396 (StackOverflow 66782237)."""
    component_rounding: str = _choice("whole", "each")
    """Whether a rate of several components is rounded once, or the tax of each by itself."""
    bill_discount: str = _choice("refuse", "ignore")

    # Reading (3.5)
    modified_since: str = _choice("inclusive", "exclusive")
    nothing_changed: str = _choice("empty", "not_modified")
    page_past_end: str = _choice("empty", "not_found")
    list_lag_seconds: float = 0.0
    """Lists show the books as they stood so long ago; reading by id is always fresh."""
    query_error: str = _choice("json", "plain")
    """Whether a `where` that cannot be read is told of as error 16, or a bare 400 comes (3.18: not verified)."""

    # Writing (3.7, 3.10, 3.11)
    mixed_batch: str = _choice("nothing", "good")
    """What a summarised batch with one bad element saves."""
    answer_order: str = _choice("request", "number")
    """The documents of a batch come back as they were sent; one recorded batch of two came back by number (3.7)."""
    largest_body: int = _choice(10_000_000, 3_500_000)
    """One page says both (3.7)."""
    unknown_fields: str = _choice("ignore", "refuse")
    empty_clears: bool = True
    null_clears: bool = False
    unknown_line_id: str = _choice("create", "refuse")
    line_update: str = _choice("merge", "replace")
    """Whether a field left out of a line that is updated keeps its value."""
    edit_authorised: bool = True
    due_date_message: str = _choice(
        "The due date must be specified for an approved document.", "Invoices that are approved need a DueDate"
    )
    """That it is refused is reported, the words are not (8)."""
    orders_locked: bool = True
    """Whether the lock dates bind purchase orders, which are never posted (3.11)."""
    payments_touch_documents: bool = True
    """Whether a payment or credit, and its removal, moves the modified time of its document: likely, not documented."""
    retired_number_reuse: bool = True
    """Whether the number of a voided or deleted sales invoice is free again."""
    bill_reference_kept: bool = False
    delete_billed_order: bool = True
    order_default_account: str = _choice("", "300")
    delete_used_item: bool = False
    used_item_message: str = _choice(
        "The Price List Item is used on a transaction and cannot be deleted", "Item cannot be deleted as it is in use"
    )
    default_branding_theme: bool = True

    # Webhooks (3.15)
    payment_webhook: bool = True
    """Whether a payment is told as a change of its invoice."""
    credit_webhook: bool = True
    """Whether credit that somebody applies or takes back is told as a change of itself."""

    # Contacts (3.13)
    archived_name_reuse: bool = True
    names_unique: bool = True
    """Xero has announced that names may stop being unique."""
    name_spaces: str = _choice("refuse", "trim")
    merge_touches_documents: bool = True

    # Errors and limits (3.3, 3.4)
    scope_failure_status: int = _choice(401, 403)
    scope_error: str = _choice("insufficent_scope", "insufficient_scope")
    """As the service misspells it, and as one day it may not (3.1)."""
    app_minute_header: bool = True
    """Whether X-AppMinLimit-Remaining is among the limit headers: recordings disagree."""
    concurrent_problem: str = "concurrent"
    app_minute_problem: str = "appminute"
    day_window: str = _choice("fixed", "rolling")
    enforce_limits: bool = False
    """Off: counted against the numbers below all the same, but never refused."""
    minute_limit: int = UNLIMITED
    day_limit: int = UNLIMITED
    app_minute_limit: int = UNLIMITED
    concurrent_limit: int = 5

    def changed(self, changes: Mapping[str, Any]) -> Switches:
        """A copy with some switches set; an unknown name or a value of the wrong kind is a ValueError."""
        known = {entry.name: entry for entry in fields(self)}
        for name, value in changes.items():
            if name not in known:
                raise ValueError(f"there is no switch {name!r}; there are {', '.join(known)}")
            _check(name, value, getattr(self, name), known[name].metadata.get("choices"))
        return replace(self, **{name: _like(getattr(self, name), value) for name, value in changes.items()})

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


REAL_LIMITS: Mapping[str, Any] = {
    "enforce_limits": True,
    "minute_limit": 60,
    "day_limit": 5_000,
    "app_minute_limit": 10_000,
    "concurrent_limit": 5,
}
"""The limits of the real service (3.4); `STARTER_LIMITS` are those of a new app."""
STARTER_LIMITS: Mapping[str, Any] = {**REAL_LIMITS, "day_limit": 1_000}


@dataclass(frozen=True)
class Settings:
    """How a sandbox is set up."""

    switches: Switches = Switches()
    client_id: str = "sandbox"
    client_secret: str = "sandbox"
    seed: int = 1
    """Starts the sequence of ids and tokens, so that a story told twice is the same story."""


def _check(name: str, value: Any, now: Any, choices: tuple[Any, ...] | None) -> None:
    if choices is not None:
        if value not in choices:
            raise ValueError(f"{name} is one of {', '.join(map(repr, choices))}, not {value!r}")
        return
    number = isinstance(now, int | float) and not isinstance(now, bool)
    try:
        fits = float(value) >= 0 and not isinstance(value, bool | str) if number else isinstance(value, type(now))
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise ValueError(f"{name} takes {type(now).__name__} values such as {now!r}, not {value!r}")


def _like(now: Any, value: Any) -> Any:
    return float(value) if isinstance(now, float) else int(value) if type(now) is int else value
