"""How often a connection may run by itself, so that the calls of a day last for the whole of it.

Pure. A schedule wishes an interval; each service grants so many calls a day, some of which are the button's. Where what
is left does not carry the interval to the end of the service's day, runs are further apart, evenly, instead of one
after the other until nothing is left and then none for hours. It is worked out anew after every run from what the
service said last, so a quiet hour, another program's calls, a new day or a larger plan all show within one run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any, Final

from extension.sync.budget import DAY, HOUR, MINUTE, Allowance
from extension.sync.canonical import SERVICES, XERO, ZOHO, Side

RECENT: Final = 12  # runs whose calls are averaged: busy hours and quiet ones differ
SPARE: Final = 1.1  # a run may take more than the last ones did
LONG: Final = 120  # minutes from which on they are said in hours
STEP: Final = 5  # minutes; an interval that moved by one with every run would only confuse


@dataclass(frozen=True)
class Spent:
    """One run that the schedule asked for: when, and the calls that it took of each service."""

    at: datetime
    calls: Mapping[Side, int]


@dataclass(frozen=True)
class Stretch:
    """Runs are `minutes` apart instead of `wished`, because of one side: it `allows` so many calls a day to us, and a
    run takes about `takes`. `until`: what is left is the button's, and no run begins before that side's day turns."""

    minutes: int
    wished: int
    side: Side
    allows: int
    takes: int
    until: datetime | None = None

    @property
    def sentence(self) -> str:
        name, calls = SERVICES[self.side], f"{self.allows:,} call{'s' * (self.allows != 1)} a day"
        if self.until:
            return (
                f"The next run waits until {name} allows more calls, in at most {spoken(self.minutes)}: "
                f"it allows {calls}, and what is left of them is kept for the button."
            )
        wished = spoken(self.wished) if self.wished >= LONG else str(self.wished)
        every = f"Every {spoken(self.minutes)} instead of {wished}"
        return f"{every}: {name} allows {calls}, and a run takes about {self.takes}."

    def document(self) -> dict[str, Any]:
        """As the store keeps it and JSON says it."""
        return {**asdict(self), "until": self.until.isoformat() if self.until else None}

    @staticmethod
    def read(document: Mapping[str, Any] | None) -> Stretch | None:
        if not document:
            return None
        side = XERO if document["side"] == XERO else ZOHO
        minutes, wished, allows, takes = (int(document[name]) for name in ("minutes", "wished", "allows", "takes"))
        until = document.get("until")
        return Stretch(minutes, wished, side, allows, takes, datetime.fromisoformat(until) if until else None)


def stretched(
    wished: timedelta, now: datetime, allowed: Mapping[Side, Allowance], runs: Sequence[Spent]
) -> Stretch | None:
    """The interval that the budgets carry; None where they carry the wished one, or nothing is measured yet.

    `runs`: of the last day, newest first.
    """
    found = [
        each
        for side, allowance in allowed.items()
        if (each := _of_side(side, wished, now, allowance, runs)) is not None
    ]
    return max(found, key=lambda each: each.minutes, default=None)


def steadied(found: Stretch | None, before: Stretch | None) -> Stretch | None:
    """What is said and done now: a step up or down is no news, or it would go to and fro with every run."""
    if found is None or before is None or (found.side, found.wished) != (before.side, before.wished):
        return found
    if found.until or before.until or abs(found.minutes - before.minutes) > STEP:
        return found
    return before


def _of_side(
    side: Side, wished: timedelta, now: datetime, allowance: Allowance, runs: Sequence[Spent]
) -> Stretch | None:
    costs = [run.calls.get(side, 0) for run in runs[:RECENT]]
    takes = sum(costs) / len(costs) if costs else 0.0
    if takes == 0:
        return None
    if not allowance.rolling and now >= allowance.day_ends:
        return None  # that side's day should have turned: the next run finds out
    free = allowance.day_left - allowance.day_reserve
    dry, until = free < takes, None  # not even one more run before something comes back
    if allowance.rolling:
        # What the runs of the last day took comes back within the next one, call by call.
        ours = sum(run.calls.get(side, 0) for run in runs if now - run.at < DAY)
        apart, allows = _apart(free + ours, takes, DAY), allowance.day_left + ours
        apart = max(apart, HOUR) if dry else apart
    else:
        left, until = allowance.day_ends - now, allowance.day_ends if dry else None
        apart, allows = left if dry else min(left, _apart(free, takes, left)), allowance.day_limit
    minutes, wish = _rounded(min(apart, DAY)), round(wished / MINUTE)
    return Stretch(minutes, wish, side, allows, ceil(takes), until) if minutes > wish else None


def _apart(free: int, takes: float, span: timedelta) -> timedelta:
    """Between two runs, where so many calls are to last so long."""
    return min(DAY, span * (takes * SPARE / free)) if free > 0 else DAY


def _rounded(apart: timedelta) -> int:
    """Whole steps of minutes, never fewer."""
    return ceil(apart / (STEP * MINUTE)) * STEP


def spoken(minutes: int) -> str:
    """As people say it."""
    if minutes < LONG:
        return f"{minutes} minutes"
    hours, rest = divmod(minutes, 60)
    return f"{hours} hours" + (f" and {rest} minutes" if rest else "")
