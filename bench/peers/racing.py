"""The turns: every peer once, then every peer again, so that a busy minute of the machine weighs on all of them.

A turn is two processes one after the other: the first fetch of everything, and the run after it with nothing changed.
The services answer from memory what they answered before; the round that makes them remember is not counted.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.changes import AGE
from bench.company import Company
from bench.fresh import ROOT
from bench.peers.environments import NotInstalled, install, installed, python_of
from bench.peers.roster import PEERS, Peer
from bench.services import Services
from bench.tenant import Tenant, connected
from extension.sync.canonical import XERO, ZOHO, Side

ALONE: Final = 300.0  # seconds before a turn is given up
LAST: Final = 400  # characters of what a peer said when it failed
STRAIGHT: Final = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", "PYTHONWARNINGS": "ignore"}


@dataclass(frozen=True)
class Field:
    """How many records there are, and how many turns are counted. `parties`: contacts in Xero, accounts in the CRM."""

    parties: int
    invoices: int
    turns: int

    def of(self, side: Side) -> int:
        """How many records are fetched from there."""
        return self.parties + self.invoices if side == XERO else self.parties


@dataclass(frozen=True)
class Run:
    """One process: seconds of the clock and of the processor, MB, calls in the services' journals, and seconds of the
    processor that the services took."""

    records: int
    wall: float
    cpu: float
    peak: float
    calls: int
    served: float
    versions: dict[str, str] = field(default_factory=dict)


@dataclass
class Result:
    """What became of one peer: the counted turns, or why there are none."""

    peer: Peer
    first: list[Run] = field(default_factory=list)
    again: list[Run] = field(default_factory=list)
    trouble: str = ""


class Failed(Exception):
    """A peer's process failed, or did not bring what is there. The message says how."""


def race(track: Field, tell: Callable[[str], None], peers: Sequence[Peer] = PEERS) -> list[Result]:
    """All of these peers. One that cannot be installed, or fails, is a row with the reason and takes no more turns."""
    results = [Result(peer) for peer in peers]
    for result in results:
        _prepare(result, tell)
    with Track(track) as prepared:
        for turn in range(track.turns + 1):
            for result in results:
                if not result.trouble:
                    tell(
                        f"turn {turn} of {track.turns}: {result.peer.name}" if turn else f"warming: {result.peer.name}"
                    )
                    _turn(prepared, result, counted=turn > 0)
    return results


def _prepare(result: Result, tell: Callable[[str], None]) -> None:
    if installed(result.peer):
        return
    tell(f"installing the packages of {result.peer.packages} (once)")
    try:
        install(result.peer)
    except NotInstalled as trouble:
        result.trouble = f"cannot be installed: {trouble}"


def _turn(prepared: Track, result: Result, *, counted: bool) -> None:
    try:
        first, again = prepared.turn(result.peer)
    except Failed as trouble:
        result.first, result.again, result.trouble = [], [], str(trouble)
        return
    if counted:
        result.first.append(first)
        result.again.append(again)


class Track:
    """Services with their data, an installation of ours that is connected to them, and a grant for everybody else."""

    def __init__(self, track: Field) -> None:
        self._size = track
        self._begun = datetime.now(UTC).replace(microsecond=0) - AGE
        self._company = Company(
            track.parties,
            200,
            track.invoices,
            self._begun,
            crm=("Accounts",),
            books=("Contacts", "Items", "Invoices"),
            apart=1,
        )
        self._open = ExitStack()

    def __enter__(self) -> Track:
        with ExitStack() as opening:
            self.services = opening.enter_context(Services(self._company, remember=True))
            # Whether version 2 ends there is not known (facts/zoho.md 3.4); the peers that speak it do not.
            self.services.switch(ZOHO, "v2_pages_end", False)
            # Ten tokens in ten minutes are all that one grant gets there, and Airbyte's source takes one a run.
            self.services.switch(ZOHO, "token_limits", False)
            ours = opening.enter_context(connected(self.services))
            self._template = ours.folder
            ours.close()  # it is copied for every turn
            theirs = opening.enter_context(connected(self.services))
            self._given = self._grants(theirs)
            self._keep = Path(opening.enter_context(TemporaryDirectory()))
            self._open = opening.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def turn(self, peer: Peer) -> tuple[Run, Run]:
        """The first fetch and the one after it. Raises Failed."""
        keep = self._keep / peer.name
        keep.mkdir(exist_ok=True)
        with TemporaryDirectory() as name:
            folder = Path(name)
            if peer.ours:
                shutil.copytree(self._template, folder, dirs_exist_ok=True)
            first = self._run(peer, folder, keep, again=False)
            expected = self._size.of(peer.side)
            if first.records != expected:
                raise Failed(f"brought {first.records:,} of {expected:,} records")
            return first, self._run(peer, folder, keep, again=True)

    def _run(self, peer: Peer, folder: Path, keep: Path, *, again: bool) -> Run:
        question, answer = folder / "question.json", folder / "answer.json"
        asked = {"side": peer.side, "again": again, "folder": str(folder), "keep": str(keep), **self._given}
        question.write_text(json.dumps(asked), encoding="utf-8")
        answer.unlink(missing_ok=True)
        self.services.journal()
        before = self.services.spent()
        _carried_out(peer, question, answer)
        served = self.services.spent() - before
        found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
        return Run(calls=len(self.services.journal()), served=served, **found)

    def _grants(self, tenant: Tenant) -> dict[str, str]:
        grants = tenant.grants(tenant.tenant.id)
        zoho, xero = grants.get(ZOHO), grants.get(XERO)
        assert zoho is not None
        assert xero is not None
        latest = self._begun + timedelta(seconds=max(self._size.parties, self._size.invoices))
        return {
            "zoho_url": self.services.zoho_url,
            "xero_url": self.services.xero_url,
            "zoho_access": zoho.access,
            "zoho_refresh": zoho.refresh,
            "xero_access": xero.access,
            "xero_refresh": xero.refresh,
            "organisation": tenant.tenant.organisations[XERO],
            "since": latest.isoformat(),
        }


def _carried_out(peer: Peer, question: Path, answer: Path) -> None:
    words = [str(python_of(peer)), "-m", f"bench.peers.{peer.module}", str(question), str(answer)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | STRAIGHT
    try:
        done = subprocess.run(
            words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=ALONE, check=False
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"was not done after {ALONE:.0f} seconds") from None
    if done.returncode or not answer.exists():
        said = [line.strip() for line in done.stderr.strip().splitlines() if line.strip()]
        raise Failed(said[-1][:LAST] if said else f"ended with {done.returncode}")
