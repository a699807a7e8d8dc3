"""The services' own screens, as far as a demonstration needs them: lists of records, and a form for each.

What is changed here is a person's edit, not an API call: it is neither charged nor journalled. Which records and
fields there are is said in `tabs`; the forms run no script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import quote

from flask import Blueprint, Response, abort, redirect, request
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse

from sandbox.admin import Service
from sandbox.pages import page
from sandbox.server import ADMIN
from sandbox.tabs import Cell, Tab

SCREENS: Final = f"{ADMIN}/screens"
MOST: Final = 200  # records of one list

LINK: Final = Markup('<li><a href="{href}">{text}</a></li>')
CELL: Final = Markup(
    '<label>{label}<br><input name="{name}" value="{value}" type="{kind}" step="any" autocomplete="off"></label>'
)
TICK: Final = Markup('<label><input type="checkbox" name="{name}" value="1"{checked}> {label}</label>')
FORM: Final = Markup('<form method="post">{cells}<p><button name="do" value="{do}">Save</button></p></form>{deeds}')
DEED: Final = Markup('<form method="post"><p><button name="do" value="{do}">{label}</button></p></form>')
SAID: Final = Markup('<p role="status"><b>{text}</b></p>')
BACK: Final = Markup('<p><a href="{href}">{text}</a></p>')


def screens_blueprint(service: Service, name: str, tabs: Sequence[Tab]) -> Blueprint:
    """The screens over one service."""
    screens = Blueprint("screens", __name__)
    known = {tab.kind: tab for tab in tabs}

    def tab_of(kind: str) -> Tab:
        return known[kind] if kind in known else abort(404)

    @screens.get("/")
    def front() -> BaseResponse:
        return redirect(SCREENS)

    @screens.get(SCREENS)
    def kinds() -> Response:
        rows = service.dump()
        links = (LINK.format(href=_at(tab.kind), text=f"{tab.label} ({len(rows[tab.kind])})") for tab in tabs)
        return page(name, name, Markup("<ul>{}</ul>").format(Markup("").join(links)))

    @screens.get(f"{SCREENS}/<kind>")
    def records(kind: str) -> Response:
        tab = tab_of(kind)
        rows = sorted(service.dump()[kind], key=lambda row: tab.title(row).casefold())
        links = (LINK.format(href=_at(kind, row[tab.id_field]), text=tab.title(row)) for row in rows[:MOST])
        made = Markup('<p><a href="{}">New</a></p>').format(_at(kind, "new")) if tab.can_create else ""
        shown = Markup("{}<ul>{}</ul>").format(made, Markup("").join(links))
        return page(name, tab.label, shown + BACK.format(href=SCREENS, text=name))

    @screens.get(f"{SCREENS}/<kind>/<record_id>")
    def record(kind: str, record_id: str) -> Response:
        tab = tab_of(kind)
        row = _row(service, tab, record_id)
        return _form(name, tab, record_id, row, request.args.get("said", ""))

    @screens.post(f"{SCREENS}/<kind>/<record_id>")
    def act(kind: str, record_id: str) -> BaseResponse:
        tab = tab_of(kind)
        row, do = _row(service, tab, record_id), request.form.get("do", "")
        if do not in ("create", "edit", *tab.deeds):
            abort(400)
        try:
            changes = _changes(tab, row) if do in ("create", "edit") else {}
            if do == "edit" and not changes:
                return redirect(_at(kind, record_id), 303)
            made = service.edit(do, kind, record_id if row else None, changes)
        except (ValueError, KeyError) as error:
            return _form(name, tab, record_id, row, f"Not saved: {error}", 400)
        if do in ("create", "edit"):
            return redirect(f"{_at(kind, made)}?said=Saved.", 303)
        return redirect(_at(kind), 303)

    return screens


def _at(*parts: str) -> str:
    return "/".join((SCREENS, *(quote(part, safe="") for part in parts)))


def _row(service: Service, tab: Tab, record_id: str) -> dict[str, Any]:
    """The record; empty for a new one."""
    if record_id == "new" and tab.can_create:
        return {}
    found = (row for row in service.dump()[tab.kind] if row[tab.id_field] == record_id)
    return next(found, None) or abort(404)


def _form(name: str, tab: Tab, record_id: str, row: Mapping[str, Any], said: str, status: int = 200) -> Response:
    cells = Markup("").join(_cell(cell, row) for cell in tab.cells)
    deeds = Markup("").join(DEED.format(do=do, label=label) for do, label in tab.deeds.items()) if row else ""
    shown = FORM.format(cells=cells, do="edit" if row else "create", deeds=deeds)
    told = SAID.format(text=said) if said else Markup("")
    title = tab.title(row) if row else f"New in {tab.label}"
    return page(name, title, told + shown + BACK.format(href=_at(tab.kind), text=tab.label), status)


def _cell(cell: Cell, row: Mapping[str, Any]) -> Markup:
    value = cell.read(row)
    if cell.kind == "tick":
        return TICK.format(name=cell.name, label=cell.label, checked=Markup(" checked") if value else "")
    return CELL.format(name=cell.name, label=cell.label, value="" if value is None else value, kind=cell.kind)


def _changes(tab: Tab, row: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from the record, as the service takes it."""
    changes: dict[str, Any] = {}
    for cell in tab.cells:
        given = _given(cell)
        if given != cell.read(row) and (row or given not in (None, False)):
            cell.write(changes, row, given)
    return changes


def _given(cell: Cell) -> Any:
    if cell.kind == "tick":
        return cell.name in request.form
    text = request.form.get(cell.name, "").strip()
    if cell.kind != "number" or not text:
        return text or cell.empty
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{cell.label}: “{text}” is no number") from None
