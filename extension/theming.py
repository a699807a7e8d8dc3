"""A branding theme that is new in Xero becomes a value of the CRM's pick list, where the set-up made that list.

Part of *Data fetch*. A list that somebody else made is theirs: the page CRM fields offers what it lacks. A CRM that
refuses a value does not keep anybody from reading data; the documents that need the value say so themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any

from extension.entities.catalogue import PAIRS
from extension.entities.defaults import crm_name
from extension.entities.fetched import read
from extension.entities.themes import missing_values
from extension.remote.zoho.setup import ZohoSetup
from extension.sync.errors import Refused

log = logging.getLogger(__name__)

FIELD = "Branding_Theme"


def add_values(crm: ZohoSetup, made: Collection[str], document: Mapping[str, Any]) -> bool:
    """Whether anything was added. `made`: ids of the fields that the set-up made; `document`: what was fetched."""
    known, added = read(document), False
    for pair in PAIRS.values():
        name = crm_name(pair.module, [FIELD], known, guess=False) if pair.document else None
        field = known.field_of(pair.module, name) if name else None
        missing = missing_values(field.choices, known.themes) if field is not None else ()
        if field is None or not missing:
            continue
        row = next((row for row in crm.fields(pair.module) if row.get("api_name") == field.name), None)
        if row is None or str(row["id"]) not in made:
            continue
        try:
            crm.add_values(pair.module, row, missing)
        except Refused as why:
            log.warning("%s takes no more branding themes: %s", pair.module, why.message)
        else:
            added = True
    return added
