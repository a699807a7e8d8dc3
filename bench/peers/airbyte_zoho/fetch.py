"""Airbyte's source for Zoho CRM: the messages of its Accounts, as lines in a file. Its table of data centres is led to
the sandbox; it discovers the modules of the organisation, as it does at the start of every sync."""

from __future__ import annotations

import json
import logging
from typing import Final

from airbyte_cdk.models import ConfiguredAirbyteCatalog
from source_zoho_crm import SourceZohoCrm
from source_zoho_crm.api import ZohoAPI

from bench.peers.gauge import Asked, gauged

STREAM: Final = "_accounts_"  # as in incremental_accounts_zoho_crmstream
LOGGER: Final = logging.getLogger("airbyte")


def prepared(asked: Asked) -> None:
    """The address, and the catalogue that its platform asks for when a connection is made, and then keeps."""
    ZohoAPI._DC_REGION_TO_ACCESS_URL = ZohoAPI._DC_REGION_TO_API_URL = {"US": asked.zoho_url}
    LOGGER.setLevel(logging.ERROR)
    catalog = asked.keep / "catalog.json"
    if not catalog.exists():
        found = SourceZohoCrm().discover(LOGGER, configuration(asked)).streams
        synced = {"sync_mode": "incremental", "destination_sync_mode": "append_dedup"}
        chosen = [{"stream": json.loads(each.json()), **synced} for each in found if STREAM in each.name]
        catalog.write_text(json.dumps({"streams": chosen}), encoding="utf-8")


def configuration(asked: Asked) -> dict[str, str]:
    return {
        "client_id": "sandbox",
        "client_secret": "sandbox",
        "refresh_token": asked.zoho_refresh,
        "dc_region": "US",
        "environment": "Production",
        "edition": "Enterprise",
        "start_datetime": "2000-01-01T00:00:00+00:00",
    }


def fetch(asked: Asked) -> int:
    records, state = 0, None
    source, kept = SourceZohoCrm(), asked.folder / "state.json"
    catalog = ConfiguredAirbyteCatalog.parse_file(asked.keep / "catalog.json")
    begun = source.read_state(str(kept)) if asked.again else []
    lines = asked.folder / ("again.jsonl" if asked.again else "first.jsonl")
    with lines.open("w", encoding="utf-8") as out:
        for message in source.read(LOGGER, configuration(asked), catalog, begun):
            out.write(message.json(exclude_unset=True) + "\n")
            records += message.record is not None
            state = message.state or state
    if state is not None:
        kept.write_text(f"[{state.json(exclude_unset=True)}]", encoding="utf-8")
    return records


if __name__ == "__main__":
    gauged(fetch, "airbyte-source-zoho-crm", "airbyte-cdk", before=prepared)
