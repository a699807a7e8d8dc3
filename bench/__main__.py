"""`python -m bench`: measures, prints, and writes its part of its page when all was measured in full."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from bench import changes, document, memory, million, observing, pages, pressing, rate, report, standing
from bench.figures import Chapter, broken
from bench.scale import measuring
from bench.size import FULL, QUICK, Size

BENCHES: dict[str, Callable[[Size], Chapter]] = {
    "calls": changes.measure,
    "pressing": pressing.measure,
    "speed": observing.measure,
    "memory": memory.measure,
    "standing": standing.measure,
    "pages": pages.measure,
}
APART: dict[str, Callable[[Size], Chapter]] = {"million": million.measure, "rate": rate.measure}
"""What takes as long as all the rest: measured when it is asked for, and a part of the document by itself."""
MANY: dict[str, Callable[[Size, Callable[[str], None]], Iterable[Chapter]]] = {"scale": measuring.measure}
"""The same, in several chapters and minutes: they tell what goes on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """0 however the figures came out: they are told, not asserted, because a busy machine measures itself."""
    given = _parser().parse_args(arguments)
    size = QUICK if given.quick else FULL
    names = given.only or list(BENCHES)
    console = Console()
    chapters: list[Chapter] = []
    for name in names:
        with console.status(f"measuring {name} ...") as status:
            # Without a terminal, in a log, each step is a line.
            tell = (lambda what: status.update(f"{what} ...")) if console.is_terminal else console.print
            for chapter in MANY[name](size, tell) if name in MANY else [(BENCHES | APART)[name](size)]:
                report.show(console, chapter)
                chapters.append(chapter)
    missed = broken(chapters)
    console.print(f"{len(missed)} missed: {'; '.join(f.what for f in missed)}" if missed else "Every promise is kept.")
    whole = size == FULL and set(names) == set(BENCHES)
    alone = size == FULL and len(names) == 1 and names[0] in {**APART, **MANY}
    part = names[0] if alone else "bench"
    out = given.out or (document.page_of(part) if whole or alone else None)
    if out is not None:
        command = f"python -m bench --only {part}" if alone else "make bench"
        preamble = Path(__file__).with_name(f"{part}.md") if alone else report.PREAMBLE
        measured = report.circumstances(datetime.now(UTC).date(), command)
        document.write(out, part, report.markdown(chapters, measured, preamble))
        console.print(f"Written to {out}.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, in about a minute; writes no document")
    parser.add_argument(
        "--only", action="append", choices=[*BENCHES, *APART, *MANY], help="this one alone; may be repeated"
    )
    parser.add_argument("--out", type=Path, help="write the document here")
    return parser


if __name__ == "__main__":
    sys.exit(main())
