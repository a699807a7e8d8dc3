"""Work in a process of its own, with what it cost: a resident set that began empty and no caches of others.

The process imports the module of the work and nothing else of the bench. Arguments and answers are JSON. The peak is
read from /proc, because getrusage keeps the peak of the process that did the spawning.
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar

T = TypeVar("T")

ROOT: Final = Path(__file__).resolve().parent.parent
STATUS: Final = Path("/proc/self/status")
PATIENCE: Final = 1_800.0


class Broke(RuntimeError):
    """The work in the other process failed; the message is the end of what it said."""


def command(module: str) -> list[str]:
    """How a module is run by this Python, from anywhere."""
    return [sys.executable, "-m", module]


def fresh(work: Callable[..., T], **args: Any) -> T:
    """`work(**args)` in a new process."""
    asked = json.dumps({"module": work.__module__, "name": work.__name__, "args": args})
    done = subprocess.run(
        command("bench.fresh"), cwd=ROOT, input=asked, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    if done.returncode != 0:
        raise Broke(f"{work.__name__}: {done.stderr.strip()[-2_000:]}")
    answer: T = json.loads(done.stdout.splitlines()[-1])
    return answer


def main() -> None:
    """The other process."""
    asked = json.load(sys.stdin)
    work = getattr(importlib.import_module(asked["module"]), asked["name"])
    print(json.dumps(work(**asked["args"])), flush=True)


def resident_peak() -> float:
    """The most memory that this process ever had resident, in MB."""
    return _status("VmHWM") or _rusage()


def resident() -> float:
    """What it has resident now, in MB."""
    return _status("VmRSS") or _rusage()


def _status(name: str) -> float:
    if not STATUS.exists():
        return 0.0
    for line in STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0


def _rusage() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
