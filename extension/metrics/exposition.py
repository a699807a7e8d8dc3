"""The text that a monitoring system reads, and who may read it.

Off unless METRICS_TOKEN or METRICS_LISTEN asks for it. Whoever shows the token may read; without one only this
machine may, over a port of its own (`metrics.port`): behind a proxy every visitor of the pages looks like this machine.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from prometheus_client.multiprocess import MultiProcessCollector

from extension.bootstrap import House
from extension.config import Settings
from extension.metrics.collector import Installation

SCHEME: Final = "Bearer "
Asked = Callable[[str], tuple[bytes, str]]
"""Given what the reader accepts: the text and its media type."""


def may_read(settings: Settings, authorization: str) -> bool:
    """Whether METRICS_TOKEN was shown. Compared by digests: neither time nor length tells anything."""
    wanted = settings.metrics_token.get_secret_value()
    given = authorization.removeprefix(SCHEME) if authorization.startswith(SCHEME) else ""
    return bool(wanted) and hmac.compare_digest(_digest(given), _digest(wanted))


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()


def exposition(house: House) -> Asked:
    """Made once for a process, so that what was read is kept for some seconds."""
    registry = CollectorRegistry()
    registry.register(Installation(house))
    _processes(house, registry)

    def told(accept: str) -> tuple[bytes, str]:
        encode, media = choose_encoder(accept)
        return encode(registry), media

    return told


def _processes(house: House, registry: CollectorRegistry) -> None:
    """The counters of this process; with PROMETHEUS_MULTIPROC_DIR, in which the processes of one server keep theirs,
    of all of them together, those that have ended, too."""
    folder = house.settings.prometheus_multiproc_dir
    if folder is None:
        registry.register(house.meters.registry)
    else:
        MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
