"""For how long a document has been overdue. Pure: told from what is known when somebody looks, and kept nowhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final

OWED: Final = "AUTHORISED"  # a draft is owed by nobody yet; of what is paid, voided or deleted nothing is due


def days_overdue(fields: Mapping[str, Any], now: datetime, zone: tzinfo) -> int | None:
    """Whole days since the due date of a document of Xero, as the calendar of `zone` counts them. None: not overdue,
    or it has no due date, or what is due of it is not known."""
    owed, due = fields.get("amount_due"), fields.get("due_date")
    if fields.get("status") != OWED or not isinstance(owed, Decimal) or owed <= 0 or not due:
        return None
    days = (now.astimezone(zone).date() - date.fromisoformat(str(due))).days
    return days if days > 0 else None
