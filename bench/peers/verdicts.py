"""What the turns come to: ours beside every other, by the turn, and what was promised of it. Pure.

A ratio is the median over turns of the ratio within a turn, because what is compared was measured minutes apart at
most. Rates are ours over theirs, so more is better; memory and calls are ours over theirs, so less is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from bench.figures import Chapter, Figure, Sheet, middle, ratio, spelled
from bench.peers.racing import Result, Run
from extension.sync.canonical import XERO, ZOHO, Side

WHAT: Final = {XERO: "Xero's contacts and invoices", ZOHO: "the CRM's accounts"}
FIRST: Final = ("Program", "keeps", "records a second", "per processor second", "peak MB", "calls")
RATIOS: Final = ("Ours over", "rate", "rate per processor second", "memory", "calls")
AGAIN: Final = ("Program", "records read again", "calls", "seconds", "of the processor")
Measure = Callable[[Run], float]


def rate(run: Run) -> float:
    return run.records / run.wall


def frugality(run: Run) -> float:
    """Records per second of the processor."""
    return run.records / run.cpu


def chapters(results: Sequence[Result]) -> list[Chapter]:
    """One chapter per side that was raced."""
    sides: list[Side] = [side for side in (XERO, ZOHO) if any(r.peer.side == side for r in results)]
    return [chapter(side, [r for r in results if r.peer.side == side]) for side in sides]


def chapter(side: Side, results: Sequence[Result]) -> Chapter:
    """Ratios with their promises, then what they come from."""
    ours = next((r for r in results if r.peer.ours and r.first), None)
    figures = [] if ours is None else [_verdict(ours, r) for r in results if r.first and r is not ours]
    served = [run.served / run.wall for result in results for run in result.first]
    if served:
        figures.append(Figure("the services' processor time over the time of a turn, the largest", max(served)))
    sheets = [_first(results), *([] if ours is None else [_ratios(ours, results)]), _again(results)]
    return Chapter(f"Beside other programs: {WHAT[side]}", figures, sheets)


def between(ours: Result, theirs: Result, measure: Measure) -> float:
    """Ours over theirs, at the median of the turns."""
    return middle([ratio(measure(a), measure(b)) for a, b in zip(ours.first, theirs.first, strict=True)])


def _verdict(ours: Result, theirs: Result) -> Figure:
    what = f"rate of fetching and storing, over {theirs.peer.title} (keeps {theirs.peer.stores})"
    if theirs.peer.times is None:
        return Figure(what, between(ours, theirs, rate))
    return Figure(what, between(ours, theirs, rate), "at least", theirs.peer.times)


def _first(results: Sequence[Result]) -> Sheet:
    """What could not be measured stands below, with what it said."""
    rows, notes = [], [_versions(results)]
    for result in results:
        if not result.first:
            rows.append([result.peer.title, result.peer.stores, *["not measured"] * (len(FIRST) - 2)])
            notes.append(f"Not measured: {result.peer.title}, which said: {result.trouble or 'nothing'}.")
            continue
        measures: list[Measure] = [rate, frugality, _peak, _calls]
        rows.append([result.peer.title, result.peer.stores, *(spelled(_median(result.first, m)) for m in measures)])
    return Sheet("The first fetch of everything", FIRST, rows, " ".join(note for note in notes if note))


def _versions(results: Sequence[Result]) -> str:
    known = {name: number for result in results for run in result.first for name, number in run.versions.items()}
    return f"Versions: {', '.join(f'{name} {number}' for name, number in sorted(known.items()))}." if known else ""


def _ratios(ours: Result, results: Sequence[Result]) -> Sheet:
    rows = [
        [theirs.peer.title, *(spelled(between(ours, theirs, m), 2) for m in (rate, frugality, _peak, _calls))]
        for theirs in results
        if theirs.first and theirs is not ours
    ]
    return Sheet("Ours over theirs: more is better of rates, less of memory and calls", RATIOS, rows)


def _again(results: Sequence[Result]) -> Sheet:
    rows = [
        [
            result.peer.title if result.peer.remembers else f"{result.peer.title} (told since when)",
            spelled(_median(result.again, lambda run: run.records)),
            spelled(_median(result.again, _calls)),
            spelled(_median(result.again, lambda run: run.wall), 2),
            spelled(_median(result.again, lambda run: run.cpu), 2),
        ]
        for result in results
        if result.again
    ]
    return Sheet("The run after it, with nothing changed", AGAIN, rows)


def _peak(run: Run) -> float:
    return run.peak


def _calls(run: Run) -> float:
    return run.calls


def _median(runs: Sequence[Run], measure: Measure) -> float:
    return middle([measure(run) for run in runs])
