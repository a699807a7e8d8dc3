"""Letters as values: a subject, a text and the same as HTML, from templates of our own.

What other people wrote (names of records, words of a service) is only ever a value in a template, escaped where it is
HTML and kept on one line where it is a subject. Nothing is loaded from elsewhere: a letter tells nobody that it was
read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES: Final = Path(__file__).parent / "templates"
LONGEST_SUBJECT: Final = 150


@dataclass(frozen=True)
class Letter:
    """What is read."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True)
class Module:
    """What became, or would become, of one module: what, and how many."""

    name: str
    outcomes: Sequence[tuple[str, int]]


@dataclass(frozen=True)
class Attention:
    """A reason why records wait for somebody, how many do, and where to see to them."""

    heading: str
    n: int
    link: str


@dataclass(frozen=True)
class Report:
    """How a run ended. `ended`: in words; `heading` stands over the modules, `nothing` in their place where there are
    none; `link`: its own page; `attention_link`: of everything that waits."""

    connection: str
    what: str
    ended: str
    well: bool
    asked_by: str
    when: str
    heading: str
    nothing: str
    modules: Sequence[Module]
    problem: str
    hint: str
    waiting: int
    attention: Sequence[Attention]
    attention_link: str
    link: str


@dataclass(frozen=True)
class Loss:
    """A service ended our access."""

    connection: str
    service: str
    problem: str
    link: str


@dataclass(frozen=True)
class Trial:
    """Somebody wants to see whether letters arrive."""

    connection: str
    asked_by: str
    link: str


def report(facts: Report) -> Letter:
    """After a run."""
    needs = f", {facts.waiting} need attention" if facts.waiting else ""
    return _letter("report", f"{facts.connection}: {facts.what} {facts.ended}{needs}", facts)


def loss(facts: Loss) -> Letter:
    """At once, when a connection is lost."""
    return _letter("loss", f"{facts.connection}: the connection to {facts.service} was lost", facts)


def trial(facts: Trial) -> Letter:
    """To try out whether letters arrive."""
    return _letter("trial", f"{facts.connection}: letters arrive", facts)


def _letter(name: str, subject: str, facts: Report | Loss | Trial) -> Letter:
    values: dict[str, Any] = {"it": facts, "subject": one_line(subject)}
    text = PLAIN.get_template(f"{name}.txt").render(values)
    return Letter(values["subject"], text.strip() + "\n", HTML.get_template(f"{name}.html").render(values))


def one_line(text: str) -> str:
    """Fit for a header."""
    flat = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return flat if len(flat) <= LONGEST_SUBJECT else flat[: LONGEST_SUBJECT - 1].rstrip() + "…"


def _environment(*, html: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


PLAIN: Final = _environment(html=False)
HTML: Final = _environment(html=True)
PLAIN.filters["line"] = HTML.filters["line"] = one_line
