"""How a company ends after something broke, held against how it ends when nothing does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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


def undisturbed(rig: Rig) -> Reference:
    rig.restore()
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
    rig = reference.rig
    struck = broken(rig, breaks)
    if not struck:
        return Told([], [])
    said = at_rest(rig)
    if said["state"] != "done" or said["open"]:
        return Told(struck, [f"not at its end after {RUNS} runs: {said}"])
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
    wrong += [f"a further run: {words}" for words in differences(reference.end, End(rig.before, rig.state()))]
    return Told(struck, wrong)


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
    for turn in range(RUNS):
        if turn:
            rig.later(SOON_AGAIN)
        said = rig.sync()
        assert said is not None
        if said["state"] == "done" and not said["open"]:
            break
    return said
