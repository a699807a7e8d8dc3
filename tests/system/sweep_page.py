"""Writes docs/reliability.md from what a whole sweep found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tests.system.kill_door import CHANGE, CREATE, KINDS, READ, TOKEN
from tests.system.kill_rig import ROOT
from tests.system.sweep_points import BREAKS, ORDER

PAGE: Final = ROOT / "docs" / "reliability.md"
Found = Mapping[str, Any]

ENDED: Final = " This sweep was interrupted: most calls were not tried yet."
REQUESTS: Final = {CREATE: "creates records", CHANGE: "changes records", TOKEN: "fetches a token", READ: "reads"}
WAYS: Final = {
    "unique": "The CRM has the field *Xero ID* and keeps it unique, as our set-up makes it",
    "bills": "Purchase orders become bills, of which Xero takes any number with one number",
    "absent": "The CRM has no field *Xero ID*",
    "plain": "The CRM has the field and takes the same value twice",
    "lagging": "No such field, and lists of both services are half a minute late",
}
BEGINNING: Final = """# Reliability

*`python -m tests.system.sweep` wrote this page; the figures are what it counted.*

A synchronisation talks to two services over the internet, and any of its calls may be the one at which a network, a
service or a machine fails. What a bookkeeper needs to know is what is left then. So we break a run at every single call
that it makes, one at a time, let it go on, and compare both organisations with those of a run that nothing disturbed.

**{points} points tried, {wrong} with a difference.**{ended}

## What is swept

Two local services ([sandbox](../sandbox)) on sockets, one company between them, linked and in step. Then people work
on both sides: in each of the six modules (accounts, contacts, vendors, products, invoices, purchase orders) somebody
enters a new record in the CRM and another in Xero, edits one in the CRM and another in Xero, and deletes or archives
one in the CRM and another in Xero. The run that follows carries all of it over: it **creates, changes and retires
records of all six modules in both directions**, which the tests assert of the undisturbed run.

A **point** is one call of that run and one of four ways in which it breaks:

| | the call never reached the service | the service did it, and nobody heard |
|---|---|---|
| the connection is cut, and the run must go on without an answer | *cut before* | *cut after* |
| the process is killed (SIGKILL) while it waits for the answer | *killed before* | *killed after* |

Nothing is drawn by lot: the calls are those of the undisturbed run, each by what it asks for. After the break, time
passes (20 seconds to two hours, by turns, so that leases, idempotency keys and tokens have ended or have not), and runs
follow until nothing is left open. Then both sides must hold **the same records with the same values in every field, no
record twice, none lost**; the same records must be linked, and the same ones held for a person. At last one more run,
which nobody approves: it must find nothing to do and write nothing.

Ids, numbers that a service gives by itself, and times differ between any two runs and are left out of the comparison.

## The figures
"""
ENDING: Final = """
With the first way of the services every call is broken, reads included; with the others every write and every fetching
of a token, because a read is settled in the same way with all of them.

## What else is broken on purpose

- Seeded companies with all the odd cases of real ones, killed at drawn moments, a third of them once more while they
  settle the first death: `tests/system/test_kill.py`.
- Two processes at once, a process frozen past its lease that wakes up again, a full disk, a database that somebody else
  holds: `tests/system/test_house_faults.py`.
- Clocks that go back, jump ahead or change to summer time, between two runs and in the middle of one:
  `tests/system/test_clock_faults.py`, `tests/system/test_clocks.py`.
- Some 40,000 simulated stories with faults at any call: `tests/sim`.

## Replaying a point

`make sweep` tries them all on two cores. A point has a name, which a difference is printed with; this replays it alone:

    .venv/bin/python -m tests.system.sweep --only "{example}"

## What this does not show

The services here are stand-ins. How far each of their behaviours is backed by documents, recordings and the vendors'
own clients is told in [the documentation of the sandbox](sandbox.md). One gap is known and cannot be closed from
outside: a frozen process that wakes up sends at most the one request that it had checked already
([the design of a run](sync.md)).
"""


def write(found: Sequence[Found], *, complete: bool) -> None:
    """`found`: what came of every point that was tried. `complete`: those were all."""
    PAGE.write_text(page(found, complete), encoding="utf-8")


def page(found: Sequence[Found], complete: bool) -> str:
    wrong = [each for each in found if each["wrong"]]
    example = min(each["point"] for each in found)
    parts = [
        BEGINNING.format(points=f"{len(found):,}", wrong=len(wrong), ended="" if complete else ENDED),
        *_table(found, "What the call does", "kind", {kind: REQUESTS[kind] for kind in KINDS}),
        "",
        *_table(found, "How the services behave", "way", {way: WAYS[way] for way in ORDER}),
    ]
    if wrong:
        parts += ["", "**These differ:**", "", *(f"- `{each['point']}`" for each in wrong)]
    return "\n".join(parts) + "\n" + ENDING.format(example=example)


def _table(found: Sequence[Found], title: str, by: str, names: Mapping[str, str]) -> Iterator[str]:
    yield "| " + " | ".join([title, *(f"{what} {when}" for what, when in BREAKS), "points", "differences"]) + " |"
    yield "|---|" + "---:|" * (len(BREAKS) + 2)
    for name, words in names.items():
        mine = [each for each in found if each[by] == name]
        yield _row(f"{words} (`{name}`)" if by == "way" else words, mine)
    yield _row("**all**", found)


def _row(title: str, found: Sequence[Found]) -> str:
    count = Counter((each["what"], each["when"]) for each in found)
    cells = [*(count[each] for each in BREAKS), len(found), sum(bool(each["wrong"]) for each in found)]
    return f"| {title} | " + " | ".join(f"{cell:,}" for cell in cells) + " |"
