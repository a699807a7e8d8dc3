"""History as a file: every entry that the filter lets through, sent while it is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from flask import Response, request
from flask.typing import ResponseReturnValue

from extension.bootstrap import Chosen
from extension.reporting import entries, spreadsheet
from extension.sync.errors import BadInput
from extension.web import access, words
from extension.web.access import Here
from extension.web.history import asked
from extension.web.registries import entities_of

pages = access.Pages("downloads", __name__)

HEADS: Final = (
    "When", "Run", "Module", "Record", "Outcome", "Written to", "Field", "Before", "After", "Gave way", "Why",
    "What to do", "Zoho CRM id", "Xero id",
)  # fmt: skip


@pages.get("/history.csv")
def history(here: Here) -> ResponseReturnValue:
    filled = asked()
    if filled.value is None:
        raise BadInput("The filter was not understood.", hint=" ".join(filled.errors.values()))
    chosen = _of_run(filled.value.chosen(here), request.args.get("run", ""))
    rows = _rows(here, chosen)
    name = f"history-{here.house.clock.now():%Y-%m-%d}.csv"
    return Response(
        _pieces(spreadsheet.sheet(HEADS, rows)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _of_run(chosen: Chosen, given: str) -> Chosen:
    if not given:
        return chosen
    if not given.isdecimal() or len(given) > 18:
        raise BadInput("There is no such run.")
    return Chosen(int(given), chosen.entity, chosen.outcome, chosen.words, chosen.since, chosen.until)


def _pieces(rows: Iterator[str]) -> Iterator[bytes]:
    """Rows in pieces of a size that is worth sending."""
    piece: list[str] = []
    for row in rows:
        piece.append(row)
        if len(piece) == 500:
            yield "".join(piece).encode()
            piece = []
    yield "".join(piece).encode()


def _rows(here: Here, chosen: Chosen) -> Iterator[list[str]]:
    """One row per field that changed, one for an entry without any. Needs nothing of the request while it is sent."""
    zone, past = here.house.zone(here.connection), here.house.past(here.connection)
    rules: Mapping[str, Any] = {name: entity.rules for name, entity in entities_of(here).items()}
    return (
        row
        for line in past.every(chosen)
        for row in _of_entry(line.entry, f"{line.at.astimezone(zone):%Y-%m-%d %H:%M:%S}", line.run, rules)
    )


def _of_entry(entry: Any, at: str, run: int, rules: Mapping[str, Any]) -> Iterator[list[str]]:
    outcome, side = words.OUTCOMES[entry.outcome], words.service(entry.side)
    own = [at, str(run), words.module(entry.entity), entry.title, outcome, side]
    ends = [entries.why(entry), entry.hint, entry.zoho_id or "", entry.xero_id or ""]
    changes = entries.changes(entry, rules.get(entry.entity, {}))
    for each in changes:
        lost = f"{_said(each.lost)} in {words.service(each.lost_side)}" if each.lost_side else ""
        yield [*own, each.label, _said(each.before), _said(each.after), lost, *ends]
    if not changes:
        yield [*own, "", "", "", "", *ends]


def _said(value: Any) -> str:
    """As a page spells it, but blank where there is nothing, and numbers without separators."""
    if value in (None, "", []):
        return ""
    return str(value) if isinstance(value, (int, float)) or hasattr(value, "as_tuple") else words.value(value)
