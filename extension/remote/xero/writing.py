"""Writing to Xero: exact bytes, an idempotency key per call, one answer per element.

PUT creates and refuses what exists; POST would silently overwrite by name or number, so it only ever carries ids.
`summarizeErrors=false` makes HTTP 200 of everything: each element says how it fared. Xero replays the answer of a
key for six minutes, errors included; a new attempt is a new call with a new key.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from extension.remote import wire
from extension.remote.line import Line
from extension.remote.transport import Answer, lost, refusal
from extension.remote.xero import words
from extension.remote.xero.client import ACCOUNTING, TENANT, Composer
from extension.remote.xero.feeds import FEEDS, ZERO, Feed, row
from extension.remote.xero.matching import aligned
from extension.remote.xero.reading import Reader, body_of
from extension.sync import errors
from extension.sync.actions import Call, Write
from extension.sync.canonical import XERO
from extension.sync.model import Row
from extension.sync.ports import Answer as Outcome

BATCH: Final = 50
LINES: Final = "LineItems"
LARGEST: Final = 3_000_000  # the documentation says 10 MB and 3.5 MB


class Writer:
    """Drafts and sends for one organisation."""

    def __init__(self, line: Line, composer: Composer, reader: Reader, feeds: Mapping[str, Feed] = FEEDS) -> None:
        self._line, self._composer, self._reader, self._feeds = line, composer, reader, feeds

    # -------------------------------------------------- draft

    def draft(self, writes: Sequence[Write]) -> list[tuple[Call, Sequence[Write]]]:
        """Full batches, each with a UUID of its own, which is its idempotency key."""
        feed = self._feeds[writes[0].feed]
        elements = [(write, wire.dumps(_element(feed, write))) for write in writes]
        return [self._call(feed, part) for part in _batches(elements)]

    def _call(self, feed: Feed, part: Sequence[tuple[Write, bytes]]) -> tuple[Call, Sequence[Write]]:
        writes = [write for write, _ in part]
        verb = writes[0].verb
        key = str(uuid.uuid4())
        body = b'{"%b":[%b]}' % (feed.name.encode(), b",".join(element for _, element in part))
        built = self._composer.build(
            feed.create if verb == "create" else feed.update,
            body,
            summarize_errors="false",
            idempotency_key=key,
            **feed.written,
        )
        call = Call(
            id=key,
            side=XERO,
            feed=feed.name,
            verb=verb,
            method=built.method,
            path=built.address,
            body=body,
            headers=dict(built.headers),
            size=len(writes),
        )
        return call, writes

    # -------------------------------------------------- send

    def send(self, call: Call) -> list[Outcome]:
        """These bytes, once. One answer per element, in the order of the request."""
        self._check(call)
        feed = self._feeds[call.feed]
        sent: list[dict[str, Any]] = wire.loads(call.body)[feed.name]
        answer = self._line.ask(
            call.verb, call.method, call.path, headers=call.headers, body=call.body, write=True, accept=(400,)
        )
        if answer.status == 400:
            return self._summarised(answer, call, len(sent))
        elements = body_of(answer).get(feed.name)
        if not isinstance(elements, list):
            raise lost(answer.request, "unreadable", f"answered without {feed.name}", answer.status)
        places = aligned(feed, sent, elements)
        if places is None:
            raise lost(answer.request, "unreadable", "answered with other elements than were sent", answer.status)
        outcomes = [self._outcome(feed, call, elements[place], answer) for place in places]
        if any(isinstance(said, Row) and _lineless(said, asked) for said, asked in zip(outcomes, sent, strict=True)):
            # Believed, its lines would look like somebody's removal, and each side's like an addition to the other.
            raise lost(answer.request, "unreadable", "answered without the lines that were sent", answer.status)
        return self._dated(feed, answer, outcomes)

    def _check(self, call: Call) -> None:
        """A stored call is only believed as far as it goes to our organisation and to the Accounting API."""
        tenant = {name.lower(): value for name, value in call.headers.items()}.get(TENANT)
        if tenant != self._composer.tenant_id or not call.path.startswith(f"{ACCOUNTING}/") or ".." in call.path:
            raise errors.Refused(
                "This call was made for another organisation, so it was not sent.",
                code="not_allowed",
                side=XERO,
                call=call.verb,
            )

    def _outcome(self, feed: Feed, call: Call, element: dict[str, Any], answer: Answer) -> Outcome:
        said = list(words.messages(element))
        failed = (
            str(element.get("StatusAttributeString") or "").upper() == "ERROR"
            or element.get("HasErrors") is True
            or element.get("HasValidationErrors") is True
            or any(said)
        )
        id_ = str(element.get(feed.id) or ZERO)
        if failed or id_ == ZERO:  # a refused create carries the zero GUID, which is nobody's
            return words.element_refusal(said, call.verb)
        return row(feed, element, answer.at)

    def _summarised(self, answer: Answer, call: Call, expected: int) -> list[Outcome]:
        """A 400 although we asked for single answers. Whether good elements of a mixed batch were then stored is
        written nowhere: only when all of them are bad is it certain that nothing was."""
        body = words.body_of(answer)
        elements = body.get("Elements")
        if "is used with a different request" in str(body.get("Message") or ""):
            # Somebody sent other bytes under this key: what became of those is the question.
            raise lost(answer.request, "key_reused", "the idempotency key was used before", answer.status)
        if not isinstance(elements, list) or not elements:
            raise refusal(answer, words.listen(answer))
        said = [list(words.messages(element)) for element in elements]
        if len(elements) == expected and all(any(one) for one in said):
            return [words.element_refusal(one, call.verb) for one in said]
        raise lost(answer.request, "summarised", "refused some of a batch without saying what it kept", answer.status)

    def _dated(self, feed: Feed, answer: Answer, outcomes: list[Outcome]) -> list[Outcome]:
        """An element that came back without its time is read again: without one it would look older than it is."""
        bare = [one.id for one in outcomes if isinstance(one, Row) and "UpdatedDateUTC" not in one.body]
        if not bare:
            return outcomes
        try:
            again: Mapping[str, Row | None] = self._reader.whole(feed, bare)
        except errors.RemoteError as trouble:
            raise lost(answer.request, trouble.code, "stored the rows, but could not be read back") from trouble
        return [(again.get(one.id) or one) if isinstance(one, Row) else one for one in outcomes]


def _element(feed: Feed, write: Write) -> dict[str, Any]:
    """The body of one write. Ids are Xero's to give and ours to name, never the other way round."""
    body: dict[str, Any] = {**({"Type": feed.types[0]} if len(feed.types) == 1 else {}), **write.body}
    body.pop(feed.id, None)
    if _has_none(body):
        # What null does is not documented, and xero-python refuses it: clearing is "" where Xero takes that.
        raise errors.Invalid(
            f"Xero: a field of {feed.name} was to be cleared with null.", code="null_refused", side=XERO
        )
    return body if write.remote is None else {feed.id: write.remote, **body}


def _lineless(said: Row, sent: Mapping[str, Any]) -> bool:
    """A document that was sent with lines, and told without any."""
    return bool(sent.get(LINES)) and not said.body.get(LINES)


def _has_none(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_has_none(one) for one in value.values())
    if isinstance(value, list | tuple):
        return any(_has_none(one) for one in value)
    return value is None


def _batches(elements: Sequence[tuple[Write, bytes]]) -> Iterator[list[tuple[Write, bytes]]]:
    """At most 50 elements and 3 MB each."""
    part: list[tuple[Write, bytes]] = []
    size = 0
    for write, element in elements:
        if part and (len(part) >= BATCH or size + len(element) > LARGEST):
            yield part
            part, size = [], 0
        part.append((write, element))
        size += len(element) + 1
    if part:
        yield part
