"""Every recording of the live Zoho CRM (v2, May 2026), asked again of a sandbox with the same records (zoho.md 5.3).

A read finds the recorded rows as its seed; a write is sent as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import pytest
import simplejson
from werkzeug.test import TestResponse

from sandbox.clock import Clock
from sandbox.zoho.app import create_app
from sandbox.zoho.metadata import MODULES
from sandbox.zoho.organisation import User
from sandbox.zoho.service import ZohoService
from sandbox.zoho.settings import ZohoSettings
from tests.outsiders.recordings import Masks, differences, names, recording, words

pytestmark = pytest.mark.outsider("recordings of a live CRM")

FOLDER: Final = "zoho/nango-v2-recorded"
AT: Final = datetime(2026, 5, 14, 9, 50, tzinfo=UTC)
PERSON: Final = User(7328395000000605001, "Nango", "Developer", "api@nango.dev", "CEO", "Administrator")
HOME: Final = ZohoSettings(
    zone="Africa/Nairobi", iso_code="KES", currency_symbol="KES", switches={"application_section": "absent"}
)

READ: Final = words(
    "accounts contacts deals leads products list-accounts list-contacts list-deals list-leads "
    "list-products get-account get-contact get-deal get-lead get-product create-lead-2"
)
WRITTEN: Final = words(
    "create-account create-contact create-deal create-lead create-product update-account update-contact "
    "update-deal update-lead update-product upsert-records delete-account delete-contact delete-deal "
    "delete-lead delete-product"
)
PEOPLE: Final = ("get-user", "list-users", "users")
NOTHING: Final = ("search-records",)
NOT_REPLAYED: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        words("calls create-call delete-call get-call list-calls update-call update-call-2"),
        "Calls are no module of the sandbox: nothing synchronises them",
    ),
    **dict.fromkeys(
        words("events create-event create-event-2 delete-event get-event list-events update-event"),
        "Events are no module of the sandbox: nothing synchronises them",
    ),
    **dict.fromkeys(
        words("notes create-note delete-note get-note list-notes update-note"),
        "Notes are no module of the sandbox: nothing synchronises them",
    ),
    **dict.fromkeys(
        words("tasks create-task delete-task get-task list-tasks update-task"),
        "Tasks are no module of the sandbox: nothing synchronises them",
    ),
}

# Names that the sandbox's organisation gave to fields of its own; no other has them.
OWN_FIELDS: Final = {
    f"+data[].{field.api_name}": "a custom field of the sandbox's organisation"
    for module in MODULES
    for field in module.fields
    if field.custom
}
ROWS: Final[Masks] = {
    **OWN_FIELDS,
    "data[].$zia_owner_assignment": "a guess of Zia's: of like records one has it and one has null",
}
OF_THE_PERSON: Final[Masks] = {
    f"~users[].{name}": "a choice of that person"
    for name in words("country country_locale date_format decimal_separator locale personal_account time_format zuid")
} | {"users[].state": "an address of that person"}
NAMED_BY: Final = {"Accounts": "Account_Name", "Products": "Product_Name", "Deals": "Deal_Name"}


@dataclass(frozen=True)
class Replay:
    """A recording, and the same request to a sandbox."""

    recorded: Mapping[str, Any]
    service: ZohoService

    def asked(self) -> TestResponse:
        given, request = self.recorded, self.recorded["request"]
        sent = request.get("data")
        return (
            create_app(self.service)
            .test_client()
            .open(
                given["path"],
                method=given["method"],
                query_string=request.get("params"),
                data=None if sent is None else simplejson.dumps(sent, use_decimal=True),
                headers={"Authorization": f"Zoho-oauthtoken {self.service.access_token()}"},
            )
        )

    def different(self, masks: Masks) -> list[str]:
        """Status, type and body."""
        answer, headers = self.asked(), self.recorded["headers"]
        found = [] if answer.status_code == self.recorded["status"] else [f"status {answer.status}: {answer.text}"]
        if answer.headers.get("Content-Type") != headers.get("content-type"):
            found.append(f"Content-Type {answer.headers.get('Content-Type')}")
        body = simplejson.loads(answer.text, use_decimal=True) if answer.text else ""
        return found + differences(self.recorded["response"], body, masks)


def replay(name: str) -> Replay:
    return Replay(recording(FOLDER, name), ZohoService(Clock(AT), HOME, (PERSON,)))


def module_of(recorded: Mapping[str, Any]) -> str:
    return str(recorded["path"].split("/")[3])


def with_parents(module: str, rows: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """The rows, and the records that their lookups name."""
    state: dict[str, dict[str, dict[str, Any]]] = {module: {row["id"]: row for row in rows}}
    for field, parent, title in (
        ("Account_Name", "Accounts", "Account_Name"),
        ("Contact_Name", "Contacts", "Last_Name"),
    ):
        for row in rows:
            if isinstance(named := row.get(field), Mapping):
                state.setdefault(parent, {})[named["id"]] = {"id": named["id"], title: named["name"]}
    return {name: list(found.values()) for name, found in state.items()}


@pytest.mark.behaviour("zoho", 3, 4, 5, 6)
@pytest.mark.parametrize("name", READ)
def test_what_is_read(name: str) -> None:
    played = replay(name)
    recorded = played.recorded
    played.service.load(with_parents(module_of(recorded), recorded["response"]["data"]))
    assert played.different(ROWS) == []


@pytest.mark.behaviour("zoho", 8, 10)
@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written(name: str) -> None:
    played = replay(name)
    recorded = played.recorded
    module = module_of(recorded)
    if recorded["method"] != "POST":
        found = {"id": recorded["path"].split("/")[4], NAMED_BY.get(module, "Last_Name"): "As it was"}
        played.service.load({module: [found]})
    assert played.different({}) == []


@pytest.mark.behaviour("zoho", 22)
def test_a_lead_that_is_converted() -> None:
    played = replay("convert-lead")
    lead = {"id": played.recorded["path"].split("/")[4], "Last_Name": "Test Lead", "Company": "Test Company"}
    played.service.load({"Leads": [lead]})
    assert played.different({}) == []


@pytest.mark.behaviour("zoho", 10)
def test_a_name_that_is_there_is_taken_again() -> None:
    """Of the recorded accounts two are called the same, and so are two leads' addresses."""
    played = replay("create-account")
    played.service.load({"Accounts": [{"id": "7328395000000686003", "Account_Name": "Test Account from Nango"}]})
    assert played.different({}) == []


@pytest.mark.behaviour("zoho", 3)
@pytest.mark.parametrize("name", PEOPLE)
def test_who_is_there(name: str) -> None:
    assert replay(name).different(OF_THE_PERSON) == []


@pytest.mark.parametrize("name", NOTHING)
def test_what_is_not_found(name: str) -> None:
    """204, and neither a body nor a type."""
    assert replay(name).different({}) == []


def test_every_recording_is_replayed_or_has_its_reason() -> None:
    listed = [*READ, *WRITTEN, *PEOPLE, *NOTHING, "convert-lead", *NOT_REPLAYED]
    assert sorted(listed) == names(FOLDER)
