"""dlt as in fetch.py, but told to keep lists as JSON in the row that they belong to: less work, and nearer to ours."""

from __future__ import annotations

from bench.peers.dlt.fetch import fetch
from bench.peers.gauge import Asked, gauged


def whole(asked: Asked) -> int:
    return fetch(asked, nesting=0)


if __name__ == "__main__":
    gauged(whole, "dlt")
