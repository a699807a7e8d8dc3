"""Who is measured beside whom, and what is promised of it. An entry more is a row more.

`title` is what a reader sees; the folder of the same name as `packages` says what is installed for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from extension.sync.canonical import XERO, ZOHO, Side

HERE: Final = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Peer:
    """One row. `packages`: the folder with its requirements; "" for ours. `times`: how many times as fast as this we
    promise to be; None where nothing is promised. `remembers`: whether it knows by itself what is new."""

    name: str
    side: Side
    title: str
    module: str
    packages: str
    stores: str
    times: float | None = None
    remembers: bool = True

    @property
    def ours(self) -> bool:
        """The product itself, which runs in the packages that are here."""
        return not self.packages

    @property
    def requirements(self) -> Path:
        return HERE / self.packages / "requirements.txt"


NOTHING: Final = "nothing"
BODIES: Final = "bodies in SQLite"
LINES: Final = "JSON lines in a file"

PEERS: Final = (
    Peer("xero-ours", XERO, "xero2zoho", "ours.fetch", "", "fields in SQLite"),
    Peer("xero-raw", XERO, "parse and upsert raw", "raw.fetch", "raw", BODIES, 0.5, remembers=False),
    Peer("tap-xero", XERO, "tap-xero", "tap_xero.fetch", "tap_xero", LINES, 8.0),
    Peer("tap-xero-stored", XERO, "tap-xero and a target", "tap_xero.stored", "tap_xero", BODIES),
    Peer("dlt", XERO, "dlt rest_api", "dlt.fetch", "dlt", "tables in SQLite", 6.0, remembers=False),
    Peer("dlt-whole", XERO, "dlt, lists as JSON", "dlt.whole", "dlt", "rows in SQLite", remembers=False),
    Peer(
        "xero-python", XERO, "xero-python's models", "xero_python.fetch", "xero_python", NOTHING, 4.0, remembers=False
    ),
    Peer("pyxero", XERO, "pyxero", "pyxero.fetch", "pyxero", NOTHING, 1.5, remembers=False),
    Peer("zoho-ours", ZOHO, "xero2zoho", "ours.fetch", "", "fields in SQLite"),
    Peer("zoho-raw", ZOHO, "parse and upsert raw", "raw.fetch", "raw", BODIES, 0.5, remembers=False),
    Peer("zcrmsdk", ZOHO, "zcrmsdk's records", "zcrmsdk.fetch", "zcrmsdk", NOTHING, remembers=False),
    Peer("airbyte-zoho", ZOHO, "Airbyte's source", "airbyte_zoho.fetch", "airbyte_zoho", LINES),
)
