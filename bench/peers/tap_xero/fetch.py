"""tap-xero, from its own entry point to its own messages: JSON lines in a file."""

from __future__ import annotations

from contextlib import redirect_stdout
from pathlib import Path

from bench.peers.gauge import Asked, gauged
from bench.peers.tap_xero.tapped import keep_state, set_up, tap


def fetch(asked: Asked) -> int:
    with _lines(asked).open("w", encoding="utf-8") as out, redirect_stdout(out):
        tap()
    return 0


def counted(asked: Asked) -> int:
    """How many records its lines hold."""
    records, state = 0, ""
    with _lines(asked).open(encoding="utf-8") as said:
        for line in said:
            records += line.startswith('{"type": "RECORD"')
            state = line if line.startswith('{"type": "STATE"') else state
    keep_state(state, asked.folder)
    return records


def _lines(asked: Asked) -> Path:
    return asked.folder / ("again.jsonl" if asked.again else "first.jsonl")


if __name__ == "__main__":
    gauged(fetch, "tap-xero", before=set_up, after=counted)
