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
CHOSEN: Final = {
    "dashboard": "dashboard",
    "field-mapping": "field-mapping",
    "health": "health",
    "match": "match",
    "needs-attention": "needs-attention",
    "preview": "preview",
    "schedule": "schedule",
    "set-up": "set-up",
    "settings-documents": "settings-documents",
    "panel-sign_in-small-day": "widget-sign-in",
    "panel-live": "widget-in-step",
    "widget-xero": "widget-xero",
    "panel-differs-small-day": "widget-differs",
    "panel-needs_attention-large-day": "widget-needs-attention",
    "panel-cent-small-day": "widget-cent",
    "panel-results-small-day": "widget-results",
    "settings-synchronise-large-day": "widget-settings",
    "panel-not_added-small-night": "widget-not-added",
    "panel-never_synced-small-night": "widget-never-synced",
    "panel-working-small-night": "widget-working",
    "panel-disconnected-small-night": "widget-disconnected",
    "panel-paused-small-night": "widget-paused",
}
PARTS: Final = ("story", "widget_story", "widget_states", "widget_settings", "widget_cents")
TESTS: Final = tuple(f"tests/browser/test_{name}.py" for name in PARTS)


def main() -> int:
    with TemporaryDirectory() as folder:
        told = {**os.environ, "SCREENSHOTS": folder}
        done = subprocess.run((sys.executable, "-m", "pytest", "-q", *TESTS), env=told, check=False)
        if done.returncode:
            return done.returncode
        FOLDER.mkdir(parents=True, exist_ok=True)
        for drawn, name in CHOSEN.items():
            shutil.copy(Path(folder) / f"{drawn}.png", FOLDER / f"{name}.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
