"""Who a token speaks for: the organisation and the user behind it, over REST v8 (facts/widget.md 3.3).

An administrator is who the CRM lists as one. The name of a profile says nothing: anybody may call a profile so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from extension.remote.line import Line
from extension.remote.transport import lost
from extension.remote.zoho.reading import ROOT
from extension.sync.errors import BadInput

ALL: Final = 200  # users of one page


@dataclass(frozen=True, slots=True)
class Present:
    """A user of a CRM organisation, as the CRM says."""

    user: str
    name: str
    email: str
    organisation: str
    organisation_name: str
    administrator: bool


def present(way: Line) -> Present:
    """Whose token this is. Raises BadInput where nobody who may work there stands behind it."""
    id_, name = organisation(way)
    me = next(_users(way, "CurrentUser"), None)
    if me is None or me.get("status") != "active":
        raise BadInput("This Zoho account is no active user of a CRM organisation.", code="no_user")
    user = str(me.get("id") or "")
    email = str(me.get("email") or "")
    return Present(
        user=user,
        name=str(me.get("full_name") or email),
        email=email,
        organisation=id_,
        organisation_name=name,
        administrator=any(str(each.get("id")) == user for each in _users(way, "AdminUsers")),
    )


def organisation(way: Line) -> tuple[str, str]:
    """Id and name of the organisation that a token reaches."""
    answer = way.ask("org", "GET", f"{ROOT}/org")
    found = answer.dictionary().get("org")
    if not isinstance(found, list) or not found or not found[0].get("id"):
        raise lost(answer.request, "unreadable", "did not say which organisation it is", answer.status)
    return str(found[0]["id"]), str(found[0].get("company_name") or "")


def _users(way: Line, kind: str) -> Iterator[Mapping[str, Any]]:
    page = 1
    while True:
        params = [("type", kind), ("page", str(page)), ("per_page", str(ALL))]
        answer = way.ask("users", "GET", f"{ROOT}/users", params=params)
        body = {} if answer.status == 204 else answer.dictionary()
        yield from body.get("users") or ()
        if not (body.get("info") or {}).get("more_records"):
            return
        page += 1
