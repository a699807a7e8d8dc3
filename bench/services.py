"""A handle on both services in a process of their own: edit as people do, read the journals, ask the time.

One JSON line each way per word; `hosting` is the other end.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from types import TracebackType
from typing import Any

import simplejson

from bench.calls import Line
from bench.company import Company
from bench.fresh import ROOT, Broke, command
from extension.sync.canonical import Side

Edit = tuple[str, str, Mapping[str, Any]]
"""Kind, id, changes: what a person types into one record."""


class Services:
    """`with Services(company) as services`. `hosted`: what `hosting.Host` can be told, as that answers to GETs are
    computed once (`remember`), or that there are so many rows, made when they are asked for (`endless`)."""

    def __init__(self, company: Company, **hosted: bool | int) -> None:
        self._begin = {**asdict(company), "begun": company.begun.isoformat(), "hosted": hosted}

    def __enter__(self) -> Services:
        self._process = subprocess.Popen(
            command("bench.hosting"), cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.zoho_url, self.xero_url = self._ask("begin", **self._begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()  # closes its input, which ends it
        self._process.wait()

    def now(self) -> datetime:
        """The services' own time."""
        return datetime.fromisoformat(self._ask("now"))

    def journal(self) -> list[Line]:
        """What was called since this was last asked for."""
        return [Line(*line) for line in self._ask("journal")]

    def edit(self, side: Side, edits: Sequence[Edit]) -> None:
        """People edit these records in the service's own screens."""
        self._ask("edit", side=side, edits=list(edits))

    def enter(self, side: Side, kind: str, fields: Mapping[str, Any]) -> str:
        """Somebody enters a record. Returns its id."""
        return str(self._ask("enter", side=side, kind=kind, fields=dict(fields)))

    def switch(self, side: Side, name: str, value: object) -> None:
        """Another setting of a behaviour that nobody has verified."""
        self._ask("switch", side=side, name=name, value=value)

    def advance(self, seconds: float) -> None:
        """Their clock leaps over time in which nobody does anything."""
        self._ask("advance", seconds=seconds)

    def at_once(self) -> Mapping[Side, Sequence[int]]:
        """The most calls that were under way at once, and how many were refused for that, by side."""
        found: Mapping[Side, Sequence[int]] = self._ask("at_once")
        return found

    def spent(self) -> float:
        """Processor seconds of the services' process so far."""
        return float(self._ask("spent"))

    def _ask(self, word: str, **more: Any) -> Any:
        pipe, answers = self._process.stdin, self._process.stdout
        assert pipe is not None
        assert answers is not None
        pipe.write(simplejson.dumps({"word": word, **more}, use_decimal=True) + "\n")
        pipe.flush()
        line = answers.readline()
        if not line:
            raise Broke("the services ended; what they said is above")
        answer = simplejson.loads(line, use_decimal=True)
        if "refused" in answer:
            raise ValueError(answer["refused"])
        return answer["done"]
