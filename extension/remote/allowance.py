"""How many calls an organisation of each service grants, as long as the service has not said otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from extension.sync.budget import Limits
from extension.sync.canonical import XERO, ZOHO, Side

# What an organisation grants at least; what the services say remains beats it (facts/zoho.md 3.3, facts/xero.md 3.4).
# Zoho's minute is bounded by calls at once alone.
LIMITS: Final[Mapping[Side, Limits]] = {
    ZOHO: Limits(minute=6_000, day=50_000, minute_reserve=60, day_reserve=500),
    XERO: Limits(minute=60, day=5_000, minute_reserve=10, day_reserve=200),
}
