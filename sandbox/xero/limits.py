"""Rate limits (facts/xero.md 3.4): counted always and truthfully, enforced when the switch says so.

A rolling minute per organisation and one over the whole app, and a day per organisation whose window starts at an
hour of its own. What is refused is not counted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.xero.refusals import Throttled
from sandbox.xero.settings import Switches

PROBLEMS: Mapping[str, str] = {
    "minute": "60 calls in a rolling minute of the organisation",
    "day": "5,000 calls (1,000 for a new app) in a day of the organisation",
    "appminute": "10,000 calls in a rolling minute of the whole app",
    "concurrent": "5 calls at once of the organisation: no Retry-After unless one is given",
}
"""What X-Rate-Limit-Problem names."""
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass
class Usage:
    """What one organisation has used."""

    minute: deque[datetime] = field(default_factory=deque)
    day: deque[datetime] = field(default_factory=deque)

    def copy(self) -> Usage:
        return Usage(deque(self.minute), deque(self.day))


@dataclass
class Limits:
    tenants: dict[str, Usage] = field(default_factory=dict)
    app: deque[datetime] = field(default_factory=deque)

    def copy(self) -> Limits:
        return Limits({tenant: usage.copy() for tenant, usage in self.tenants.items()}, deque(self.app))

    def usage(self, tenant_id: str) -> Usage:
        return self.tenants.setdefault(tenant_id, Usage())

    def count(self, tenant_id: str, now: datetime, switches: Switches, in_flight: int) -> None:
        """One more call, or Throttled. `in_flight` counts it already."""
        usage = self.usage(tenant_id)
        self._forget(usage, tenant_id, now, switches)
        if switches.enforce_limits:
            if in_flight > switches.concurrent_limit:
                raise Throttled(switches.concurrent_problem, None)
            self._check(usage, tenant_id, now, switches)
        for window in (usage.minute, usage.day, self.app):
            window.append(now)

    def headers(self, tenant_id: str, now: datetime, switches: Switches) -> Mapping[str, str]:
        """What every answer about an organisation carries."""
        usage = self.usage(tenant_id)
        self._forget(usage, tenant_id, now, switches)
        shown = {
            "X-DayLimit-Remaining": str(max(0, switches.day_limit - len(usage.day))),
            "X-MinLimit-Remaining": str(max(0, switches.minute_limit - len(usage.minute))),
        }
        if switches.app_minute_header:
            shown["X-AppMinLimit-Remaining"] = str(max(0, switches.app_minute_limit - len(self.app)))
        return shown

    def _check(self, usage: Usage, tenant_id: str, now: datetime, switches: Switches) -> None:
        if len(usage.day) >= switches.day_limit:
            ends = usage.day[0] + DAY if switches.day_window == "rolling" else day_start(tenant_id, now) + DAY
            raise Throttled("day", _seconds(ends - now))
        if len(usage.minute) >= switches.minute_limit:
            raise Throttled("minute", _seconds(usage.minute[0] + MINUTE - now))
        if len(self.app) >= switches.app_minute_limit:
            raise Throttled(switches.app_minute_problem, _seconds(self.app[0] + MINUTE - now))

    def _forget(self, usage: Usage, tenant_id: str, now: datetime, switches: Switches) -> None:
        start = now - DAY if switches.day_window == "rolling" else day_start(tenant_id, now)
        for window, oldest in ((usage.minute, now - MINUTE), (self.app, now - MINUTE), (usage.day, start)):
            while window and window[0] <= oldest:
                window.popleft()


def day_start(tenant_id: str, now: datetime) -> datetime:
    """Where this organisation's day began: at an hour that is its own (3.4)."""
    hour = int(tenant_id[:8], 16) % 24
    start = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return start if start <= now else start - DAY


def _seconds(left: timedelta) -> int:
    return max(1, -int(-left.total_seconds() // 1))
