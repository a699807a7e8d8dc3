"""What the services tell us by themselves becomes a hint in an inbox, or nothing at all.

Whoever says something wrong is refused and learns nothing of why; the log says that it happened, never what was said.
What is heard is believed to be a reason to look, never what happened: which tenant it is about follows from a
signature or a token, and the record is read again by a run (design section 5: a signal's run approves nothing).
"""

from __future__ import annotations

import hmac
from collections import defaultdict
from datetime import datetime
from typing import Any, Final

import structlog

from extension.bootstrap import Channel, House, Signal, channel_of, hash_of
from extension.entities.catalogue import PAIRS
from extension.listening import XERO_NOTE
from extension.remote.xero import webhooks
from extension.remote.zoho import callbacks
from extension.sync.canonical import XERO, ZOHO

log = structlog.get_logger(__name__)

MODULES: Final = frozenset(pair.module for pair in PAIRS.values())


def signed_by_xero(house: House, body: bytes, signature: str) -> bool:
    """Whether Xero signed it with one of XERO_WEBHOOK_KEYS. No key: nobody did."""
    keys = [key.get_secret_value() for key in house.settings.xero_webhook_keys]
    return webhooks.is_signed(body, signature, filter(None, keys))


def from_xero(house: House, body: bytes) -> None:
    """A body that Xero signed. What it says of organisations that nobody connected is dropped."""
    now = house.clock.now()
    events = webhooks.events(body, now)
    if events is None:
        log.warning("signals refused", side=XERO, reason="malformed", size=len(body))
        return
    told: dict[int, list[Signal]] = defaultdict(list)
    known = {tenant: house.connections.by_organisation(XERO, tenant) for tenant in {each.tenant for each in events}}
    for event in events:
        connection = known[event.tenant]
        if connection is not None:
            told[connection.id].append(Signal(XERO, event.feed, event.remote, event.name, event.at))
    heard = sum(map(len, told.values()))
    new = house.ears.hear(told, now, note=(XERO_NOTE, _note(house, now, events=bool(events))))
    log.info("signals", side=XERO, connections=sorted(told), heard=heard, new=new, unknown=len(events) - heard)


def _note(house: House, now: datetime, *, events: bool) -> dict[str, Any]:
    """When Xero asked whether we listen, and when it told us something."""
    known = house.services.note(XERO_NOTE)
    kept = dict(known) if isinstance(known, dict) else {}
    return kept | {"heard" if events else "asked": now.isoformat()}


def from_zoho(house: House, path: str, body: bytes) -> tuple[Channel, callbacks.Callback] | None:
    """Whose channel speaks, and what it says; None: none of ours, or not in its own words."""
    said = callbacks.read(body, house.clock.now())
    known = channel_of(house.database, path[: callbacks.LONGEST_TOKEN])
    given = hash_of(said.token if said else "")
    right = hmac.compare_digest(given, known.token_hash if known else hash_of("nobody's"))
    if said is None or known is None or not right or said.channel != known.remote:
        return None
    return known, said


def keep(house: House, channel: Channel, said: callbacks.Callback) -> None:
    """What a channel of ours said."""
    signals = [
        Signal(ZOHO, said.module, id_, f"{said.module}.{said.operation} {id_} {said.name}", said.at)
        for id_ in said.ids
        if said.module in MODULES and said.operation
    ]
    new = house.ears.hear({channel.connection_id: signals}, house.clock.now(), channel_id=channel.id)
    log.info("signals", side=ZOHO, connection=channel.connection_id, heard=len(signals), new=new)
