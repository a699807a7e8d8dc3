"""How many calls an organisation of each service grants, and all of them together.

Only as long as the service has not said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from extension.sync.budget import Limits
from extension.sync.canonical import XERO, ZOHO, Side

EVER: Final = 2**31 - 1  # nobody counts these

# What an organisation grants at least; what the services say remains beats it (facts/zoho.md 3.3, facts/xero.md 3.4).
# Zoho's minute is bounded by calls at once alone; so many of these has the smallest of its editions, and every Xero.
LIMITS: Final[Mapping[Side, Limits]] = {
    ZOHO: Limits(minute=6_000, day=50_000, minute_reserve=60, day_reserve=500, at_once=5, at_once_reserve=1),
    XERO: Limits(minute=60, day=5_000, minute_reserve=10, day_reserve=200, at_once=5, at_once_reserve=1),
}
# What all organisations of our app grant together. Zoho counts nothing of the kind.
SHARED: Final[Mapping[Side, Limits]] = {XERO: Limits(minute=10_000, day=EVER, minute_reserve=500)}
