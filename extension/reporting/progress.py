"""How far a run is, from the engine's events: what is done now, how many so far, what share, how long still.

Pure but for the clock that is passed in. A share is told only where the whole is known: the rows that the last
reading of a feed found, the actions of a plan. Time left follows from the share that the time so far was good for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from extension.sync.canonical import Side

Feeds = Mapping[tuple[Side, str], int | None]
"""Rows expected of each feed that will be read; None: nobody knows, and while it is read no share is told."""

SURE: Final = 0.02  # a smaller share says nothing about the time left
SHORT: Final = 2.0  # seconds that say nothing either
ALMOST: Final = 0.99  # the whole was an estimate


class Progress:
    """Listens to one run. `tell` is given the document at every event; `writes`: whether the run may write."""

    def __init__(
        self, feeds: Feeds, now: Callable[[], datetime], tell: Callable[[Mapping[str, Any]], None], *, writes: bool
    ) -> None:
        self._feeds, self._now, self._tell, self._writes = dict(feeds), now, tell, writes
        self._began = now()
        self._at: tuple[Side, str] | None = None
        self._before = 0  # rows read before this feed, or outcomes before this pass
        self._said: dict[str, Any] = {
            "step": "starting",
            "side": None,
            "feed": None,
            "rows": 0,
            "planned": 0,
            "outcomes": 0,
            "done": None,
            "left_seconds": None,
        }

    def step(self, name: str) -> None:
        """Something that is not the engine's: reading the set-up, keeping a preview."""
        self._enter(step=name, side=None, feed=None)

    def __call__(self, event: str, facts: Mapping[str, Any]) -> None:
        match event:
            case "observing":
                self._observing(facts["side"], facts["feed"])
            case "observed":
                self._enter(step="comparing", side=None, feed=None, rows=facts["rows"])
            case "planned":
                self._before = int(self._said["outcomes"])
                step = "writing" if self._writes else "comparing"
                self._enter(step=step, planned=self._before + int(facts["actions"]))
            case "settled":
                self._settled(facts)

    def _observing(self, side: Side, feed: str) -> None:
        if self._at is not None:  # what it really held
            self._feeds[self._at] = int(self._said["rows"]) - self._before
        first = self._said["step"] != "observing"
        self._at, self._before = (side, feed), int(self._said["rows"])
        if first:
            self._enter(step="observing", side=side, feed=feed)
        else:
            self._say(side=side, feed=feed)

    def _settled(self, facts: Mapping[str, Any]) -> None:
        self._say(**{name: facts[name] for name in ("rows", "outcomes") if name in facts})

    def _enter(self, **changes: Any) -> None:
        """A new step: its time begins now."""
        self._began = self._now()
        self._say(**changes)

    def _say(self, **changes: Any) -> None:
        self._said |= changes
        done = self._share()
        self._said |= {"done": done, "left_seconds": self._left(done)}
        self._tell(dict(self._said))

    def _share(self) -> float | None:
        if self._said["step"] == "observing" and self._at is not None and self._feeds.get(self._at) is not None:
            whole = sum(rows for rows in self._feeds.values() if rows is not None)
            return min(ALMOST, round(self._said["rows"] / whole, 3)) if whole else None
        if self._said["step"] == "writing":
            whole = self._said["planned"] - self._before
            return min(ALMOST, round((self._said["outcomes"] - self._before) / whole, 3)) if whole > 0 else None
        return None

    def _left(self, done: float | None) -> int | None:
        spent = (self._now() - self._began).total_seconds()
        if done is None or done < SURE or spent < SHORT:
            return None
        return round(spent * (1 - done) / done)
