"""Whether the services tell us of changes by themselves, and what it takes: channels of Zoho CRM, a webhook of Xero.

A channel is opened by a person's wish (the set-up), kept alive by a chore, opened anew where the CRM has lost it, and
closed with the connection or the set-up's undoing. Where it cannot be, a sentence says why, and nothing fails: the
schedule finds every change. Xero's webhook is registered by hand in its developer portal.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from extension.bootstrap import Channel, Connection, House
from extension.config import is_loopback
from extension.entities.crm_setup import enabled
from extension.remote.zoho.notifications import Subscribed, ZohoChannels
from extension.sync.canonical import ZOHO
from extension.sync.errors import BadInput, Missing, Refused, SyncError, Throttled

log = structlog.get_logger(__name__)

LIFE: Final = timedelta(days=6)  # a week at most, and both clocks may be wrong (facts/zoho.md 3.8, 4)
RENEW: Final = timedelta(days=3)  # what is left of it then
XERO_PATH, ZOHO_PATH = "/hooks/xero", "/hooks/zoho/"
XERO_NOTE: Final = "xero_webhook"  # the installation's note: when Xero last told us something
NOWHERE: Final = (
    "No service can reach this installation at {url}: signals need a public address with https (PUBLIC_URL). "
    "The schedule and the button find every change."
)


@dataclass(frozen=True)
class Told:
    """How it stands with the CRM's signals. `channel`: the one that is open."""

    modules: tuple[str, ...]
    channel: Channel | None = None
    impossible: str = ""
    problem: str = ""

    @property
    def will(self) -> str:
        """What setting it up does, in one sentence; "" where it does nothing."""
        if self.impossible or not self.modules:
            return ""
        names = ", ".join(module.replace("_", " ") for module in self.modules)
        return (
            f"Zoho CRM is asked to tell us at once when somebody makes, changes or deletes a record in {names}. It "
            "says which record, and nothing of what is in it; it is asked again every few days, for it forgets."
        )


