"""One door to the world: every request of this product leaves through `Transport.send`, once.

No retries, no redirects, no host that is not on the list, a timeout on everything, a budget asked before each send.
What an answer means (refused, unknown, throttled, ...) is decided in `refusal` and nowhere else:

    never sent                    Refused(unreachable)
    sent, no answer               a write: Unknown          a read: RemoteError(no_answer)
    5xx, 3xx, unreadable          a write: Unknown          a read: RemoteError(server_error, ...)
    401 Unauthorised   404 Missing   412 Stale   429 Throttled   400, 422 Invalid   other 4xx Refused
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import requests
from urllib3 import exceptions as wire_errors

from extension.remote import wire
from extension.remote.session import LOOPBACK, origin, session
from extension.remote.spending import Spending
from extension.sync import errors
from extension.sync.budget import Limits
from extension.sync.canonical import Side
from extension.sync.ports import Buckets, Clock

log = logging.getLogger(__name__)

Timeout = tuple[float, float]
PATIENCE: Final = 120.0  # seconds for a whole answer: the read timeout alone lets a dripping server hold us for ever
LARGEST: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One request. `kind` names it in counts and errors; `write` says that it may have an effect.

    `account`: whose budget it is counted on, "" where the service counts nothing. `accept`: error statuses that the
    caller reads itself.
    """

    side: Side
    kind: str
    method: str
    url: str
    params: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    write: bool = False
    account: str = ""
    background: bool = False
    accept: frozenset[int] = frozenset()
    timeout: Timeout | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `at`: the service's own clock; `received`: ours."""

    request: Request
    status: int
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    at: datetime
    received: datetime

    def json(self) -> Any:
        """The body; an answer that should be JSON and is not counts as no answer at all."""
        try:
            return wire.loads(self.content)
        except (ValueError, RecursionError):
            raise lost(self.request, "unreadable", "sent something that is not JSON", self.status) from None

    def dictionary(self) -> dict[str, Any]:
        """The body as an object; {} where an answer may well have none: 204, 304 and errors. An empty one elsewhere
        got lost on its way, and is not "nothing found"."""
        bodyless = self.status in (204, 304) or self.status >= 400
        found = {} if bodyless and not self.content.strip() else self.json()
        if not isinstance(found, dict):
            raise lost(self.request, "unreadable", "sent something unexpected", self.status)
        return found


@dataclass(frozen=True, slots=True)
class Said:
    """What a service's error body says, in its own words."""

    message: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    disconnected: bool = False  # this grant is of no use any more
    scope: bool = False  # the grant does not reach this far: a fresh token would not either
    problem: str = ""


Listen = Callable[[Answer], Said]
"""Reads one service's error bodies."""


