"""A CRM record as a `Row`: times to UTC, ids as text, and what a write's answer means for what is stored."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from extension.sync.model import Row

MODIFIED: Final = "Modified_Time"
SECOND: Final = timedelta(seconds=1)
MOST_NAMES, MOST_CHARACTERS = 50, 1024
# Lists carry no subforms (facts/zoho.md 3.4 and 3.6): these feeds are read record by record.
DOCUMENTS: Final[Mapping[str, str]] = {"Invoices": "Invoiced_Items", "Purchase_Orders": "Purchase_Items"}


def moment(text: str) -> datetime:
    """A time with any offset as aware UTC in whole seconds: organisations have zones, with summer time."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        found = found.replace(tzinfo=UTC)
    return found.astimezone(UTC).replace(microsecond=0)


def stamp(when: datetime) -> str:
    """ISO 8601 in whole seconds, rounded down: an HTTP date is refused (facts/zoho.md 3.4)."""
    return when.astimezone(UTC).isoformat(timespec="seconds")


def row(feed: str, body: Mapping[str, Any], at: datetime, *, partial: bool = False) -> Row:
    """One record as it was read."""
    return Row(feed, str(body["id"]), moment(body[MODIFIED]), _texts(body), "live", partial, at)


def _texts(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """v8 sends ids as text; should one come as a number, it is an exact one (never a float)."""
    if isinstance(body["id"], str):
        return body
    return {key: _id_text(value) if key != "id" else str(value) for key, value in body.items()}


def _id_text(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("id"), int):
        return {**value, "id": str(value["id"])}
    return value


def groups(names: Sequence[str]) -> list[str]:
    """`fields` parameters that ask for these names: at most 50 names and 1,024 characters each.

    Every one asks for the modified time, so that parts of a record read at different moments are told apart.
    """
    found: list[str] = []
    current: list[str] = [MODIFIED]
    for name in dict.fromkeys(names):
        if name in ("id", MODIFIED):
            continue
        longer = len(",".join([*current, name]))
        if len(current) >= MOST_NAMES or longer > MOST_CHARACTERS:
            found.append(",".join(current))
            current = [MODIFIED]
        current.append(name)
    return [*found, ",".join(current)]


def settled(feed: str, sent: Mapping[str, Any], id_: str, written: datetime, read: Row | None, at: datetime) -> Row:
    """What a write stored: the row read back, unless somebody was at it in between.

    Then our own values stand for what we sent, as of our write: taking the other's as ours would swallow the edit.
    """
    if read is not None and read.modified == written:
        return read
    body = {**(read.body if read is not None else {}), **sent, "id": id_}
    lines = DOCUMENTS.get(feed, "")
    if lines in sent and read is not None:
        body[lines] = _lines(sent[lines], read.body.get(lines) or [])
    body[MODIFIED] = stamp(written)
    return Row(feed, id_, written, body, "live", False, at)


def _lines(sent: Sequence[Mapping[str, Any]], stored: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The lines as we sent them, with the ids that the new ones were given; removed ones are gone."""
    kept = [line for line in sent if "_delete" not in line]
    by_id = {str(line.get("id")): line for line in stored}
    named = {str(line["id"]) for line in kept if line.get("id")}
    fresh = [line for line in stored if str(line.get("id")) not in named]
    unnamed = sum(1 for line in kept if not line.get("id"))
    if len(fresh) != unnamed:  # somebody added or removed lines meanwhile: which is whose cannot be told
        return list(stored)
    following: Iterator[Mapping[str, Any]] = iter(fresh)
    lines: list[Mapping[str, Any]] = []
    for line in kept:
        before = by_id.get(str(line["id"]), {}) if line.get("id") else next(following)
        lines.append({**before, **line, "id": line.get("id") or before["id"]})
    return lines
