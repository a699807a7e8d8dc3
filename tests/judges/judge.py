"""Holds every request of ours and every answer of the sandbox against the official documents.

Flask tells of each answer that an app of this process gives (`request_finished`), so nothing has to be asked for: every
test that talks to the sandbox is a contract test. What has the shape of something that was judged already is not
judged again; of a list, one element of each shape counts.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any, Final

from flask import Flask, Request, Response, request
from jsonschema import Draft202012Validator

from tests.judges.documents import PREFIXES, Operation, Unavailable, operation
from tests.judges.overlay import PARAMETERS, UNDOCUMENTED, WITHOUT_DOCUMENT

SERVICES: Final[Mapping[str, str]] = {"sandbox.zoho": "zoho", "sandbox.xero.app": "xero"}
OURS: Final = "xero2zoho"  # how our requests call themselves

# Strings that a document may say something about: of those only the kind counts, of a word that may be a name in an
# enumeration the word itself.
KINDS: Final = (
    ("/Date", re.compile(r"/Date\(-?\d+(\+0000)?\)/")),
    ("guid", re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}")),
    ("time", re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?")),
    ("date", re.compile(r"\d{4}-\d\d-\d\d")),
    ("digits", re.compile(r"\d+")),
)
WORD: Final = re.compile(r"[A-Za-z_]{1,30}")
LONG: Final = 40
LIMITS: Final = (100, 200)  # how many rows a call of Zoho's takes, and a page holds


def shape(value: Any) -> Hashable:
    """What a document can judge of a value: names, kinds, words."""
    if isinstance(value, dict):
        return frozenset((name, shape(each)) for name, each in value.items())
    if isinstance(value, list):
        return ("list", frozenset(map(shape, value)))
    if isinstance(value, str):
        return _kind(value)
    if isinstance(value, float):
        return "number"
    return type(value).__name__


def _kind(text: str) -> str:
    for name, pattern in KINDS:
        if pattern.fullmatch(text):
            return name
    if text.isupper() and WORD.fullmatch(text):
        return text
    return "long" if len(text) > LONG else "text" if text else "empty"


class Judge:
    """`findings`: what is not as a document says. `covered`: how often each operation answered with each status."""

    def __init__(self) -> None:
        self.findings: list[str] = []
        self.covered: Counter[tuple[str, str, int]] = Counter()
        self.absent: str = ""  # why nothing can be judged
        self._seen: set[Hashable] = set()

    def __call__(self, app: Flask, response: Response, **_: Any) -> None:
        service = SERVICES.get(app.name)
        if service is None or self.absent or not request.path.lower().startswith(PREFIXES[service]):
            return
        path = request.path[len(PREFIXES[service]) :].rstrip("/")  # pyxero asks for `/Invoices/{id}/history/`
        try:
            found = operation(service, request.method, path)
        except Unavailable as why:
            self.absent = str(why)
            return
        if found is None:
            if response.status_code < 400 and (request.method, path) not in WITHOUT_DOCUMENT:
                self.findings.append(f"{service}: no document knows {request.method} {path}")
            return
        if request.headers.get("User-Agent", "").startswith(OURS):
            self.findings += self.asked(found, request)
        self.findings += self.answered(found, response)

    # ------------------------------------------------------------------ answers

    def answered(self, by: Operation, response: Response) -> list[str]:
        """What is wrong with an answer."""
        status = response.status_code
        self.covered[by.service, by.name, status] += 1
        if status not in by.answers:
            known = status in UNDOCUMENTED[by.service]
            return [] if known else [f"{by.service} {by.name}: no document knows the status {status}"]
        validator = by.answers[status]
        raw = response.get_data()
        if validator is None or not raw:
            return []
        if response.headers.get("Content-Encoding") == "gzip":
            raw = gzip.decompress(raw)
        return self._judged(f"{by.service} {by.name} {status}", validator, json.loads(raw))

    def _judged(self, what: str, validator: Draft202012Validator, body: Any) -> list[str]:
        fresh = self._fresh(what, body)
        if fresh is None:
            return []
        return sorted(
            {f"{what}: {'/'.join(map(str, e.absolute_path))}: {e.message[:300]}" for e in validator.iter_errors(fresh)}
        )

    def _fresh(self, what: str, body: Any) -> Any:
        """The body with one element of each shape that was never seen here; None where nothing is new."""
        if not isinstance(body, dict):
            return body if self._new((what, shape(body))) else None
        lists = {name: each for name, each in body.items() if isinstance(each, list)}
        rest = {name: each for name, each in body.items() if name not in lists}
        kept = {name: self._fresh_of((what, name), each) for name, each in lists.items()}
        new = self._new((what, shape(rest), tuple(sorted(lists)), tuple(len(each) > 0 for each in lists.values())))
        if not new and not any(kept.values()):
            return None
        return {**rest, **{name: kept[name] or each[:1] for name, each in lists.items()}}

    def _fresh_of(self, where: tuple[str, str], elements: list[Any]) -> list[Any]:
        """All of them where there are suspiciously many, for the document may say how many there can be."""
        many = sum(len(elements) > limit for limit in LIMITS)
        fresh = [element for element in elements if self._new((*where, shape(element)))]
        return elements if self._new((*where, many)) and many else fresh

    def _new(self, mark: Hashable) -> bool:
        if mark in self._seen:
            return False
        self._seen.add(mark)
        return True

    # ------------------------------------------------------------------ requests

    def asked(self, of: Operation, asked: Request) -> list[str]:
        """What is wrong with a request of ours."""
        what = f"our {of.service} {of.name}"
        known = of.query.keys() | PARAMETERS.get(of.name, frozenset())
        found = [f"{what}: no document knows the parameter {name}" for name in asked.args if name not in known]
        for name, value in asked.args.items():
            schema = of.query.get(name) or {}
            if "enum" in schema and value not in map(str, schema["enum"]):
                found.append(f"{what}: {name}={value}")
        raw = asked.get_data()
        if of.body is not None and raw:
            found += self._judged(what, of.body, json.loads(raw))
        elif raw:
            found.append(f"{what}: no document knows a body")
        return found
