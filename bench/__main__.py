"""`python -m bench`: measures, prints, and writes its part of docs/performance.md when all was measured in full."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench import changes, document, memory, observing, pages, pressing, report, standing
from bench.figures import Chapter, broken
from bench.size import FULL, QUICK, Size

BENCHES: dict[str, Callable[[Size], Chapter]] = {
    "calls": changes.measure,
    "pressing": pressing.measure,
    "speed": observing.measure,
    "memory": memory.measure,
    "standing": standing.measure,
    "pages": pages.measure,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """0 however the figures came out: they are told, not asserted, because a busy machine measures itself."""
    given = _parser().parse_args(arguments)
    size = QUICK if given.quick else FULL
    names = given.only or list(BENCHES)
    console = Console()
    chapters = []
    for name in names:
        with console.status(f"measuring {name} ..."):
            chapters.append(BENCHES[name](size))
        report.show(console, chapters[-1])
    missed = broken(chapters)
    console.print(f"{len(missed)} missed: {'; '.join(f.what for f in missed)}" if missed else "Every promise is kept.")
    whole = size == FULL and set(names) == set(BENCHES)
    out = given.out or (document.DOCUMENT if whole else None)
    if out is not None:
        document.write(out, "bench", report.markdown(chapters, report.circumstances(datetime.now(UTC).date())))
        console.print(f"Written to {out}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, in about a minute; writes no document")
    parser.add_argument("--only", action="append", choices=list(BENCHES), help="this one alone; may be repeated")
    parser.add_argument("--out", type=Path, help="write the document here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
