"""Where Chromium is on this machine, and how it gets here: `python -m tests.browser.chromium` for `make test`.

CHROMIUM names the program; without it the usual names are looked for. Playwright's own downloads are not used: the
browser comes from the system, as any other package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Final

NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING: Final = "Chromium is not on this machine; install it, or name it with CHROMIUM=/path/to/chromium."

# What a test's browser does without: a sandbox that root cannot have, a GPU, and everything that calls home
# (facts/platform.md 6).
FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find() -> str | None:
    """The program; None if there is none."""
    if named := os.environ.get("CHROMIUM"):
        return shutil.which(named)
    return next(filter(None, map(shutil.which, NAMES)), None)


def install() -> bool:
    """By the system's package manager, where that asks nobody. Whether Chromium is there now."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0 or os.environ.get("CHROMIUM"):
        return False
    print("Installing Chromium for the browser tests (a few minutes, once) ...", flush=True)
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (("update",), ("install", "--yes", "--no-install-recommends", "chromium")):
        done = subprocess.run((apt, "-qq", *words), env=quietly, stdout=subprocess.DEVNULL, check=False)
        if done.returncode:
            return False
    return find() is not None


def main() -> int:
    """Always 0: without Chromium the browser tests skip, and say so."""
    if find() is None and not install():
        print(f"{MISSING} Until then the browser tests are skipped.", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
