"""`where` and `order` clauses (facts/xero.md 3.5): parsed into functions of a row.

The dialect is what clients really send: == != < <= > >=, AND OR && || !, Contains StartsWith EndsWith, ToLower
ToUpper, DateTime(), Guid(), null, true and false. Texts compare without regard to case, as recorded. A name that the
kind does not have is an error, as it is there.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from sandbox.xero.refusals import BadQuery

Getter = Callable[[Any], Any]
Predicate = Callable[[Any], bool]
Reach = Callable[[tuple[str, ...]], Getter]
"""Turns a field path of this kind into a function of a row; BadQuery if there is no such field."""

_TOKEN = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"\\]|\\.)*\")|(?P<number>-?\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<sign>==|!=|<>|<=|>=|&&|\|\||[=<>!().,]))"
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str


def parse_where(clause: str, reach: Reach) -> Predicate:
    """The clause as a predicate; BadQuery says what is wrong with it."""
    return _Parser(list(_tokens(clause)), reach).whole()


def parse_order(clause: str, reach: Reach) -> list[tuple[Getter, bool]]:
    """(field, descending) in order of weight."""
    keys = []
    for part in clause.split(","):
        words = part.split()
        if not words or len(words) > 2 or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
            raise BadQuery(f"Syntax error in order clause: {clause}")
        path = tuple(words[0].split("."))
        keys.append((reach(path), len(words) == 2 and words[1].lower() == "desc"))
    return keys


def sort_key(value: Any) -> tuple[int, Any]:
    """What is missing comes first; texts without regard to case."""
    value = _plain(value)
    return (0, 0) if value is None else (1, value)


def _tokens(clause: str) -> Iterator[Token]:
    at = 0
    clause = clause.rstrip()
    while at < len(clause):
        found = _TOKEN.match(clause, at)
        if found is None:
            raise BadQuery(f"Syntax error at position {at} in where clause: {clause}")
        at = found.end()
        kind = str(found.lastgroup)
        yield Token(kind, found[kind])


def _plain(value: Any) -> Any:
    """Values made comparable: texts folded, days as midnights, numbers as decimals."""
    if isinstance(value, str):
        return value.casefold()
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value


class _Parser:
    """Recursive descent; each method returns a function of a row."""

    def __init__(self, tokens: list[Token], reach: Reach) -> None:
        self._tokens = tokens
        self._at = 0
        self._reach = reach

    def whole(self) -> Predicate:
        predicate = self._either()
        if self._peek() is not None:
            raise BadQuery(f"Syntax error near '{self._tokens[self._at].text}'")
        return lambda row: bool(predicate(row))

    def _either(self) -> Getter:
        parts = [self._both()]
        while self._word("or") or self._sign("||"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda row: any(part(row) for part in parts)

    def _both(self) -> Getter:
        parts = [self._not()]
        while self._word("and") or self._sign("&&"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else lambda row: all(part(row) for part in parts)

    def _not(self) -> Getter:
        if self._sign("!") or self._word("not"):
            inner = self._not()
            return lambda row: not inner(row)
        return self._comparison()

    def _comparison(self) -> Getter:
        left = self._operand()
        token = self._peek()
        if token is None or token.text not in _COMPARE:
            return left
        self._at += 1
        right, compare = self._operand(), _COMPARE[token.text]
        equality = compare in (operator.eq, operator.ne)

        def compared(row: Any) -> bool:
            one, other = _plain(left(row)), _plain(right(row))
            if equality:
                return compare(one, other)
            if one is None or other is None:
                return False
            try:
                return compare(one, other)
            except TypeError as error:
                raise BadQuery(f"Operator '{token.text}' incompatible with operand types") from error

        return compared

    def _operand(self) -> Getter:
        token = self._next()
        if token.kind == "text":
            return self._methods(_constant(re.sub(r"\\(.)", r"\1", token.text[1:-1])))
        if token.kind == "number":
            return _constant(Decimal(token.text))
        if token.text == "(":
            inner = self._either()
            self._expect(")")
            return inner
        if token.kind != "name":
            raise BadQuery(f"Syntax error near '{token.text}'")
        literal = self._literal(token.text.lower())
        return literal if literal is not None else self._path(token.text)

    def _literal(self, word: str) -> Getter | None:
        if word in ("true", "false"):
            return _constant(word == "true")
        if word == "null":
            return _constant(None)
        if word in ("datetime", "guid") and self._sign("("):
            given = self._arguments()
            try:
                return _constant(_moment(given) if word == "datetime" else str(given[0]).lower())
            except (ValueError, IndexError, TypeError) as error:
                raise BadQuery(f"Expression expected in {word}()") from error
        return None

    def _path(self, first: str) -> Getter:
        names = [first]
        while self._sign("."):
            name = self._next().text
            if self._sign("("):
                return self._methods(self._method(self._reach(tuple(names)), name))
            if name.lower() not in ("value", "date"):  # .NET's Nullable.Value and DateTime.Date change nothing here
                names.append(name)
        return self._reach(tuple(names))

    def _methods(self, getter: Getter) -> Getter:
        while self._sign("."):
            name = self._next().text
            self._expect("(")
            getter = self._method(getter, name)
        return getter

    def _method(self, getter: Getter, name: str) -> Getter:
        given = self._arguments()
        if name.lower() in ("tolower", "toupper", "tostring", "trim") and not given:
            return getter
        test = _TESTS.get(name.lower())
        if test is None or len(given) != 1 or not isinstance(given[0], str):
            raise BadQuery(f"No applicable method '{name}' exists")
        part = given[0].casefold()
        return lambda row: (value := getter(row)) is not None and test(str(value).casefold(), part)

    def _arguments(self) -> list[Any]:
        """The constants up to the closing bracket; the opening one has been read."""
        given: list[Any] = []
        while not self._sign(")"):
            given.append(self._operand()(None))
            if not self._sign(","):
                self._expect(")")
                break
        return given

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self) -> Token:
        token = self._peek()
        if token is None:
            raise BadQuery("Expression expected")
        self._at += 1
        return token

    def _sign(self, sign: str) -> bool:
        return self._taken("sign", sign)

    def _word(self, word: str) -> bool:
        return self._taken("name", word)

    def _taken(self, kind: str, text: str) -> bool:
        token = self._peek()
        if token is None or token.kind != kind or token.text.lower() != text:
            return False
        self._at += 1
        return True

    def _expect(self, sign: str) -> None:
        if not self._sign(sign):
            raise BadQuery(f"'{sign}' expected")


def _constant(value: Any) -> Getter:
    return lambda row: value


def _moment(given: list[Any]) -> datetime:
    year, month, day, hour, minute, second = ([int(number) for number in given] + [0, 0, 0])[:6]
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