def silent(answer: Answer) -> Said:
    """For answers whose words nobody knows how to read."""
    return Said()


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as it went: for meters. `status` 0: there was no answer."""

    side: Side
    kind: str
    status: int
    seconds: float


class SystemClock:
    """Our own time."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class Transport:
    """The door. `allow`: base URLs that may be called, plain http only to this machine. `limits`: what one
    organisation grants, `shared`: all of them together."""

    def __init__(
        self,
        allow: Iterable[str],
        *,
        timeout: Timeout = (5.0, 30.0),
        session: Callable[[], requests.Session] = session,
        meter: Callable[[Sent], None] | None = None,
        buckets: Buckets | None = None,
        limits: Mapping[Side, Limits] | None = None,
        shared: Mapping[Side, Limits] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._allow = frozenset(origin(url) for url in allow)
        self._timeout = timeout
        self._session = session()
        self._meter = meter
        self._counted: Counter[tuple[Side, str]] = Counter()
        self._lock = threading.Lock()
        self.clock: Clock = clock or SystemClock()
        self._spending = Spending(buckets, limits or {}, shared or {}, self.clock)

    @property
    def calls(self) -> Mapping[tuple[Side, str], int]:
        """Requests sent so far, by side and kind."""
        with self._lock:
            return dict(self._counted)

    @property
    def spent(self) -> Mapping[str, int]:
        """Calls that counted on a budget, by whose it is."""
        return self._spending.spent

    def send(self, request: Request, listen: Listen = silent) -> Answer:
        """Send once. Raises `errors.RemoteError` for anything but 2xx, 304 and what the request accepts."""
        self._check(request)
        self._spending.take(request)
        started = time.monotonic()
        answer, status = None, 0
        try:
            answer = self._exchange(request)
            status = answer.status
        finally:
            seconds = time.monotonic() - started
            self._count(Sent(request.side, request.kind, status, seconds))
            log.debug("%s %s: status %s in %.3f s", request.side, request.kind, status, seconds)
            self._spending.landed(request, answer)
        if 200 <= status < 300 or status == 304 or status in request.accept:
            return answer
        raise refusal(answer, listen(answer))

    def _check(self, request: Request) -> None:
        try:
            allowed = origin(request.url) in self._allow
        except ValueError:
            allowed = False
        if not allowed:
            raise errors.Refused(
                f"{_who(request)}: this address is not one of the service's own, so nothing was sent.",
                code="not_allowed",
                hint="Look at the addresses in the settings.",
                **_tags(request),
            )

    def _count(self, sent: Sent) -> None:
        with self._lock:
            self._counted[sent.side, sent.kind] += 1
        if self._meter is not None:
            self._meter(sent)

    def _exchange(self, request: Request) -> Answer:
        deadline = time.monotonic() + PATIENCE
        try:
            response = self._session.request(
                request.method,
                request.url,
                params=list(request.params) or None,
                headers=dict(request.headers),
                data=request.body,
                timeout=request.timeout or self._timeout,
                allow_redirects=False,
                stream=True,
                proxies={"no_proxy": LOOPBACK},  # an operator's proxy never sees what stays on this machine
            )
            content = _content(response, deadline)
        except requests.RequestException as trouble:
            # `from None`: the exceptions of requests carry whole URLs and requests.
            raise broken(request, trouble) from None
        received = self.clock.now()
        at = wire.http_date(response.headers.get("Date")) or received.replace(microsecond=0)
        return Answer(request, response.status_code, response.headers, content, at, received)


def _content(response: requests.Response, deadline: float) -> bytes:
    """The whole body, within time and size."""
    parts: list[bytes] = []
    size = 0
    with response:
        for part in response.iter_content(256 * 1024):
            parts.append(part)
            size += len(part)
            if size > LARGEST or time.monotonic() > deadline:
                raise requests.ReadTimeout
    return b"".join(parts)


# ------------------------------------------------------------------ what it means


def refusal(answer: Answer, said: Said) -> errors.RemoteError:
    """The error that an answer is. The one table of the product."""
    request, status = answer.request, answer.status
    token = request.headers.get("Authorization", "").rpartition(" ")[2]
    words = wire.redact(said.message, token) or f"it answered with status {status} and no reason"
    text = f"{_who(request)}: {words}"
    tags = {**_tags(request), "status": status, "request_id": _request_id(answer)}
    if said.scope:
        hint = "Connect this service again and accept everything it asks for."
        return errors.Unauthorised(text, code="missing_scope", hint=hint, **tags)
    if said.disconnected:
        return errors.Unauthorised(text, code="disconnected", **tags)
    match status:
        case 401:
            return errors.Unauthorised(text, **tags)
        case 404:
            return errors.Missing(text, **tags)
        case 412:
            return errors.Stale(text, **tags)
        case 429:
            text = text if said.message else f"{_who(request)}: it was asked too often and wants a pause"
            return errors.Throttled(text, until=_until(answer, said), problem=said.problem, **tags)
        case 400 | 422:
            return errors.Invalid(text, fields=said.fields, **tags)
        case 408:  # a gateway gave up waiting: for us, or for the service behind it
            return lost(request, "no_answer", words, status)
        case 501:
            return errors.Refused(text, code="not_supported", **tags)
    if 400 <= status < 500:
        return errors.Refused(text, code="forbidden" if status == 403 else "refused", **tags)
    return lost(request, "server_error" if status >= 500 else "redirected", words, status)


def lost(request: Request, code: str, words: str, status: int | None = None) -> errors.RemoteError:
    """Sent, and nobody knows: a write may have taken effect, a read can simply be asked again."""
    text = f"{_who(request)}: {words}"
    if request.write:
        return errors.Unknown(text, status=status, **_tags(request))
    return errors.RemoteError(
        text, code=code, hint="Nothing to do: the next run asks again.", status=status, **_tags(request)
    )


def broken(request: Request, trouble: requests.RequestException) -> errors.RemoteError:
    """No answer: was anything sent?"""
    kind = type(trouble).__name__
    if _never_sent(trouble):
        return errors.Refused(
            f"{_who(request)}: could not be reached ({kind}).",
            code="unreachable",
            hint="Look at the network and at the service's status page; the next run tries again.",
            **_tags(request),
        )
    return lost(request, "no_answer", f"gave no answer ({kind}).")


_BEFORE_SENDING: Final = (
    requests.ConnectTimeout,
    requests.exceptions.ProxyError,  # https through a proxy: without its tunnel nothing goes out
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


def _never_sent(trouble: BaseException) -> bool:
    if isinstance(trouble, _BEFORE_SENDING):
        return True
    if isinstance(trouble, requests.exceptions.SSLError):
        return "CERTIFICATE_VERIFY_FAILED" in str(trouble) or "doesn't match" in str(trouble)
    return any(
        isinstance(cause, wire_errors.NewConnectionError | wire_errors.ConnectTimeoutError)
        for cause in _causes(trouble)
    )


def _causes(trouble: BaseException) -> Iterable[BaseException]:
    """An exception with everything inside it; urllib3 keeps causes in `reason` and `args`."""
    seen: set[int] = set()
    queue = [trouble]
    while queue:
        one = queue.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = [getattr(one, "reason", None), one.__cause__, one.__context__, *one.args]
        queue += [other for other in inner if isinstance(other, BaseException)]


_WAITS: Final = (("day", 3600.0), ("minute", 60.0), ("concurrent", 5.0))


def _until(answer: Answer, said: Said) -> datetime:
    """When to come back: what the service says, else a wait by kind. Only Retry-After is to be trusted
    for the day (facts/xero.md 3.4); Zoho says nothing at all (facts/zoho.md 3.3)."""
    told = wire.retry_after(answer.headers.get("Retry-After"), answer.received)
    if told is not None:
        return told
    wait = next((seconds for word, seconds in _WAITS if word in said.problem.lower()), 60.0)
    return answer.received + timedelta(seconds=wait)


# ------------------------------------------------------------------ small things


def _name(side: Side) -> str:
    return "Zoho CRM" if side == "zoho" else "Xero"


def _who(request: Request) -> str:
    return f"{_name(request.side)} ({request.kind})"


def _tags(request: Request) -> dict[str, Any]:
    return {"side": request.side, "call": request.kind}


def _request_id(answer: Answer) -> str | None:
    for name in ("Xero-Correlation-Id", "X-Request-Id"):
        if found := answer.headers.get(name):
            return wire.redact(found)
    return None
