"""The pages: a list and a record of each module, the extension's settings, and where an administrator installs it.

Who looks is whoever is signed in at the accounts server; nobody is asked for a password in a sandbox.
"""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlsplit

import simplejson
from flask import Blueprint, Response, abort, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from sandbox.screens import SCREENS
from sandbox.shell import rows
from sandbox.shell.installed import Installed
from sandbox.zoho.errors import ApiError
from sandbox.zoho.organisation import User
from sandbox.zoho.routes_accounts import SIGNED_IN
from sandbox.zoho.schema import Module
from sandbox.zoho.service import ZohoService
from sandbox.zoho.values import record_id as id_of

PREFIX: Final = "/crm/tab"
MODE: Final = "crm_mode"
MOST: Final = 200
MONTH: Final = 30 * 24 * 3600


def shell_blueprint(service: ZohoService, installed: Installed) -> Blueprint:
    """The screens of one organisation."""
    shell = Blueprint(
        "shell",
        __name__,
        url_prefix=PREFIX,
        template_folder="templates",
        static_folder="static",
        static_url_path="/-/static",
    )

    def module_of(name: str) -> Module:
        if name not in rows.TABS:
            abort(404)
        try:
            return service.catalogue.module(name)
        except ApiError:
            abort(404)

    def row_of(module: Module, record_id: str) -> dict[str, Any]:
        with service.lock:
            live = service.store.tables[module.api_name].live
            found = live.get(id_of(record_id) or 0) or abort(404)
            (row,) = service.renderer.full_rows(module, [found], "v8")
            return row

    def viewer() -> User:
        users = service.organisation.by_user
        return users.get(id_of(request.cookies.get(SIGNED_IN)) or 0) or service.organisation.users[0]

    def page(template: str, status: int = 200, **values: Any) -> Response:
        who, mode = viewer(), request.cookies.get(MODE, "day")
        around = {
            "company": service.settings.company_name,
            "people": [each for each in service.organisation.users if each.status == "active"],
            "who": who,
            "mode": mode if mode in ("day", "night") else "day",
            "tabs": rows.TABS,
            "installed": installed,
            "known": _known(service, who, mode),
        }
        return make_response(render_template(template, **around, **values), status)

    @shell.get("/")
    def front() -> BaseResponse:
        return redirect(url_for("shell.records", name="Invoices"))

    @shell.get("/<name>")
    def records(name: str) -> Response:
        module = module_of(name)
        found = sorted(service.dump()[name], key=lambda row: str(row["Modified_Time"]), reverse=True)[:MOST]
        columns = [entry for entry in rows.LISTED[name] if entry in module.by_name]
        cells = [(row["id"], rows.title(module, row), [rows.spelt(row.get(each)) for each in columns]) for row in found]
        return page("crm/list.html", module=module, columns=columns, found=cells)

    @shell.get("/<name>/<record_id>")
    def record(name: str, record_id: str) -> Response:
        module = module_of(name)
        row = row_of(module, record_id)
        return page(
            "crm/record.html",
            module=module,
            row=row,
            title=rows.title(module, row),
            sections=list(rows.sections(module, row)),
            columns=rows.LINE,
            lines=rows.lines(module, row),
            sums=rows.sums(module, row),
            edit=f"{SCREENS}/{name}/{record_id}",
        )

    @shell.get("/-/record/<name>/<record_id>")
    def as_json(name: str, record_id: str) -> Response:
        row = row_of(module_of(name), record_id)
        return Response(simplejson.dumps(row, use_decimal=True), content_type="application/json")

    @shell.get("/-/settings")
    def settings() -> Response:
        return page("crm/settings.html")

    @shell.get("/-/widgets")
    def widgets() -> Response:
        return page("crm/widgets.html", said="")

    @shell.post("/-/widgets")
    def install() -> BaseResponse:
        try:
            installed.point(request.form.get("address", ""))
        except ValueError as wrong:
            return page("crm/widgets.html", 400, said=str(wrong))
        return redirect(url_for("shell.widgets"), 303)

    @shell.post("/-/view")
    def view() -> BaseResponse:
        """Somebody else looks, or looks at night."""
        answer = redirect(_back(), 303)
        if user := request.form.get("user"):
            answer.set_cookie(SIGNED_IN, user, max_age=MONTH, httponly=True, samesite="Lax")
        if mode := request.form.get("mode"):
            answer.set_cookie(MODE, mode, max_age=MONTH, httponly=True, samesite="Lax")
        return answer

    return shell


def _known(service: ZohoService, who: User, mode: str) -> dict[str, Any]:
    """What the CRM tells a widget about itself."""
    org = service.organisation.org_row(multi_currency=service.switch.multi_currency)
    profile = {"name": who.profile}
    user = {"id": str(who.id), "full_name": who.full_name, "email": who.email, "profile": profile, "role": who.role}
    return {"user": user, "org": {"zgid": org["zgid"], "company_name": org["company_name"]}, "mode": mode}


def _back() -> str:
    """The page that the form was on."""
    path = urlsplit(request.referrer or "").path
    return path if path.startswith(PREFIX) else url_for("shell.front")
