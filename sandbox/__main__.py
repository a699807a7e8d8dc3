"""`python -m sandbox`: both services on loopback until stopped, with a seeded company."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence

from sandbox.world import World


def main(arguments: Sequence[str] | None = None) -> int:
    """0 after being stopped, 2 if it cannot start."""
    given = parser().parse_args(arguments)
    stopped = threading.Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: stopped.set())
    try:
        world = World(records=given.records, seed=given.seed)
        world.start(given.zoho_port, given.xero_port)
    except (OSError, OverflowError, ValueError) as error:
        print(f"the sandbox cannot start: {error}", file=sys.stderr)
        return 2
    print(f"Zoho CRM  {world.zoho_url}  (accounts server and API; client id and secret: sandbox)")
    print(f"Xero      {world.xero_url}  (identity and API; client id and secret: sandbox)")
    print("Press Ctrl+C to stop.", flush=True)
    stopped.wait()
    world.stop()
    return 0


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    made.add_argument("--zoho-port", type=int, default=0, help="default: a free one")
    made.add_argument("--xero-port", type=int, default=0, help="default: a free one")
    made.add_argument("--records", type=int, default=60, help="accounts in the CRM; everything else grows with them")
    made.add_argument("--seed", type=int, default=1, help="the same seed makes the same company")
    return made


if __name__ == "__main__":
    sys.exit(main())
