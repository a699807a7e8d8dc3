"""What a run is doing just now, on standard error: a moving line on a terminal, plain lines in a pipe.

The engine tells events and knows no screen; the words are here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from extension.console.screen import Screen

Watch = Callable[[str, Mapping[str, object]], None]
SERVICES: Mapping[str, str] = {"zoho": "Zoho CRM", "xero": "Xero"}


def words(event: str, facts: Mapping[str, object]) -> str:
    """One event as a line; "" for what nobody needs to read."""
    match event:
        case "step":
            return f"{facts.get('text')} ..."
        case "observing":
            return f"Reading {facts.get('feed')} in {SERVICES.get(str(facts.get('side')), '')}"
        case "observed":
            return f"Read {facts.get('rows')} records that may have changed"
        case "planned":
            return f"Pass {facts.get('pass')}: {facts.get('actions')} to do"
    return ""


@contextmanager
def watching(screen: Screen) -> Iterator[Watch]:
    """Shows events while it is open."""
    if not screen.terminal:
        yield lambda event, facts: _print(screen, words(event, facts))
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=screen.console, transient=True) as bars:
        yield _Bar(bars)


def _print(screen: Screen, line: str) -> None:
    if line:
        screen.line(line)


class _Bar:
    """One bar: without an end while reading, with one while writing."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task: TaskID = bars.add_task("Starting", total=None)
        self._done, self._before = 0, 0  # outcomes of this run, and those of its earlier passes

    def __call__(self, event: str, facts: Mapping[str, object]) -> None:
        match event, facts:
            case "planned", {"actions": int(total)}:
                self._before = self._done
                self._bars.reset(self._task, total=total or None, description=words(event, facts))
            case "settled", {"outcomes": int(done)}:
                self._done = done
                self._bars.update(self._task, completed=done - self._before)
            case _:
                self._bars.update(self._task, description=words(event, facts) or None)
