"""Page tokens: where a walk stands, bound to the user and the parameters it began with.

A token lives 24 hours and leads through at most 100,000 records (facts/zoho.md 3.4).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.zoho.errors import ApiError

LIFE_SECONDS = 24 * 3600
MAX_RECORDS = 100_000
REMEMBERED = 20_000


@dataclass(frozen=True)
class Position:
    """After which record a page begins, and how many came before it."""

    after: tuple[Any, ...]
    seen: int
    page: int


@dataclass(frozen=True)
class _Token:
    bound_to: str
    position: Position
    expires: float


class PageTokens:
    """The tokens given out; forgets the oldest."""

    def __init__(self) -> None:
        self._tokens: OrderedDict[str, _Token] = OrderedDict()
        self._count = 0

    def give(self, bound_to: str, position: Position, now: float) -> tuple[str, float]:
        """A token for the page that begins there, and when it expires."""
        self._count += 1
        name = hashlib.sha256(f"{self._count}:{bound_to}".encode()).hexdigest()[:48]
        self._tokens[name] = _Token(bound_to, position, now + LIFE_SECONDS)
        while len(self._tokens) > REMEMBERED:
            self._tokens.popitem(last=False)
        return name, now + LIFE_SECONDS

    def use(self, name: str, bound_to: str, now: float) -> Position:
        """Where the token leads; it may be used again."""
        token = self._tokens.get(name)
        if token is None or token.bound_to != bound_to:
            message = "The page_token given seems to be invalid or input param is added or altered or deleted"
            raise ApiError(400, "TOKEN_BOUND_DATA_MISMATCH", message, {"param_name": "page_token"})
        if token.expires < now:
            details = {"api_name": "page_token", "json_path": "$.query.page_token"}
            raise ApiError(400, "EXPIRED_VALUE", "Page token expired", details)
        if token.position.seen >= MAX_RECORDS:
            message = "You can only get upto 100000 records using page_token param"
            raise ApiError(400, "PAGINATION_LIMIT_EXCEEDED", message, {"param_name": "page_token"})
        return token.position

    def freeze(self) -> tuple[Any, ...]:
        return OrderedDict(self._tokens), self._count

    def thaw(self, frozen: tuple[Any, ...]) -> None:
        tokens, self._count = frozen
        self._tokens = OrderedDict(tokens)


def binding(user: int, path: str, params: Mapping[str, str], since: str | None) -> str:
    """What a token is bound to: everything of the request but the page itself."""
    kept = sorted((name, value) for name, value in params.items() if name not in ("page", "page_token"))
    return repr((user, path, kept, since))
