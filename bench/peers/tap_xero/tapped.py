"""How tap-xero is run: its configuration as a user writes it, and its two built-in addresses led to the sandbox."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import requests
import singer
import tap_xero
from singer.catalog import Catalog, CatalogEntry, Schema
from tap_xero import client, streams

from bench.peers.gauge import Asked

STREAMS: Final = ("contacts", "invoices")
IDENTITY: Final = "https://identity.xero.com"


def set_up(asked: Asked) -> None:
    """Files and addresses. The refresh token is used up by each turn: the tap itself keeps the next in its file."""
    config = asked.keep / "config.json"
    if not config.exists():
        given = {
            "client_id": "sandbox",
            "client_secret": "sandbox",
            "tenant_id": asked.organisation,
            "refresh_token": asked.xero_refresh,
            "start_date": "2000-01-01T00:00:00Z",
        }
        config.write_text(json.dumps(given), encoding="utf-8")
    catalog = asked.keep / "catalog.json"
    catalog.write_text(json.dumps(_catalog().to_dict()), encoding="utf-8")
    sys.argv = ["tap-xero", "--config", str(config), "--catalog", str(catalog)]
    if asked.again:
        said = json.loads((asked.folder / "state.line").read_text(encoding="utf-8"))
        state = asked.folder / "state.json"
        state.write_text(json.dumps(said["value"]), encoding="utf-8")
        sys.argv += ["--state", str(state)]
    singer.get_logger().setLevel("ERROR")
    _lead_to(asked.xero_url)


def tap() -> None:
    """What its command does."""
    tap_xero.main()


def keep_state(line: str, folder: Path) -> None:
    """The last message about how far it came, for the next turn."""
    (folder / "state.line").write_text(line, encoding="utf-8")


def _catalog() -> Catalog:
    """Its own discovery, of the two streams alone and without the call that checks the token."""
    entries = []
    for stream in streams.all_streams:
        if stream.tap_stream_id in STREAMS:
            schema = tap_xero.load_schema(stream.tap_stream_id)
            known = tap_xero.load_metadata(stream, schema)
            known[0]["metadata"]["selected"] = True
            name = stream.tap_stream_id
            entry = CatalogEntry(
                stream=name,
                tap_stream_id=name,
                key_properties=stream.pk_fields,
                schema=Schema.from_dict(schema),
                metadata=known,
            )
            entries.append(entry)
    return Catalog(entries)


def _lead_to(xero_url: str) -> None:
    client.BASE_URL = f"{xero_url}/api.xro/2.0"
    post = requests.Session.post

    def led(session: requests.Session, url: str, *words: Any, **more: Any) -> requests.Response:
        return post(session, url.replace(IDENTITY, xero_url), *words, **more)

    requests.Session.post = led  # type: ignore[assignment,method-assign]
