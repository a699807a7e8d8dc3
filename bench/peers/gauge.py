"""What one turn of one peer costs: its process's clock, processor time and memory. Standard library alone.

It is imported by the scripts of the peers, which run in packages of their own. The clock begins when everything is
imported; the memory is the whole process's. What a peer starts beside itself counts as its own.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

STATUS: Final = Path("/proc/self/status")
WORDS: Final = 2
"""Of the command line, beside the program: the question's file and the answer's."""


@dataclass(frozen=True)
class Asked:
    """What a turn is given. `again`: what it fetched before lies in `folder`, and nothing has changed since; `since`
    is when that was, in ISO 8601, for a peer that remembers nothing. `keep` is the same folder in every turn."""

    side: str
    again: bool
    folder: Path
    keep: Path
    zoho_url: str
    xero_url: str
    zoho_access: str
    zoho_refresh: str
    xero_access: str
    xero_refresh: str
    organisation: str
    since: str


def gauged(
    fetch: Callable[[Asked], int],
    *packages: str,
    before: Callable[[Asked], object] = lambda _: None,
    after: Callable[[Asked], int] | None = None,
) -> None:
    """Carries out one turn. `fetch` returns how many records it brought; `packages` are those whose versions count.

    `before`, `after`: what is ours and not the peer's, while the clock stands. Where a peer does not say how many
    records there were, `after` does.
    """
    question, answer = (Path(word) for word in sys.argv[1 : 1 + WORDS])
    given: dict[str, Any] = json.loads(question.read_text())
    given["folder"], given["keep"] = Path(given["folder"]), Path(given["keep"])
    asked = Asked(**given)
    before(asked)
    wall, cpu = time.perf_counter(), _processor()
    records = fetch(asked)
    wall, cpu = time.perf_counter() - wall, _processor() - cpu
    peak = peak_memory() + sum(float(note.read_text()) for note in asked.folder.glob("*.peak"))
    records = after(asked) if after else records
    versions = {name: version(name) for name in packages}
    answer.write_text(json.dumps({"records": records, "wall": wall, "cpu": cpu, "peak": peak, "versions": versions}))


def peak_memory() -> float:
    """The most that this process had resident, in MB (getrusage would count the process that started it)."""
    if STATUS.exists():
        for line in STATUS.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    import resource  # not everywhere, and not needed where /proc is

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def _processor() -> float:
    """Seconds of all threads, and of children that have ended."""
    times = os.times()
    return time.process_time() + times.children_user + times.children_system
