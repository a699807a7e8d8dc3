"""widget build: the archive for those who let Zoho host the widget's pages."""

from __future__ import annotations

from pathlib import Path

import click

from extension.config import ROOT, is_loopback
from extension.console import exits, widget_package
from extension.console.result import Desk, Result, reports
from extension.console.screen import Screen


@click.group("widget")
def widget() -> None:
    """The widget inside Zoho CRM."""


@widget.command("build")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=ROOT / "dist", help="Default: dist.")
@reports
def build(desk: Desk, out: Path) -> Result:
    """Check the widget and pack it as Zoho's own toolkit would."""
    address = desk.house.settings.public_url
    made = widget_package.build(ROOT, out, address)

    def show(screen: Screen) -> None:
        screen.line(str(made.archive), "bold")
        screen.line(f"{len(made.files)} files, for the server at {address}.")
        screen.line(f"The folder for Zoho's toolkit (zet validate, zet pack): {made.stage}")
        if is_loopback(address):
            screen.line("PUBLIC_URL is this machine: nobody else's browser can use this archive.")

    return Result(exits.DONE, {"archive": made.archive, "stage": made.stage, "files": list(made.files)}, show)
