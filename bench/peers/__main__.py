"""`python -m bench.peers`: races, prints, and writes its part of docs/performance.md with the picture.

The first run installs each peer's packages into an environment of its own, in a folder that git does not see.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console

from bench import document, report
from bench.figures import Chapter, broken, middle
from bench.fresh import ROOT
from bench.peers.plot import Bar, Group, drawn
from bench.peers.racing import Field, Result, race
from bench.peers.roster import PEERS
from bench.peers.verdicts import WHAT, chapters, frugality, rate
from extension.sync.canonical import XERO, ZOHO

# No multiple of a page, or those who know no count would ask for one page more.
FULL: Final = Field(parties=8_450, invoices=8_450, turns=5)
QUICK: Final = Field(parties=1_050, invoices=1_050, turns=3)
PICTURE: Final = ROOT / "docs" / "images" / "peers.svg"
PREAMBLE: Final = Path(__file__).with_name("preamble.md")
COLUMNS: Final = ("records a second", "records per processor second", "peak MB")


def main(arguments: Sequence[str] | None = None) -> int:
    """0 however the figures came out, 1 if a program could not be measured: that may be ours to mend."""
    given = _parser().parse_args(arguments)
    size = QUICK if given.quick else FULL
    chosen = [peer for peer in PEERS if not given.only or peer.name in given.only]
    peers = [peer for peer in PEERS if peer in chosen or (peer.ours and peer.side in {c.side for c in chosen})]
    console, busy = Console(), report.busy()
    with console.status("making the services ...") as status:
        # Without a terminal, in a log, each step is a line.
        tell = (lambda what: status.update(f"{what} ...")) if console.is_terminal else console.print
        results = race(size, tell, peers)
    found = chapters(results)
    for chapter in found:
        report.show(console, chapter)
    console.print(summary(results, found))
    if size == FULL and len(peers) == len(PEERS):
        _write(results, found, busy)
        console.print(f"Written to {document.DOCUMENT} and {PICTURE}.")
    return 1 if any(result.trouble for result in results) else 0


def summary(results: Sequence[Result], found: Sequence[Chapter]) -> str:
    """How many promises were kept, which were missed, and who could not be measured."""
    promised = [figure for chapter in found for figure in chapter.figures if figure.kept is not None]
    missed = broken(found)
    lines = [f"{len(promised) - len(missed)} of {len(promised)} promises are kept."]
    lines += [f"missed: {figure.what}: {figure.value:.2f}, promised {figure.bound:g}" for figure in missed]
    lines += [f"not measured: {result.peer.title}: {result.trouble}" for result in results if result.trouble]
    return "\n".join(lines)


def _write(results: Sequence[Result], found: Sequence[Chapter], busy: str) -> None:
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(picture(results), encoding="utf-8")
    measured = report.circumstances(datetime.now(UTC).date(), "make bench-peers")
    many = f"{FULL.parties:,} contacts and {FULL.invoices:,} invoices of three lines in Xero"
    how = f"{many}; {FULL.parties:,} accounts in the CRM; {FULL.turns} turns; {busy}"
    bars = f"![{', '.join(COLUMNS)}, by program](images/{PICTURE.name})"
    text = report.markdown(found, f"{measured} {how}.\n\n{bars}", PREAMBLE)
    document.write(document.DOCUMENT, "peers", text)


def picture(results: Sequence[Result]) -> str:
    """Everybody who took a turn."""
    groups = []
    for side in (XERO, ZOHO):
        bars = [
            Bar(
                result.peer.title,
                f"keeps {result.peer.stores}",
                [middle([measure(run) for run in result.first]) for measure in (rate, frugality, lambda run: run.peak)],
                ours=result.peer.ours,
            )
            for result in results
            if result.first and result.peer.side == side
        ]
        groups.append(Group(f"First fetch of {WHAT[side]}", bars))
    return drawn(COLUMNS, [group for group in groups if group.bars])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small numbers, in about a minute; writes no document")
    names = [peer.name for peer in PEERS if not peer.ours]
    parser.add_argument("--only", action="append", choices=names, help="beside this one alone; may be repeated")
    return parser


if __name__ == "__main__":
    sys.exit(main())
