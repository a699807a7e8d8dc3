"""The points of the sweep: every call of an undisturbed run, cut and killed, before and after its effect."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tests.system.kill_door import KINDS, READ, TOKEN, Strike, kind_of
from tests.system.kill_rig import WAYS

CUT, KILLED = "cut", "killed"
BREAKS: Final = tuple((what, when) for what in (CUT, KILLED) for when in ("before", "after"))
# How a read is settled does not depend on how creates are made safe: the other ways break every write and token.
WHOLE: Final = ("unique",)
ORDER: Final = (*WHOLE, *(way for way in WAYS if way not in WHOLE))
GAPS: Final = (20, 200, 20, 400, 7_200)  # lease over · key surely kept · key gone and doubt over · tokens gone
# Who died fetching a token holds the claim for 45 s; and Xero forgets the old one after 30 minutes (facts/xero.md 3.1).
TOKEN_GAPS: Final = (60, 200, 1_200)


@dataclass(frozen=True)
class Point:
    """One break. `face`: what the request asks for, ids that the run itself made masked; `nth`: which of those that
    ask for it; `gap`: seconds until the next run."""

    way: str
    what: str
    when: str
    face: str
    nth: int
    gap: int

    def __str__(self) -> str:
        return f"{self.way} {self.what} {self.when} {self.face} #{self.nth}"

    @property
    def kind(self) -> str:
        return _kind(self.face)

    @property
    def strike(self) -> Strike:
        return Strike(
            self.kind, self.nth, self.when == "after", face=self.face, does="kill" if self.what == KILLED else "cut"
        )


def _kind(face: str) -> str:
    method, _, path = face.partition(" ")
    return kind_of(method, path)


def points_of(way: str, faces: Sequence[str]) -> list[Point]:
    """`faces`: what the requests of the undisturbed run ask for."""
    return list(_points(way, faces))


def _points(way: str, faces: Sequence[str]) -> Iterator[Point]:
    """Writes first: where something is wrong, they know it."""
    n = 0
    for face, times in sorted(Counter(faces).items(), key=lambda each: (KINDS.index(_kind(each[0])), each[0])):
        kind = _kind(face)
        if kind == READ and way not in WHOLE:
            continue
        gaps = TOKEN_GAPS if kind == TOKEN else GAPS
        for nth in range(1, times + 1):
            for what, when in BREAKS:
                yield Point(way, what, when, face, nth, gaps[n % len(gaps)])
                n += 1
