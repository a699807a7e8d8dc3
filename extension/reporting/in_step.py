"""Are both sides in step? One honest sentence out of what is known: the last run, the last audit, who waits.

Pure. "In step" means that a full reading of both sides finds nothing to do (an audit); a run has looked only at what
changed since the one before, and says no more than that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class Looked:
    """A run or an audit that ended. `differences`: what an audit found to do."""

    at: datetime
    state: str = "done"
    problem: str = ""
    differences: int = 0


@dataclass(frozen=True)
class Facts:
    """What the answer is made of. `lost`: services that ended our access."""

    run: Looked | None = None
    audit: Looked | None = None
    held: int = 0
    lost: Sequence[str] = ()
    paused: bool = False


@dataclass(frozen=True)
class Answer:
    """`at`: the moment that it is true of."""

    tone: Literal["good", "warn", "bad", "info"]
    heading: str
    sentence: str
    at: datetime | None = None


def answer(facts: Facts) -> Answer:
    """The first thing that a person must know."""
    run, audit = facts.run, facts.audit
    at = run.at if run else None
    if facts.lost:
        names = " and ".join(facts.lost)
        return Answer(
            "bad", "Not connected", f"{names} ended our access. Nothing is synchronised until it is back.", at
        )
    if run is None and audit is None:
        return Answer("info", "Never synchronised", "Nothing was compared yet. Fetch the data, then look at a preview.")
    if facts.paused:
        return Answer("warn", "Paused", "Nothing is synchronised until somebody goes on.", at)
    if run is not None and run.state != "done" and (audit is None or audit.at < run.at):
        return _unfinished(run)
    if audit is not None and audit.state == "done" and (run is None or audit.at >= run.at):
        return _audited(audit, facts.held)
    if facts.held:
        return Answer("warn", "In step, but for some", f"{_records(facts.held)} {_need(facts.held)} attention.", at)
    said = "The last run left nothing undone. It looks at what changed; an audit compares everything."
    return Answer("good", "In step", said, at)


def _unfinished(run: Looked) -> Answer:
    match run.state:
        case "stopped":
            return Answer("warn", "Waits for approval", run.problem or "The last run found too much to do.", run.at)
        case "limited":
            return Answer("warn", "Waits for a service", run.problem or "A service asked for a pause.", run.at)
        case "cancelled" | "interrupted":
            return Answer("warn", "Not finished", "The last run ended early. What it did stays done.", run.at)
        case "running" | "waiting":
            return Answer("info", "Working", "A run is under way.", run.at)
    return Answer("bad", "The last run failed", run.problem or "It is in the history.", run.at)


def _audited(audit: Looked, held: int) -> Answer:
    if audit.differences:
        plural = "s" if audit.differences > 1 else ""
        said = f"The audit found {audit.differences:,} difference{plural}. Look at them, and repair them."
        return Answer("warn", "Not in step", said, audit.at)
    if held:
        said = (
            f"The audit compared everything: nothing differs but {_records(held).lower()} that {_need(held)} attention."
        )
        return Answer("warn", "In step, but for some", said, audit.at)
    return Answer("good", "In step", "The audit compared everything on both sides and found no difference.", audit.at)


def _records(n: int) -> str:
    return f"{n:,} record{'' if n == 1 else 's'}"


def _need(n: int) -> str:
    return "needs" if n == 1 else "need"
