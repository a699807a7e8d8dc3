"""What the demo tells, in the order in which a newcomer asks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from extension.console import reportview
from extension.console.demonstration import Shown, variables
from extension.console.screen import Screen
from extension.sync.canonical import XERO, ZOHO, Side


def page(screen: Screen, shown: Shown) -> None:
    """The report."""
    screen.line(f"{shown.connection.name}: Zoho CRM and Xero, connected and synchronised", "bold")
    screen.line()
    reportview.table(screen, shown.counts)
    reportview.holds(screen, shown.audit.holds)
    for report in (shown.run, shown.again, shown.audit):
        reportview.trouble(screen, report)
    screen.heading("The proof")
    screen.line(f"  A second run wrote {shown.writes_again or 'nothing'}.")
    held = f"; {len(shown.audit.holds)} held for a person" if shown.audit.holds else ""
    verdict = "both sides are in step" if shown.in_step else f"{len(shown.audit.plan.work)} differences"
    screen.line(f"  A full comparison of both sides: {verdict}{held}.")
    made = "; ".join(shown.duplicates)
    screen.line(f"  Made twice, counted in the services' own records: {made or 'nothing'}.")
    zoho, xero = shown.calls[ZOHO], shown.calls[XERO]
    screen.line(f"  All of it took {shown.seconds:.0f} seconds, {zoho} calls to Zoho CRM and {xero} to Xero.")


def portal(screen: Screen, url: str, link: str) -> None:
    """Where to go on in a browser."""
    screen.heading("The portal, until Ctrl-C. Open this and press Begin:")
    screen.line(f"  {link}", "bold")
    screen.line(f"  The link works once. After that {url} signs in with the sandbox's Zoho, as anybody you choose.")


def crm(screen: Screen, url: str) -> None:
    """The same from inside the CRM."""
    screen.heading("The CRM, as a salesperson sees it. Open an invoice, press Sync to Xero, sign in, press again:")
    screen.line(f"  {url}", "bold")


def addresses(screen: Screen, found: Mapping[Side, str], folder: Path, public_url: str) -> None:
    """Where everything else answers now."""
    screen.heading("Both services. Change a record there, and see what the portal makes of it:")
    screen.line(f"  Zoho CRM  {found[ZOHO]}")
    screen.line(f"  Xero      {found[XERO]}")
    screen.heading("To work on with them in another terminal:")
    screen.line()
    environment(screen, {"INSTANCE_DIR": str(folder), "PUBLIC_URL": public_url, **variables(found[ZOHO], found[XERO])})
    screen.line(".venv/bin/flask --app app history")


def environment(screen: Screen, found: Mapping[str, str]) -> None:
    """Settings as a shell takes them."""
    for name, value in found.items():
        screen.line(f"export {name}={value}")
