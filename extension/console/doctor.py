"""doctor: whether everything is in place, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import click

from extension.console import exits
from extension.console.result import Desk, Result, reports
from extension.console.screen import Screen
from extension.doctor.findings import Finding, Verdict, by_connection, worst
from extension.doctor.installation import examine

MARKS: Final[Mapping[Verdict, str]] = {
    "settings": "PROBLEM",
    "remote": "PROBLEM",
    "attention": "ATTENTION",
    "note": "note",
    "ok": "ok",
}
STATUS: Final[Mapping[Verdict, int]] = {
    "settings": exits.USAGE,
    "remote": exits.REMOTE,
    "attention": exits.ATTENTION,
    "note": exits.DONE,
    "ok": exits.DONE,
}


@click.command("doctor")
@click.option("--connection", metavar="NAME", help="Look at this connection alone; default: at all of them.")
@reports
def doctor(desk: Desk, connection: str | None) -> Result:
    """Look whether everything is in place before anything is written, and say what to do where it is not."""
    only = desk.house.connection(connection) if connection else None
    findings = list(examine(desk.house, only))
    groups = by_connection(findings)

    def show(screen: Screen) -> None:
        for name, group in groups.items():
            if name:
                screen.heading(name)
            screen.table(["", "what", "finding"], [row for finding in group for row in _rows(finding)])
        screen.line()
        screen.line(_summary(findings), "bold")

    document = {"findings": [finding.told() for group in groups.values() for finding in group]}
    return Result(STATUS[worst(findings)], document, show)


def _rows(finding: Finding) -> Iterator[list[str]]:
    """The finding, and under it what to do."""
    yield [MARKS[finding.verdict], finding.check, finding.message]
    if finding.hint:
        yield ["", "", f"→ {finding.hint}" + (f" `{finding.command}`" if finding.command else "")]


def _summary(findings: Sequence[Finding]) -> str:
    wrong = sum(finding.verdict not in ("ok", "note") for finding in findings)
    if not wrong:
        return "Everything is in place."
    return f"{wrong} finding{' needs' if wrong == 1 else 's need'} attention. Nothing was written."
