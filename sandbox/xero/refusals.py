"""How Xero says no (facts/xero.md 3.18).

Refusal
 + Invalid            an element of a request breaks rules: error 10, or an element with ValidationErrors
 + BadBody            the body itself cannot be read: error 14
 + BadQuery           a `where` or `order` cannot be read: error 16
 + BadHeader          412
 + Missing            404, text/html and empty
 + NotImplementedHere 501, error 20: the path exists, the verb does not
 + Denied             401 or 403 of the gateway, each in its own spelling
 + Throttled          429 with no body at all
"""

from __future__ import annotations

from collections.abc import Iterable


class Refusal(Exception):
    """A request, or one element of it, is refused."""


class Invalid(Refusal):
    """Validation messages, in Xero's own words where they are known."""

    def __init__(self, *messages: str) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


class BadBody(Refusal):
    """Malformed JSON, a wrong type, an enum value that does not exist."""


class BadQuery(Refusal):
    """A where or order clause that cannot be parsed."""


class BadHeader(Refusal):
    """A conditional header that cannot be read."""


class Missing(Refusal):
    """The id or number in the address is not known."""


class NotImplementedHere(Refusal):
    """A known address with a verb it does not have."""


class Denied(Refusal):
    """Refused by the gateway in front of the API."""

    def __init__(self, status: int, detail: str, *, scope_error: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scope_error = scope_error


class Throttled(Refusal):
    """A limit is used up."""

    def __init__(self, problem: str, retry_after: int | None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.retry_after = retry_after


class Problems:
    """Collects what is wrong with one element, so that all of it is said at once."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def add(self, message: str) -> None:
        if message not in self._found:
            self._found.append(message)

    def extend(self, messages: Iterable[str]) -> None:
        for message in messages:
            self.add(message)

    def check(self) -> None:
        """Raise Invalid if anything was found."""
        if self._found:
            raise Invalid(*self._found)
