"""Breaks every single call of a run that creates, changes and retires records of all six modules, one at a time, and
holds how both services end against how they end when nothing breaks. Prints the figures and writes docs/reliability.md.

`python -m tests.system.sweep` does all of it on two cores. `--only "NAME OF A POINT"` replays one, `--figures FOLDER`
keeps what was found and goes on there when it is started again after an interrupt. Ends 0 iff every point was met and
nothing differs.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

from sandbox.signals import unmodelled
from tests import memories, queues
from tests.contract.postgres import cluster
from tests.system import sweep_page
from tests.system.kill_door import KINDS
from tests.system.kill_ends import Reference, ends_of, undisturbed
from tests.system.kill_rig import CONNECTED, ROOT, TYPED, Rig
from tests.system.sweep_points import BREAKS, ORDER, Point, points_of

TRIES: Final = 3
FEWEST: Final = 1_000  # points that a whole sweep has at least
SEED: Final = 7  # of a sample
TELL_EVERY: Final = 60.0  # seconds


@dataclass(frozen=True)
class Found:
    """What came of one point; `wrong` empty: nothing differs."""

    point: str
    way: str
    what: str
    when: str
    kind: str
    struck: Sequence[str]
    wrong: Sequence[str]


@contextmanager
def company(way: str, connected: datetime = CONNECTED) -> Iterator[Reference]:
    with TemporaryDirectory() as folder:
        rig = Rig(Path(folder), TYPED, way, connected)
        try:
            yield undisturbed(rig)
        finally:
            rig.close()


def tried(reference: Reference, point: Point) -> Found:
    struck: Sequence[str] = ()
    wrong: Sequence[str] = ()
    met: list[str] = []

    def meet(_: object, what: str) -> None:
        met.append(what)

    with unmodelled.connected_to(meet):
        try:
            for _ in range(TRIES):
                told = ends_of(reference, [(point.strike, point.gap)])
                struck, wrong = told.struck, told.wrong
                if struck:
                    break
            else:
                wrong = ["this request was not made again"]
        except AssertionError:
            wrong = [traceback.format_exc(limit=-3)]
    wrong = [*wrong, *(f"the sandbox does not model this: {what}" for what in met)]
    return Found(str(point), point.way, point.what, point.when, point.kind, struck, wrong)


# ------------------------------------------------------------------ one process of several


def share(ways: Sequence[str], number: int, of: int, figures: Path, sample: int) -> None:
    """Every so-manieth point, told as lines of JSON. `sample`: of so many drawn ones of each way; 0: of all."""
    parent = os.getppid()
    with (figures / f"{number}.jsonl").open("a") as out:
        for way in ways:
            told = {found["point"] for found in read(figures)}
            with company(way) as reference:
                points = points_of(way, reference.faces)
                if sample:
                    points = Random(f"{way} {SEED}").sample(points, min(sample, len(points)))
                (figures / f"{way}.total").write_text(str(len(points)))
                for point in points[number::of]:
                    if os.getppid() != parent:
                        raise SystemExit("whoever started this is gone")
                    if str(point) not in told:
                        out.write(json.dumps(asdict(tried(reference, point))) + "\n")
                        out.flush()


def read(figures: Path) -> list[dict[str, Any]]:
    lines = (line for path in sorted(figures.glob("*.jsonl")) for line in path.read_text().splitlines())
    return [json.loads(line) for line in lines]


# ------------------------------------------------------------------ all of them


def swept(ways: Sequence[str], processes: int, figures: Path, sample: int) -> bool:
    """Runs the shares; whether each ended in order."""
    command = [sys.executable, "-m", "tests.system.sweep", *ways, "--figures", str(figures)]
    command += ["--sample", str(sample), "--server", memories.server()]
    command += ["--queue", queues.chosen()] if queues.chosen() else []
    shares = [
        subprocess.Popen([*command, "--share", f"{n}/{processes}"], cwd=ROOT, stdout=subprocess.DEVNULL)
        for n in range(processes)
    ]
    try:
        told = time.monotonic()
        while any(each.poll() is None for each in shares):
            time.sleep(1)
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                found = read(figures)
                print(f"{len(found)} points, {sum(bool(each['wrong']) for each in found)} differ", flush=True)
    except KeyboardInterrupt:
        print("ended before its end")
    finally:
        for each in shares:
            each.kill()
            each.wait()
    return all(each.returncode == 0 for each in shares)


def told(found: Sequence[dict[str, Any]]) -> list[str]:
    """The figures, as they are printed."""
    count = Counter((each["way"], each["kind"], each["what"], each["when"]) for each in found)
    lines = [f"{'':20}" + "".join(f"{what + ' ' + when:>15}" for what, when in BREAKS) + f"{'all':>8}"]
    for title, place, names in (("way", 0, ORDER), ("request", 1, KINDS)):
        for name in names:
            cells = [sum(n for at, n in count.items() if at[place] == name and at[2:] == each) for each in BREAKS]
            lines.append(f"{title + ' ' + name:20}" + "".join(f"{n:>15,}" for n in cells) + f"{sum(cells):>8,}")
    wrong = [each for each in found if each["wrong"]]
    lines.append(f"{len(found):,} points, {len(wrong)} differ")
    for each in wrong:
        lines += [f"\n{each['point']}", *(f"  {words}" for words in (*each["struck"], *each["wrong"]))]
    return lines


def whole(ways: Sequence[str], found: Sequence[dict[str, Any]], figures: Path) -> bool:
    """Whether every point of these ways was told, once."""
    totals = sum(int((figures / f"{way}.total").read_text()) for way in ways if (figures / f"{way}.total").exists())
    return len({each["point"] for each in found}) == len(found) == totals


def replay(name: str) -> int:
    way = name.partition(" ")[0]
    with company(way) as reference:
        named = [point for point in points_of(way, reference.faces) if str(point) == name]
        if not named:
            print(f"There is no such point; one is called, for example: {points_of(way, reference.faces)[0]}")
            return 2
        found = tried(reference, named[0])
    print("\n".join([*found.struck, *found.wrong, f"{'differs' if found.wrong else 'nothing differs'}"]))
    return int(bool(found.wrong))


def sweep(ways: Sequence[str], processes: int, figures: Path, sample: int = 0) -> int:
    """The page tells of whole sweeps on SQLite alone."""
    figures.mkdir(parents=True, exist_ok=True)
    ended = swept(ways, processes, figures, sample)
    found = [each for each in read(figures) if each["way"] in ways]
    print("\n".join(told(found)))
    complete = ended and whole(ways, found, figures)
    if set(ways) == set(ORDER) and not sample and not memories.server():
        sweep_page.write(found, complete=complete)
        print(f"{sweep_page.PAGE.relative_to(ROOT)} is written.")
        complete = complete and len(found) >= FEWEST
    return int(not complete or any(each["wrong"] for each in found))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.system.sweep", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("ways", nargs="*", choices=[[], *ORDER], help="how the services behave; all of them")
    parser.add_argument("--only", metavar="POINT", help="replay this one")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--figures", type=Path, help="a folder that keeps what was found")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N points of each way, always the same ones")
    parser.add_argument("--database", choices=(memories.SQLITE, memories.POSTGRES), default=memories.SQLITE)
    parser.add_argument(
        "--queue", choices=(queues.THREADS, queues.PROCRASTINATE), default="", help="who serves the runs"
    )
    parser.add_argument("--server", default="", help=argparse.SUPPRESS)
    parser.add_argument("--share", help=argparse.SUPPRESS)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    memories.use(given.server)
    queues.use(given.queue)
    with ExitStack() as opened:
        if given.database == memories.POSTGRES:
            memories.use(opened.enter_context(cluster()).url)
        return obey(given)


def obey(given: argparse.Namespace) -> int:
    ways = given.ways or ORDER
    if given.only:
        return replay(given.only)
    if given.share:
        number, _, of = given.share.partition("/")
        share(ways, int(number), int(of), given.figures, given.sample)
        return 0
    with TemporaryDirectory() as folder:
        return sweep(ways, given.processes, given.figures or Path(folder), given.sample)


if __name__ == "__main__":
    sys.exit(main())
