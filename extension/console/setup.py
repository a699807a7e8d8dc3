"""connect, setup-link, db and keys: what is done once, or when something changed."""

from __future__ import annotations

import click

from extension import moving
from extension.bootstrap import SERVICES
from extension.config import is_loopback
from extension.connecting import Begun, Connecting, Wishes
from extension.console import exits
from extension.console.consent import Listener, pass_through, port_of
from extension.console.result import Desk, Result, reports
from extension.console.screen import Screen
from extension.sync.canonical import SIDES, XERO


@click.command("connect")
@click.option("--name", default="", metavar="NAME", help="What to call it; default: as the Xero organisation.")
@click.option(
    "--start-date",
    "start",
    default="today",
    show_default=True,
    metavar="DATE|today|everything",
    help="Records last changed before it are linked where their twin exists, and never created.",
)
@click.option("--xero-organisation", default="", metavar="NAME|ID", help="Which, where the consent reaches several.")
@click.option("--port", type=click.IntRange(1, 65535), help="Where to wait for the browser; default: as PUBLIC_URL.")
@reports
def connect(desk: Desk, name: str, start: str, xero_organisation: str, port: int | None) -> Result:
    """Connect a Zoho CRM organisation with a Xero organisation."""
    connecting = Connecting(desk.house)
    for side in SIDES:
        desk.house.app(side)  # both sets of credentials, before a person is sent anywhere
    for side in SIDES:
        begun = connecting.begin(side)
        choose = xero_organisation if side == XERO else ""
        connecting.finish(begun, consent_of(desk, begun, choose, port))
    made = connecting.make(Wishes(name, start, xero_organisation))
    chosen = made.connection
    document = {
        "connection": chosen.name,
        "new": made.new,
        "organisations": dict(chosen.organisations),
        "start_date": chosen.start_date,
    }

    def show(screen: Screen) -> None:
        screen.line(
            f"{chosen.name}: {'connected' if made.new else 'connected again; settings and history stay'}", "bold"
        )
        since = f"from {chosen.start_date:%Y-%m-%d %H:%M} UTC on" if chosen.start_date else "of any age"
        screen.line(f"Records {since} are synchronised; older ones are linked where their twin exists.")
        screen.line("Next: `flask fetch` reads both sides, then `flask plan` shows what a run would do.")

    return Result(exits.DONE, document, show)


def consent_of(desk: Desk, begun: Begun, choose: str, port: int | None) -> dict[str, str]:
    """The query with which the consent page sent the browser back."""
    if is_loopback(begun.url):
        return pass_through(begun.url, begun.redirect_uri, choose)
    with Listener(begun.redirect_uri, begun.consent.state, port_of(desk.house.settings.public_url, port)) as listener:
        desk.aside.line(f"Open this address in a browser and accept, to connect {SERVICES[begun.side]}:")
        desk.aside.line()
        desk.aside.line(begun.url)
        desk.aside.line()
        desk.aside.line("Waiting for the browser to come back (Ctrl-C stops) ...")
        return listener.wait()


@click.command("setup-link")
@reports
def setup_link(desk: Desk) -> Result:
    """Print an address that signs one person in to set up this installation: once, within a day."""
    link = desk.house.setup_link()

    def show(screen: Screen) -> None:
        screen.line("Open this address in a browser. It works once, and for a day; whoever opens it manages")
        screen.line("this installation, so give it to nobody else:")
        screen.line()
        screen.line(link)

    return Result(exits.DONE, {"link": link}, show)


@click.group("db")
def db() -> None:
    """The database."""


@db.command("upgrade")
@reports
def upgrade(desk: Desk) -> Result:
    """Bring the database to this version. Harmless when repeated."""
    desk.house.database.upgrade()
    name = desk.house.database.engine.dialect.name
    return Result(
        exits.DONE, {"database": name, "current": True}, lambda s: s.line(f"The database ({name}) is current.")
    )


@db.command("move")
@click.option("--to", "address", required=True, metavar="URL", help="As DATABASE_URL; an empty database.")
@reports
def move(desk: Desk, address: str) -> Result:
    """Copy everything into another database. This one stays as it is."""
    rows = moving.move(desk.house, address, lambda table, n: desk.aside.line(f"{table}: {n}"))

    def show(screen: Screen) -> None:
        screen.line(f"{sum(rows.values())} rows of {len(rows)} tables were copied and compared.")
        screen.line("Next: set DATABASE_URL to the new address, with the same ENCRYPTION_KEYS and SECRET_KEY as here,")
        screen.line("and start. `flask audit` shows that both sides are in step. The old database was not changed:")
        screen.line("keep it until then, and never start with it again once a run was made with the new one.")

    return Result(exits.DONE, {"rows": dict(rows)}, show)


@click.group("keys")
def keys() -> None:
    """The keys that protect what the services gave us."""


@keys.command("rotate")
@reports
def rotate(desk: Desk) -> Result:
    """Seal everything that is kept encrypted with the newest key; makes a new one where the keys are ours."""
    made, sealed = desk.house.rotate_keys()

    def show(screen: Screen) -> None:
        if made:
            screen.line("A new key was made and is used from now on.")
        screen.line(f"{sealed} stored secrets are sealed with the newest key.")
        where = desk.house.key_file.path if desk.house.key_file else "ENCRYPTION_KEYS"
        screen.line(f"The older keys in {where} are needed for older backups alone.")
        screen.line("Restart whatever is running, so that it knows the new key.")

    return Result(exits.DONE, {"new_key": made, "sealed": sealed}, show)
