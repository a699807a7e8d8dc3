"""Notification channels: who asked to be told of which records, until when, and what they are told.

Expiry: at most a week; missing, past or too long is an hour (facts/zoho.md 3.8). A call tells of all the records of
one module that one request made, changed or deleted; whoever made them is told too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import simplejson

from sandbox.post import Message, Post, is_here
from sandbox.zoho.errors import RowError
from sandbox.zoho.schema import Module
from sandbox.zoho.settings import Switches
from sandbox.zoho.values import moment, spelled

WEEK, HOUR = 7 * 86_400, 3_600
LONGEST_TOKEN: Final = 50
EVENTS: Final[Mapping[str, str]] = {"create": "insert", "edit": "update", "delete": "delete"}
NUMBER: Final = re.compile(r"[0-9]{1,19}")
OLD_API: Final = "https://www.zohoapis.com/crm/v2/"  # whichever version subscribed


@dataclass(frozen=True)
class Channel:
    """One subscription. `events`: (module, operation)."""

    id: str
    user: int
    url: str
    events: tuple[tuple[str, str], ...]
    expires: float
    token: str | None = None

    @property
    def modules(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(module for module, _ in self.events))


@dataclass(frozen=True)
class Change:
    """What became of one record. `quiet`: the call that did it said that nothing shall run (`trigger: []`)."""

    module: str
    operation: str
    id: int
    quiet: bool


class Channels:
    """The channels of one organisation."""

    def __init__(self, switches: Switches, zone: str, post: Post) -> None:
        self._switches, self._zone, self.post = switches, zone, post
        self._channels: dict[str, Channel] = {}
        self._changes: list[Change] = []

    # -------------------------------------------------- subscribing

    def open(self, row: Mapping[str, Any], modules: Mapping[str, Module], user: int, now: float) -> Channel:
        """A new channel, or one of the same number anew. Raises RowError."""
        limit = self._switches.channel_limit
        made = self._read(row, modules, user, now)
        if limit and made.id not in self._channels and len(self._channels) >= limit:
            raise RowError("LIMIT_REACHED", "the limit of notification channels is reached", "channel_id")
        self._channels[made.id] = made
        return made

    def replace(self, row: Mapping[str, Any], modules: Mapping[str, Module], user: int, now: float) -> Channel:
        """Everything of a channel that is there."""
        self._one(row, user, now)
        made = self._read(row, modules, user, now)
        self._channels[made.id] = made
        return made

    def change(self, row: Mapping[str, Any], modules: Mapping[str, Module], user: int, now: float) -> Channel:
        """Some of it: what is left out stays."""
        old = self._one(row, user, now)
        kept = {"notify_url": old.url, "events": [f"{m}.{_word(o)}" for m, o in old.events], "token": old.token}
        made = self._read({**kept, **row}, modules, user, now)
        if "channel_expiry" not in row:
            made = replace(made, expires=old.expires)
        self._channels[made.id] = made
        return made

    def close(self, number: str, user: int, now: float) -> Channel:
        found = self._one({"channel_id": number}, user, now)
        del self._channels[found.id]
        return found

    def listed(self, user: int, now: float) -> list[Channel]:
        return [each for each in self._living(now) if each.user == user]

    def _living(self, now: float) -> list[Channel]:
        """Those that have not come to their end; the others are gone without a word."""
        self._channels = {number: each for number, each in self._channels.items() if each.expires > now}
        return list(self._channels.values())

    def _one(self, row: Mapping[str, Any], user: int, now: float) -> Channel:
        number = str(row.get("channel_id"))
        found = next((each for each in self.listed(user, now) if each.id == number), None)
        if found is None:
            raise RowError("NOT_SUBSCRIBED", "the given channel is not subscribed", "channel_id")
        return found

    def _read(self, row: Mapping[str, Any], modules: Mapping[str, Module], user: int, now: float) -> Channel:
        number = str(row.get("channel_id", ""))
        if not NUMBER.fullmatch(number):
            raise RowError("INVALID_DATA", "invalid data", "channel_id")
        url, token = row.get("notify_url"), row.get("token")
        if not isinstance(url, str) or not (url.startswith("https://") or is_here(url)):
            raise RowError("INVALID_DATA", "invalid data", "notify_url")
        if token is not None and (not isinstance(token, str) or len(token) > LONGEST_TOKEN):
            raise RowError("INVALID_DATA", "invalid data", "token", maximum_length=LONGEST_TOKEN)
        return Channel(number, user, url, _events(row.get("events"), modules), _expiry(row, now), token)

    # -------------------------------------------------- telling

    def note(self, change: Change) -> None:
        """Something was written by the request under way."""
        self._changes.append(change)

    def tell(self, now: float) -> None:
        """The request is over: everybody hears of it what they asked for."""
        changes, self._changes = self._changes, []
        heard = [each for each in changes if not (each.quiet and self._switches.trigger_silences_channels)]
        groups: dict[tuple[str, str], list[int]] = {}
        for change in heard:
            groups.setdefault((change.module, change.operation), []).append(change.id)
        for channel in self._living(now) if groups else ():
            for event, ids in groups.items():
                if event in channel.events:
                    self._send(channel, *event, list(dict.fromkeys(ids)), now)

    def unsaid(self) -> tuple[Change, ...]:
        """What the request under way has written so far."""
        return tuple(self._changes)

    def say_only(self, changes: Sequence[Change]) -> None:
        """What else it wrote was taken back."""
        self._changes = list(changes)

    def forget(self) -> None:
        """What was written by loading a state is no news."""
        self._changes = []

    def forge(self, number: str, given: Mapping[str, Any], now: float) -> None:
        """A message that only looks as if it came from here: with these values, and without knowing the token."""
        channel = self._channels[number]
        body = {**self._body(channel, *channel.events[0], [1], now), "token": "forged", **given}
        message = _message(channel.url, body)
        self.post.put(lambda: message)

    def _send(self, channel: Channel, module: str, operation: str, ids: Sequence[int], now: float) -> None:
        message = _message(channel.url, self._body(channel, module, operation, ids, now))
        self.post.put(lambda: message)

    def _body(self, channel: Channel, module: str, operation: str, ids: Sequence[int], now: float) -> dict[str, Any]:
        return {
            "server_time": int(now * 1000),
            "query_params": {},
            "module": module,
            "resource_uri": f"{OLD_API}{module}",
            "ids": [str(each) for each in ids],
            "affected_fields": [],
            "operation": operation,
            "channel_id": int(channel.id) if self._switches.channel_id_sent == "number" else channel.id,
            "token": channel.token,
        }

    def detail(self, channel: Channel, module: Module) -> dict[str, str]:
        """What an answer says of one module of a channel."""
        return {
            "channel_expiry": spelled(int(channel.expires), self._zone),
            "resource_uri": f"{OLD_API}{module.api_name}",
            "resource_id": str(module.id),
            "resource_name": module.api_name,
            "channel_id": channel.id,
        }

    def freeze(self) -> dict[str, Channel]:
        return dict(self._channels)

    def thaw(self, frozen: Mapping[str, Channel]) -> None:
        self._channels, self._changes = dict(frozen), []


def _message(url: str, body: Mapping[str, Any]) -> Message:
    return Message(url, simplejson.dumps(body).encode(), {"Content-Type": "application/json;charset=UTF-8"})


def _events(given: object, modules: Mapping[str, Module]) -> tuple[tuple[str, str], ...]:
    if not isinstance(given, list) or not given:
        raise RowError("MANDATORY_NOT_FOUND", "required field not found", "events")
    found: dict[tuple[str, str], None] = {}
    for event in given:
        module, _, word = str(event).partition(".")
        if module not in modules or (word != "all" and word not in EVENTS):
            raise RowError("INVALID_DATA", "invalid data", "events")
        for each in EVENTS if word == "all" else (word,):
            found[module, EVENTS[each]] = None
    return tuple(found)


def _word(operation: str) -> str:
    return next(word for word, each in EVENTS.items() if each == operation)


def _expiry(row: Mapping[str, Any], now: float) -> float:
    asked = moment(str(row.get("channel_expiry") or ""))
    if asked is None or not now < asked.timestamp() <= now + WEEK:
        return now + HOUR
    return asked.timestamp()