class Listening:
    """The signals of one connection's CRM."""

    def __init__(self, house: House, connection: Connection) -> None:
        self._house, self._connection = house, connection
        self._channels = house.channels(connection)

    def look(self) -> Told:
        """By what is remembered; no service is asked."""
        return self._told(self._channels.all())

    def _told(self, rows: Sequence[Channel]) -> Told:
        modules = tuple(pair.module for pair in enabled(self._connection.settings))
        now = self._house.clock.now()
        open_ = next((each for each in rows if each.open and each.expires_at > now), None)
        problem = next((each.problem for each in rows if each.problem), "")
        return Told(modules, open_, "" if reachable(self._house) else nowhere(self._house), problem)

    def set_up(self) -> Told:
        """Opens a channel, or renews the one there is. Raises a RemoteError where the CRM refuses, BadInput where it
        could not reach us."""
        told = self.look()
        if told.impossible:
            raise BadInput(told.impossible, code="not_reachable")
        if not told.modules:
            raise BadInput("No module is switched on.", hint="Switch one on in Settings.")
        if told.channel is None or not self._renewed(told.channel, told.modules):
            self._open_anew(told.modules)
        return self.look()

    def keep(self, rows: Sequence[Channel] | None = None) -> None:
        """What was set up stays: renewed in time, opened anew where it was lost. `rows`: its channels, where they are
        known."""
        rows = self._channels.all() if rows is None else rows
        told, now = self._told(rows), self._house.clock.now()
        if not rows or told.impossible or not told.modules:
            return
        known = told.channel
        if known is not None and known.expires_at - now >= RENEW and not self._stale(known, told.modules):
            return
        try:
            if known is None or not self._renewed(known, told.modules):
                self._open_anew(told.modules)
        except SyncError as wrong:
            log.warning("signals not renewed", connection=self._connection.id, problem=wrong.message)
            for each in self._channels.all():
                self._channels.failed(each.remote, wrong.message)

    def close(self) -> None:
        """Every channel, as far as the CRM can be told; what it cannot be told ends by itself within a week, and
        says nothing that we would hear."""
        rows = self._channels.all()
        if rows:
            crm = self._crm()
            for each in rows:
                with suppress(SyncError):
                    crm.close(each.remote)
            self._channels.forget([each.remote for each in rows])

    def _crm(self) -> ZohoChannels:
        house, connection = self._house, self._connection
        return ZohoChannels(house.line(ZOHO, house.grants(connection.id), connection.organisations[ZOHO]))

    def _stale(self, channel: Channel, modules: Sequence[str]) -> bool:
        """Whether it tells of other modules than are synchronised, or to another address than we have."""
        return set(channel.modules) != set(modules) or channel.url != self._url(channel.remote)

    def _url(self, number: str) -> str:
        return f"{self._house.settings.public_url}{ZOHO_PATH}{number}"

    def _renewed(self, channel: Channel, modules: Sequence[str]) -> bool:
        """False: the CRM will not, or has forgotten it."""
        until = self._house.clock.now() + LIFE
        try:
            agreed = self._crm().renew(channel.remote, self._url(channel.remote), modules, until)
        except Missing:
            return False
        except Throttled:
            raise
        except Refused as wrong:
            if wrong.code != "refused":  # a reason for which a new channel would be refused as well
                raise
            return False
        self._channels.confirmed(channel.remote, agreed.until, agreed.modules, self._url(channel.remote))
        return True

    def _open_anew(self, modules: Sequence[str]) -> Subscribed:
        """A new one; those before it, whatever became of them, are closed."""
        old, until = [each.remote for each in self._channels.all()], self._house.clock.now() + LIFE
        number, token = str(10**14 + secrets.randbelow(9 * 10**14)), secrets.token_urlsafe(32)
        crm, url = self._crm(), self._url(number)
        self._channels.begin(number, token, url, modules, until)
        try:
            agreed = crm.open(number, url, token, modules, until)
        except Refused:
            self._channels.forget([number])
            raise
        self._channels.confirmed(number, agreed.until, agreed.modules, url)
        for each in old:
            with suppress(SyncError):
                crm.close(each)
        self._channels.forget(old)
        return agreed


def keep(house: House, connections: Sequence[Connection]) -> None:
    """What was set up for these stays."""
    known = house.channels_of(connections)
    for connection in connections:
        try:
            Listening(house, connection).keep(known.get(connection.id, ()))
        except SyncError as wrong:
            log.warning("signals not renewed", connection=connection.id, problem=wrong.message)


# ------------------------------------------------------------------ whether anybody can reach us


def reachable(house: House) -> bool:
    """Whether Zoho CRM may be asked to call: a public https address, or both of us are on this machine."""
    url = house.settings.public_url
    if is_loopback(url):
        return is_loopback(house.settings.zoho_accounts_url)
    return url.startswith("https://")


def nowhere(house: House) -> str:
    return NOWHERE.format(url=house.settings.public_url)


# ------------------------------------------------------------------ Xero's webhook


@dataclass(frozen=True)
class XeroWebhook:
    """What to register in Xero's developer portal, and whether it works. `asked`: when Xero last tried us out;
    `heard`: when it last told us something."""

    url: str
    keys: int
    reachable: bool
    asked: datetime | None
    heard: datetime | None


def xero_webhook(house: House) -> XeroWebhook:
    note = house.services.note(XERO_NOTE)
    told: dict[str, Any] = note if isinstance(note, dict) else {}
    asked, heard = (datetime.fromisoformat(told[name]) if name in told else None for name in ("asked", "heard"))
    url, settings = f"{house.settings.public_url}{XERO_PATH}", house.settings
    keys = [key for key in settings.xero_webhook_keys if key.get_secret_value()]
    public = url.startswith("https://") and not is_loopback(url)
    both_here = is_loopback(url) and is_loopback(settings.xero_api_url)
    return XeroWebhook(url, len(keys), public or both_here, asked, heard)
