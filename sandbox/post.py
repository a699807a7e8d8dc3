"""What a service sends by itself: messages to addresses that asked for them, and what can become of them on the way.

A thread of its own carries them, so that no request of the sandbox ever waits for whoever listens. It goes to this
machine and nowhere else: an address of another one counts as unreachable. Knows no service.
"""

from __future__ import annotations

import http.client
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.clock import Clock

MANNERS: Final[Mapping[str, str]] = {
    "straight": "Every message arrives, once and at once.",
    "lost": "No message arrives.",
    "doubled": "Every message arrives twice.",
    "late": "Every message arrives `seconds` of real time later.",
    "held": "No message arrives until it is released, in its own order or backwards.",
}
"""What can become of messages, by name; a forged one is sent besides."""
UNREACHABLE, LOST = 0, -1
SECONDS: Final = 5.0  # Xero gives up then (facts/xero.md 3.15)
LOG: Final = 10_000


@dataclass(frozen=True)
class Message:
    """One POST. `told`: is called with the status of the answer; UNREACHABLE where there was none."""

    url: str
    body: bytes
    headers: Mapping[str, str]
    told: Callable[[int], None] = field(default=lambda status: None, compare=False)
    bare: bool = False
    """Its yes must come without a body and without a cookie, or it is none (facts/xero.md 3.15)."""


Writer = Callable[[], Message | None]
"""Writes a message when its turn has come; None: what it would have said was said by one before it."""
Carry = Callable[[Message], int]


def by_http(message: Message) -> int:
    """The status of the answer."""
    url = urlsplit(message.url)
    if not is_here(message.url):
        return UNREACHABLE
    connection = http.client.HTTPConnection(url.hostname or "", url.port or 80, timeout=SECONDS)
    try:
        connection.request("POST", url.path or "/", message.body, dict(message.headers))
        answer = connection.getresponse()
        spoilt = message.bare and answer.status == 200 and (answer.getheader("Set-Cookie") or answer.read(1))
        return UNREACHABLE if spoilt else answer.status
    except (OSError, http.client.HTTPException):
        return UNREACHABLE
    finally:
        connection.close()


def is_here(url: str) -> bool:
    """Whether an address is plain http to this machine."""
    parts = urlsplit(url)
    try:
        return parts.scheme == "http" and ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.scheme == "http" and parts.hostname == "localhost"


class Post:
    """Carries messages one after the other. `carry` may be replaced, for listeners that have no address."""

    def __init__(self, clock: Clock, carry: Carry = by_http) -> None:
        self.carry = carry
        self.manner, self.seconds = "straight", 0.0
        self._clock = clock
        self._bell = threading.Condition()
        self._waiting: deque[Writer] = deque()
        self._held: list[Message] = []
        self._log: deque[dict[str, Any]] = deque(maxlen=LOG)
        self._busy = False
        self._thread: threading.Thread | None = None

    def put(self, writer: Writer) -> None:
        """Leaves a message to the thread; returns at once."""
        with self._bell:
            self._waiting.append(writer)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="sandbox-post", daemon=True)
                self._thread.start()
            self._bell.notify_all()

    def behave(self, manner: str, seconds: float = 0.0) -> None:
        """What becomes of messages from now on. `late`: each after so many seconds of real time; `held`: until they
        are released."""
        if manner not in MANNERS:
            raise ValueError(f"a message can be {', '.join(MANNERS)}, not {manner}")
        with self._bell:
            self.manner, self.seconds = manner, seconds

    def release(self, *, backwards: bool = False) -> int:
        """Sends what was held, in its own order or the other way round. Returns how many there were."""
        with self._bell:
            held, self._held = self._held, []
        for message in reversed(held) if backwards else held:
            self._deliver(message)
        return len(held)

    def quiet(self, seconds: float = 10.0) -> bool:
        """Waits until nothing is under way any more."""
        with self._bell:
            return self._bell.wait_for(lambda: not self._waiting and not self._busy, seconds)

    def log(self) -> list[dict[str, Any]]:
        """What was sent, oldest first, with the status of each answer."""
        with self._bell:
            return list(self._log)

    def forget(self) -> None:
        """As new: nothing under way, nothing held, nothing in the log."""
        with self._bell:
            self._waiting.clear()
            self._held.clear()
            self._log.clear()
            self.manner, self.seconds = "straight", 0.0

    def _work(self) -> None:
        while True:
            with self._bell:
                self._busy = False
                self._bell.notify_all()
                self._bell.wait_for(lambda: bool(self._waiting))
                writer, self._busy = self._waiting.popleft(), True
            message = writer()
            if message is not None:
                self._carry_out(message)

    def _carry_out(self, message: Message) -> None:
        match self.manner:
            case "lost":
                self._note(message, LOST)
            case "held":
                with self._bell:
                    self._held.append(message)
            case "late":
                timer = threading.Timer(self.seconds, self._deliver, (message,))
                timer.daemon = True
                timer.start()
            case "doubled":
                self._deliver(message)
                self._deliver(message)
            case _:
                self._deliver(message)

    def _deliver(self, message: Message) -> None:
        status = self.carry(message)
        self._note(message, status)
        message.told(status)

    def _note(self, message: Message, status: int) -> None:
        text = message.body.decode("utf-8", "replace")
        at = self._clock.now().isoformat(timespec="milliseconds")
        with self._bell:
            self._log.append({"url": message.url, "status": status, "body": text, "at": at})
