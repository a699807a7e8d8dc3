"""How a company ends after something broke, held against how it ends when nothing does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from tests.system.comparison import End, differences
from tests.system.kill_door import CHANGE, CREATE, Strike
from tests.system.kill_rig import SOON_AGAIN, Rig

RUNS: Final = 4
Breaks = Sequence[tuple[Strike, int]]  # each with the seconds until the next run


@dataclass(frozen=True)
class Reference:
    """A company, and how it ends when nobody dies. `faces`: every request of that run."""

    rig: Rig
    end: End
    said: Mapping[str, Any]
    met: Counter[str]
    faces: Sequence[str]


def undisturbed(rig: Rig, at: datetime | None = None) -> Reference:
    rig.restore(at)
    said = rig.sync()
    assert said is not None
    assert (said["state"], said["open"]) == ("done", 0), said
    return Reference(rig, End(rig.before, rig.state()), said, Counter(rig.door.met), tuple(rig.door.faces))


@dataclass(frozen=True)
class Told:
    """What happened. `struck`: the breaks that were met, in words; `wrong`: what differs then, in words."""

    struck: Sequence[str]
    wrong: Sequence[str]

    def __str__(self) -> str:
        return "\n".join([*self.struck, *self.wrong])


def ends_of(reference: Reference, breaks: Breaks) -> Told:
    """The run that is broken, those that are broken settling it, as many as it takes until all is at rest, and one more
    that nobody approves and that must find nothing to do."""
    struck = broken(reference.rig, breaks)
    return Told(struck, differs(reference) if struck else [])


def differs(reference: Reference) -> list[str]:
    """What is not as in the end of the undisturbed run once all is at rest, in words."""
    rig = reference.rig
    said = at_rest(rig)
    if said["state"] != "done" or said["open"]:
        return [f"not at its end after {RUNS} runs: {said}"]
    found = End(rig.before, rig.state())
    wrong = [f"made twice: {name}" for name in found.twice] + differences(reference.end, found)
    wrong += [
        f"{name} are {said[name]} instead of {reference.said[name]}"
        for name in ("holds", "links")
        if said[name] != reference.said[name]
    ]
    rig.later(SOON_AGAIN)
    again = rig.sync(approve=False)
    assert again is not None
    if (again["state"], rig.door.met[CREATE] + rig.door.met[CHANGE]) != ("done", 0):
        wrong.append(f"a further run ends {again['state']} and writes: {rig.door.faces}")
    return wrong + [f"a further run: {words}" for words in differences(reference.end, End(rig.before, rig.state()))]


def broken(rig: Rig, breaks: Breaks) -> list[str]:
    """From the beginning, through all of these. Returns what was struck."""
    rig.restore()
    told: list[str] = []
    for strike, gap in breaks:
        said = rig.sync(strike)
        if rig.door.struck:
            ended = "" if said is None else f", the run ended {said['state']} with {said['open']} open"
            told.append(f"{strike} ({rig.door.struck}){ended}; the next run {gap} s later")
            rig.later(gap)
    return told


def at_rest(rig: Rig) -> Mapping[str, Any]:
    """What the run said that left nothing open, or the last one that was granted."""
    said = _ran(rig)
    for _ in range(RUNS - 1):
        if said["state"] == "done" and not said["open"]:
            break
        rig.later(SOON_AGAIN)
        said = _ran(rig)
    return said


def _ran(rig: Rig) -> Mapping[str, Any]:
    said = rig.sync()
    assert said is not None
    return said
