"""Settings as a file, and every change in a list that can be taken back."""

from __future__ import annotations

import json
from io import BytesIO

import pytest

from extension.sync.model import Scope
from tests.system.live_books import Books
from tests.web.settings_forms import SETTINGS, send, settings, values_of
from tests.web.visitor import Answer, Visitor

# ------------------------------------------------------------------ the file


def upload(visitor: Visitor, content: bytes) -> Answer:
    data = {"form_token": visitor.form_token(), "file": (BytesIO(content), "settings.json")}
    return visitor.post(SETTINGS + "/file", data, content_type="multipart/form-data")


def test_settings_go_out_and_come_back(admin: Visitor, books: Books) -> None:
    file = admin.get(SETTINGS + "/file/download")
    assert "attachment" in file.response.headers["Content-Disposition"]
    connection = books.house.connection(None)
    assert all(each not in file.html for each in connection.organisations.values())
    assert "Nothing: the settings are the same" in upload(admin, file.html.encode()).text
    document = json.loads(file.html)
    document["settings"]["accounts"]["sales"] = "260"
    document["settings"]["schedule"] = {"on": True, "times": ["09:00"], "weekdays": [0], "entities": []}
    before = settings(books)
    shown = upload(admin, json.dumps(document).encode())
    assert "Default account › Sales 200 260" in shown.text
    assert settings(books) == before, "it is only looked at"
    answer = admin.post(SETTINGS + "/file/apply", values_of(shown, "/file/apply"))
    assert answer.status == 303, answer.text
    assert settings(books)["accounts"]["sales"] == "260"
    assert books.house.connection(None).next_run_at is not None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no json",
        b"{}",
        b'{"format": "xero2zoho settings", "version": 1, "settings": {"entities": {"account": {"fields": []}}}}',
        b'{"format": "xero2zoho settings", "version": 1, "settings": {"entities": {}, "secrets": {}}}',
    ],
)
def test_a_bad_file_changes_nothing(admin: Visitor, books: Books, content: bytes) -> None:
    before = settings(books)
    answer = upload(admin, content)
    assert answer.status == 400
    assert 'role="alert"' in answer.html
    assert settings(books) == before


def test_a_schedule_in_a_file_is_checked_too(admin: Visitor, books: Books) -> None:
    document = json.loads(admin.get(SETTINGS + "/file/download").html)
    document["settings"]["schedule"] = {"on": True, "times": ["25:00"], "weekdays": [9], "entities": []}
    assert upload(admin, json.dumps(document).encode()).status == 400
    assert "schedule" not in settings(books)


def test_no_file_and_a_forged_one(admin: Visitor, books: Books) -> None:
    before = settings(books)
    assert admin.post(SETTINGS + "/file").status == 400
    values = {"seal": values_of_seal(admin), "packed": "####"}
    assert admin.post(SETTINGS + "/file/apply", values).status == 400
    assert admin.post(SETTINGS + "/file/apply", {"packed": "x"}).status == 409
    assert settings(books) == before


def values_of_seal(visitor: Visitor) -> str:
    document = json.loads(visitor.get(SETTINGS + "/file/download").html)
    document["settings"]["accounts"]["sales"] = "260"
    return str(values_of(upload(visitor, json.dumps(document).encode()), "/file/apply")["seal"])


# ------------------------------------------------------------------ changes


def test_a_change_is_listed_with_who_and_what_and_taken_back(admin: Visitor, books: Books) -> None:
    before = settings(books)
    send(admin, "/policies", "/policies", {"email": "books@example.com"})
    books.clock.advance(60)
    send(admin, "/accounts", "/accounts", {"sales": "260", "do": "save"})
    page = admin.get(SETTINGS + "/changes")
    assert "Ada Admin" in page.text
    assert "Default account › Sales 200 260" in page.text
    assert "books@example.com" in page.text
    newest, oldest = [form["action"] for form in page.forms() if form["action"].endswith("/roll-back")]
    books.clock.advance(60)
    assert admin.post(oldest).status == 303
    assert "notify" not in settings(books)
    assert settings(books)["accounts"]["sales"] == "260", "what came later stays"
    books.clock.advance(60)
    admin.post(newest)
    assert {**settings(books), "mapping_version": 1} == before
    assert admin.get(SETTINGS + "/changes").text.count("Ada Admin") >= 4


def test_what_was_changed_again_is_not_taken_back(admin: Visitor, books: Books) -> None:
    for code in ("260", ""):
        books.clock.advance(60)
        send(admin, "/accounts", "/accounts", {"sales": code, "do": "save"})
    _, first = [form["action"] for form in admin.get(SETTINGS + "/changes").forms() if "roll-back" in form["action"]]
    answer = admin.post(first)
    assert answer.status == 400
    assert "changed again since then" in answer.text
    assert settings(books)["accounts"]["sales"] is None


def test_a_change_that_does_not_exist(admin: Visitor) -> None:
    assert admin.post(SETTINGS + "/changes/999/roll-back").status == 400
    assert admin.get(SETTINGS + "/changes?before=x").status == 200


def test_a_change_of_the_mapping_waits_for_approval(admin: Visitor, books: Books) -> None:
    """What happens next is what the note says: a full reading, and a stop where the mapping alone would write."""
    books.crm("Accounts", Account_Name="Acme Parts", Account_Number="A-17")
    books.sync()
    new = {"new1.zoho": "Account_Number", "new1.xero": "AccountNumber", "do": "save"}
    send(admin, "/fields/account", "/fields/account", new)
    books.clock.advance(3600)
    report = books.house.engine(books.house.connection(None)).run(Scope())
    assert report.state == "stopped"
    assert "mapping" in report.problem.lower()
