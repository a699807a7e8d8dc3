"""The settings APIs: organisation, people, modules, fields, layouts, currencies and taxes, in v2 and v8."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from flask import Response

from sandbox.zoho import describe
from sandbox.zoho.beside import OF_USERS
from sandbox.zoho.errors import bad_param, missing_param
from sandbox.zoho.http import Caller
from sandbox.zoho.layouts import layout_row, layouts_of
from sandbox.zoho.organisation import User
from sandbox.zoho.schema import Module

View: TypeAlias = Callable[..., Response]

SELECTIONS: dict[str, Callable[[User, int], bool]] = {
    "AllUsers": lambda user, me: True,
    "ActiveUsers": lambda user, me: user.status == "active",
    "ActiveConfirmedUsers": lambda user, me: user.status == "active",
    "DeactiveUsers": lambda user, me: user.status != "active",
    "AdminUsers": lambda user, me: user.profile == "Administrator",
    "ActiveConfirmedAdmins": lambda user, me: user.profile == "Administrator",
    "CurrentUser": lambda user, me: user.id == me,
}


def organisation(caller: Caller) -> Response:
    caller.needs("ZohoCRM.org.READ")
    caller.charge()
    multi = caller.service.switch.multi_currency
    return caller.answer(200, {"org": [caller.service.organisation.org_row(multi_currency=multi)]})


def users(caller: Caller) -> Response:
    caller.needs("ZohoCRM.users.READ")
    caller.charge()
    query = caller.query()
    chosen = SELECTIONS.get(query.params.get("type", "AllUsers"))
    if chosen is None:
        raise bad_param("type")
    per_page, page = query.number("per_page", 200, 200), query.number("page", 1)
    home = caller.service.organisation
    found = [_user_row(caller, user) for user in home.users if chosen(user, caller.access.user)]
    part = found[(page - 1) * per_page : page * per_page]
    if not part:
        return caller.answer(204, None)
    info = {"per_page": per_page, "count": len(part), "page": page, "more_records": len(found) > page * per_page}
    return caller.answer(200, {"users": part, "info": info})


def user(caller: Caller, user_id: int) -> Response:
    caller.needs("ZohoCRM.users.READ")
    caller.charge()
    found = caller.service.organisation.by_user.get(user_id)
    if found is None:
        return caller.answer(204, None)
    return caller.answer(200, {"users": [_user_row(caller, found)]})


def _user_row(caller: Caller, user: User) -> dict[str, Any]:
    """v2 tells how the CRM looks to a person (recorded); what v8 tells is the SDK's word."""
    service = caller.service
    row = service.organisation.user_row(user)
    if caller.version != "v2":
        return row | {"type__s": "Regular User"}
    here = datetime.fromtimestamp(service.now(), ZoneInfo(service.settings.zone)).utcoffset()
    return {**row, **OF_USERS, "offset": int((here or timedelta()).total_seconds() * 1000)}


def modules(caller: Caller) -> Response:
    caller.needs("ZohoCRM.settings.modules.READ")
    caller.charge()
    rows = [describe.module_row(module, caller.version) for module in caller.service.catalogue.modules()]
    return caller.answer(200, {"modules": rows})


def module(caller: Caller, name: str) -> Response:
    caller.needs("ZohoCRM.settings.modules.READ")
    caller.charge()
    found = caller.service.catalogue.module(name)
    return caller.answer(200, {"modules": [describe.module_row(found, caller.version)]})


def fields(caller: Caller) -> Response:
    return caller.answer(200, {"fields": _fields(caller)})


def field(caller: Caller, field_id: int) -> Response:
    found = [row for row in _fields(caller) if row["id"] == str(field_id)]
    return caller.answer(200, {"fields": found}) if found else caller.answer(204, None)


def layouts(caller: Caller) -> Response:
    return caller.answer(200, {"layouts": _layouts(caller)})


def layout(caller: Caller, layout: int) -> Response:
    found = [row for row in _layouts(caller) if row["id"] == str(layout)]
    return caller.answer(200, {"layouts": found}) if found else caller.answer(204, None)


def _layouts(caller: Caller) -> list[dict[str, Any]]:
    found, service = _settings_module(caller, "layouts"), caller.service
    return [
        layout_row(found, each, caller.version, service.organisation, service.catalogue.custom)
        for each in layouts_of(found, service.switch.extra_layouts)
    ]


def currencies(caller: Caller) -> Response:
    caller.needs("ZohoCRM.settings.currencies.READ")
    caller.charge()
    multi = caller.service.switch.multi_currency
    return caller.answer(200, {"currencies": caller.service.organisation.currency_rows(multi_currency=multi)})


def taxes(caller: Caller) -> Response:
    caller.needs("ZohoCRM.settings.taxes.READ", "ZohoCRM.org.READ")
    caller.charge()
    return caller.answer(200, caller.service.organisation.tax_rows())


def _fields(caller: Caller) -> list[dict[str, Any]]:
    found = _settings_module(caller, "fields")
    return describe.field_rows(found, caller.version, caller.service.organisation)


def _settings_module(caller: Caller, area: str) -> Module:
    caller.needs(f"ZohoCRM.settings.{area}.READ")
    caller.charge()
    name = caller.request.args.get("module")
    if not name:
        raise missing_param("module")
    if caller.version != "v2" and (subform := describe.subform_module(name)):
        return subform
    return caller.service.catalogue.module(name)


SETTINGS_ROUTES: tuple[tuple[str, str, View], ...] = (
    ("GET", "/org", organisation),
    ("GET", "/users", users),
    ("GET", "/users/<int:user_id>", user),
    ("GET", "/settings/modules", modules),
    ("GET", "/settings/modules/<name>", module),
    ("GET", "/settings/fields", fields),
    ("GET", "/settings/fields/<int:field_id>", field),
    ("GET", "/settings/layouts", layouts),
    ("GET", "/settings/layouts/<int:layout>", layout),
    ("GET", "/org/currencies", currencies),
    ("GET", "/org/taxes", taxes),
)
