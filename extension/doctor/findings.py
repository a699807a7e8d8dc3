"""One thing that was looked at, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, TypeAlias

Verdict: TypeAlias = Literal["ok", "note", "attention", "settings", "remote"]
"""Fine; works but could be better; something would be held or go wrong; nothing runs before it is put right; a service
or the network does not answer."""
WORST: Final[tuple[Verdict, ...]] = ("settings", "remote", "attention", "note", "ok")


@dataclass(frozen=True)
class Finding:
    """`code`: what is found, for machines; `connection`: whose it is, "" the installation's; `records`: how many it
    concerns; `place`: where in the portal it is put right, a key of `web.health.PLACES`; `command`: what does it on
    a terminal."""

    check: str
    verdict: Verdict
    message: str
    hint: str = ""
    code: str = ""
    connection: str = ""
    records: int = 0
    place: str = ""
    command: str = ""

    def told(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """By how much they stop; within that as they were found, what concerns most records first."""
    return sorted(findings, key=lambda found: (WORST.index(found.verdict), -found.records))


def worst(findings: Iterable[Finding]) -> Verdict:
    return min((found.verdict for found in findings), key=WORST.index, default="ok")


def by_connection(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """The installation's first, then each connection's, each worst first."""
    groups: dict[str, list[Finding]] = {}
    for found in findings:
        groups.setdefault(found.connection, []).append(found)
    return {name: worst_first(group) for name, group in groups.items()}
