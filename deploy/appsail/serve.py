"""Starts the application on Catalyst AppSail, from the folder that build.py made.

The platform runs one command without a shell, names the port in a variable, installs nothing, and lets nothing be
written beside the code (facts/widget.md 4.1). So the port is read here, the packages lie beside this file, and what
must be written goes to a folder that is lost with the instance: the database and the keys come from the environment.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PACKAGES = HERE / "site-packages"
PORT = "X_ZOHO_CATALYST_LISTEN_PORT"
STANDARD_PORT = "9000"
DEFAULTS = {"SERVE_TASKS": "cron", "EPHEMERAL_DISK": "1", "LOG_TO": "stderr", "TRUSTED_PROXIES": "1"}


def main() -> None:
    port = os.environ.get(PORT) or STANDARD_PORT
    if not port.isdecimal():
        sys.exit(f"{PORT} is not a port: {port}")
    prepare()
    migrate()
    sys.argv = ["gunicorn", "--chdir", str(HERE), "--config", str(HERE / "gunicorn.conf.py")]
    sys.argv += ["--bind", f"0.0.0.0:{port}", "app:app"]
    from gunicorn.app.wsgiapp import run

    run()


def prepare() -> None:
    """The packages that lie beside us, and a folder that may be written to."""
    sys.path[:0] = [str(HERE), str(PACKAGES)]
    os.chdir(HERE)
    for name, value in DEFAULTS.items():
        os.environ.setdefault(name, value)
    if "INSTANCE_DIR" not in os.environ:
        os.environ["INSTANCE_DIR"] = tempfile.mkdtemp(prefix="xero2zoho-")


def migrate() -> None:
    """Nobody has a terminal here, so the database follows the version that is served. What goes wrong is told by
    /readyz and by every page: a start that fails would only be repeated."""
    from extension.bootstrap import House
    from extension.config import BadSettings, Settings
    from extension.sync.errors import SyncError

    try:
        house = House(Settings.load())
        try:
            if not house.database.is_current():
                house.database.upgrade()
        finally:
            house.close()
    except (BadSettings, SyncError) as wrong:
        print(f"Not ready: {wrong}", file=sys.stderr)


if __name__ == "__main__":
    main()
