"""sandbox and demo: the local Zoho CRM and Xero, alone or with everything that this product does to them."""

from __future__ import annotations

import contextlib
import signal
import threading
from contextlib import ExitStack
from typing import Final

import click
from flask import current_app

from extension.config import Settings
from extension.console import demoscreen, exits
from extension.console.demonstration import Demonstration, variables
from extension.console.demoportal import DemoPortal
from extension.console.result import Desk, Result, reports
from extension.console.screen import Screen
from extension.sync.errors import BadInput
from sandbox.server import LOOPBACK
from sandbox.world import World

PORTS: Final = click.IntRange(0, 65535)
with_records = click.option(
    "--records",
    type=click.IntRange(10),
    default=60,
    show_default=True,
    help="Accounts in the CRM; all else grows along.",
)
with_seed = click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same company.")


@click.command("sandbox")
@click.option("--zoho-port", type=PORTS, default=0, help="Default: a free one.")
@click.option("--xero-port", type=PORTS, default=0, help="Default: a free one.")
@click.option(
    "--host", default=LOOPBACK, show_default=True, help="Where to listen; whoever reaches it may do everything there."
)
@with_records
@with_seed
@reports
def sandbox(desk: Desk, zoho_port: int, xero_port: int, host: str, records: int, seed: int) -> Result:
    """Serve a local Zoho CRM and a local Xero with a seeded company, until stopped."""
    world = World(records=records, seed=seed)
    try:
        world.start(zoho_port, xero_port, host)
    except OSError as error:
        raise BadInput(
            f"The sandbox cannot listen there ({error.strerror}).", hint="Choose other ports, or leave them out."
        ) from None
    settings = variables(world.zoho_url, world.xero_url)

    def show(screen: Screen) -> None:
        screen.line(f"Zoho CRM  {world.zoho_url}", "bold")
        screen.line(f"Xero      {world.xero_url}", "bold")
        screen.heading("To work with them in another terminal, then `flask connect`:")
        screen.line()
        demoscreen.environment(screen, settings)
        screen.line()
        screen.line("Ctrl-C stops.")

    def serve() -> None:
        _until_stopped()
        world.stop()

    return Result(exits.DONE, {"zoho": world.zoho_url, "xero": world.xero_url, "env": settings}, show, serve)


@click.command("demo")
@click.option("--once", is_flag=True, help="End after the report: 0 if and only if both sides are in step.")
@with_records
@with_seed
@reports
def demo(desk: Desk, once: bool, records: int, seed: int) -> Result:
    """Two local companies, connected over real OAuth and HTTP, and kept in step; then the portal to go on with."""
    with ExitStack() as closing:
        portal = None if once else closing.enter_context(contextlib.closing(DemoPortal()))
        url = portal.url if portal else Settings.model_fields["public_url"].default
        demonstration = closing.enter_context(contextlib.closing(Demonstration(records, seed, url)))
        with desk.watching() as watch:
            shown = demonstration.run(watch)
        status = exits.DONE if shown.in_step else exits.ATTENTION
        if portal is None:
            return Result(status, shown.document(), lambda screen: demoscreen.page(screen, shown))
        app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy, typed as what it stands for
        closing.enter_context(portal.serving(app, demonstration.house))
        kept = closing.pop_all()
    link, shell = demonstration.house.setup_link(), demonstration.world.shell_url

    def show(screen: Screen) -> None:
        demoscreen.page(screen, shown)
        demoscreen.portal(screen, url, link)
        demoscreen.crm(screen, shell)
        demoscreen.addresses(screen, demonstration.addresses, demonstration.folder, url)

    def serve() -> None:
        with kept:
            _until_stopped()

    return Result(status, {**shown.document(), "portal": {"address": url, "sign_in": link}, "crm": shell}, show, serve)


def _until_stopped() -> None:
    """Ctrl-C, or a polite kill."""
    stopped = threading.Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: stopped.set())
    stopped.wait()
