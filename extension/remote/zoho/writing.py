"""Writing to the CRM: exact bytes, batches under one optimistic lock, one answer per row.

Create is POST, update is PUT; never upsert, which after a lagging search would overwrite a person's edit. `trigger: []`
keeps workflows from running. `If-Unmodified-Since` is one header per request, so rows share a request as long as one
moment guards them all. A success says id and time only: what was stored is read back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from extension.remote import wire
from extension.remote.line import Line
from extension.remote.transport import Answer, lost, refusal
from extension.remote.zoho import words
from extension.remote.zoho.reading import ROOT, Reader
from extension.remote.zoho.rows import MODIFIED, SECOND, moment, settled, stamp
from extension.sync import errors
from extension.sync.actions import Call, Write
from extension.sync.canonical import ZOHO, chunks
from extension.sync.model import Row
from extension.sync.ports import Answer as Outcome

BATCH: Final = 100
LOCK: Final = "If-Unmodified-Since"


class Writer:
    """Drafts and sends. `trigger`: what Zoho runs after our writes; None leaves it to Zoho, which runs everything."""

    def __init__(self, line: Line, reader: Reader, trigger: Sequence[str] | None) -> None:
        self._line, self._reader, self._trigger = line, reader, trigger

    def draft(self, writes: Sequence[Write]) -> list[tuple[Call, Sequence[Write]]]:
        """Full batches, each with a UUID of its own."""
        return [
            (self._call(part, guard), part) for guard, together in guarded(writes) for part in chunks(together, BATCH)
        ]

    def _call(self, writes: Sequence[Write], guard: datetime | None) -> Call:
        first = writes[0]
        rows = [dict(w.body) if w.remote is None else {**w.body, "id": w.remote} for w in writes]
        body: dict[str, Any] = {"data": rows}
        if self._trigger is not None:
            body["trigger"] = list(self._trigger)
        headers = {"Content-Type": "application/json"}
        if guard is not None:
            headers[LOCK] = stamp(guard)
        return Call(
            id=str(uuid.uuid4()),
            side=ZOHO,
            feed=first.feed,
            verb=first.verb,
            method="POST" if first.verb == "create" else "PUT",
            path=f"{ROOT}/{first.feed}",
            body=wire.dumps(body),
            headers=headers,
            size=len(rows),
        )

    def send(self, call: Call) -> list[Outcome]:
        """These bytes, once. One answer per row, in the order of the request."""
        sent: list[dict[str, Any]] = wire.loads(call.body)["data"]
        answer = self._line.ask(
            call.verb,
            call.method,
            call.path,
            headers=call.headers,
            body=call.body,
            write=True,
            accept=(400, 412),
        )
        items = self._items(answer, len(sent))
        stored: dict[int, tuple[str, datetime]] = {}
        outcomes: dict[int, errors.RemoteError] = {}
        for n, item in enumerate(items):
            # By the row's own word: a whole call can be 200 with every row refused (facts/zoho.md 3.5).
            if item.get("status") == "success" or item.get("code") == "SUCCESS":
                stored[n] = self._stored(answer, item, sent[n])
            else:
                outcomes[n] = words.row_refusal(item, call.verb)
        if any(isinstance(why, errors.Unknown) for why in outcomes.values()):
            raise lost(answer.request, "server_error", "did not know what became of a row", answer.status)
        rows = self._read_back(call, answer, sent, stored)
        return [rows[n] if n in rows else outcomes[n] for n in range(len(sent))]

    def _items(self, answer: Answer, expected: int) -> list[Mapping[str, Any]]:
        items = answer.dictionary().get("data")
        if isinstance(items, list) and len(items) == expected and all(isinstance(one, dict) for one in items):
            return items
        if answer.status >= 400:
            raise refusal(answer, words.listen(answer))
        raise lost(answer.request, "unreadable", "answered with other rows than were sent", answer.status)

    def _stored(self, answer: Answer, item: Mapping[str, Any], sent: Mapping[str, Any]) -> tuple[str, datetime]:
        details = item.get("details")
        if not isinstance(details, dict) or not details.get("id") or not details.get(MODIFIED):
            raise lost(answer.request, "unreadable", "did not say what it stored", answer.status)
        id_ = str(details["id"])
        if sent.get("id") not in (None, id_):
            raise lost(answer.request, "unreadable", "answered in another order", answer.status)
        return id_, moment(str(details[MODIFIED]))

    def _read_back(
        self,
        call: Call,
        answer: Answer,
        sent: Sequence[Mapping[str, Any]],
        stored: Mapping[int, tuple[str, datetime]],
    ) -> dict[int, Row]:
        try:
            read = self._reader.whole(call.feed, [id_ for id_, _ in stored.values()])
        except errors.RemoteError as trouble:
            # It is written, but how it came out is unknown: the intents stay open and the next run looks.
            raise lost(answer.request, trouble.code, "stored the rows, but could not be read back") from trouble
        return {
            n: settled(call.feed, sent[n], id_, written, read.get(id_), answer.at)
            for n, (id_, written) in stored.items()
        }


def guarded(writes: Sequence[Write]) -> Iterator[tuple[datetime | None, list[Write]]]:
    """Writes that may share one `If-Unmodified-Since`, with its value.

    The moment must not be before a row's own modified time, and must be before the moment it was read: one second
    before, since both are whole seconds. Rows that changed in the second in which they were read go alone,
    guarded by their own modified time.
    """
    free = [w for w in writes if w.remote is None or w.not_after is None]
    if free:
        yield None, free
    locked = [w for w in writes if w.remote is not None and w.not_after is not None]
    alone: list[Write] = []
    together: list[tuple[datetime, datetime, Write]] = []
    for w in locked:
        assert w.not_after is not None
        if w.read_at is None or w.not_after > w.read_at - SECOND:
            alone.append(w)
        else:
            together.append((w.read_at - SECOND, w.not_after, w))
    together.sort(key=lambda one: one[0])
    while together:
        guard = together[0][0]
        yield guard, [w for _, modified, w in together if modified <= guard]
        together = [one for one in together if one[1] > guard]
    for w in alone:
        yield w.not_after, [w]
