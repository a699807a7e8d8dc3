"""One of Xero's clients at its day's work, at the addresses that it has built in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.server import Server
from tests.contract.sandbox_xero_visitor import Visitor
from tests.outsiders.addresses import XERO, Addresses
from tests.outsiders.at_work import Seen


def worked(run: Callable[[str, Mapping[str, str]], Seen], script: str) -> Seen:
    """What it told after all of its work; `main`: the organisation that it worked in."""
    visitor = Visitor()
    server = Server(visitor.http.application)
    server.start()
    with TemporaryDirectory() as folder, Addresses(dict.fromkeys(XERO, server.url), Path(folder)) as addresses:
        seen = run(script, addresses.environment)
    server.stop()
    assert addresses.elsewhere == []
    return seen | {"main": visitor.service.main_id}
