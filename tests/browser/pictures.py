"""`make pictures`: draws the pictures of the user guide anew, from the pages as the browser tests meet them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

FOLDER: Final = Path("docs/images")
CHOSEN: Final = (
    "dashboard",
    "field-mapping",
    "match",
    "needs-attention",
    "preview",
    "schedule",
    "set-up",
)


def main() -> int:
    with TemporaryDirectory() as folder:
        told = {**os.environ, "SCREENSHOTS": folder}
        tests = ("-q", "tests/browser/test_story.py")
        done = subprocess.run((sys.executable, "-m", "pytest", *tests), env=told, check=False)
        if done.returncode:
            return done.returncode
        FOLDER.mkdir(parents=True, exist_ok=True)
        for name in CHOSEN:
            shutil.copy(Path(folder) / f"{name}.png", FOLDER / f"{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
