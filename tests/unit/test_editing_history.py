"""Differences in words, taking one change back, and settings as a file."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from extension.entities.differences import between, differences
from extension.entities.editing import WHOLE
from extension.entities.registry import build
from extension.entities.rolling_back import rolled_back
from extension.entities.settings_file import LARGEST, exported, imported
from extension.sync.errors import BadInput
from tests.unit.books import fetched, settings

Document = dict[str, Any]
Parts = list[tuple[str, Any, Any]]


def parts_of(old: Document, new: Document) -> Parts:
    """As the audit log keeps a save."""
    names = sorted({*old, *new})
    return [(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def field(document: Document, entity: str, name: str) -> Document:
    found: Document = next(row for row in document["entities"][entity]["fields"] if row["name"] == name)
    return found


def words(old: Document, new: Document) -> list[str]:
    return [f"{' › '.join(one.where)}: {one.before} -> {one.after}" for one in between(old, new)]


# ------------------------------------------------------------------ differences


def test_nothing_differs_from_itself() -> None:
    assert between(settings(), settings()) == []
    assert differences("mapping_version", 1, 2) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda d: field(d, "account", "phone").update(owner="xero"),
            "Accounts › Field “Phone” › Wins a conflict: CRM -> Xero",
        ),
        (
            lambda d: field(d, "account", "phone").update(default_xero="none"),
            "Accounts › Field “Phone” › Default in Xero:  -> none",
        ),
        (
            lambda d: d["entities"]["account"]["fields"].remove(field(d, "account", "fax")),
            "Accounts › Field “Fax”: Fax ↔ Phones[FAX], Both ways -> ",
        ),
        (lambda d: d["entities"]["vendor"].update(enabled=False), "Vendors › Synchronised: yes -> no"),
        (lambda d: d["entities"]["vendor"].update(scope="all"), "Vendors › Records: Only those ticked -> All"),
        (lambda d: d["accounts"].update(sales="260"), "Default account › Sales: 200 -> 260"),
        (
            lambda d: d["policies"]["retire"].update(invoice="void"),
            "When one side deletes › Invoices: Ask -> Void",
        ),
        (
            lambda d: d["policies"].update(document_limit=5),
            "New documents per run, at most:  -> 5",
        ),
        (
            lambda d: d["status"]["invoice"].remove({"zoho": "Approved", "xero": "AUTHORISED", "direction": "to_xero"}),
            "Invoices, statuses › CRM “Approved” becomes: AUTHORISED -> held",
        ),
        (
            lambda d: d["taxes"]["sales"].append({"zoho": "GST 15 Purchases", "xero": "OUTPUT2"}),
            "Sales, taxes › CRM “GST 15 Purchases” becomes: held -> OUTPUT2",
        ),
        (
            lambda d: d.update(schedule={"on": True, "times": ["09:00", "17:00"]}),
            "Schedule › Times:  -> 09:00, 17:00",
        ),
        (lambda d: d.update(paused=True), "Paused:  -> yes"),
    ],
)
def test_a_difference_is_said_in_words(change: Any, said: str) -> None:
    new = settings()
    change(new)
    assert said in words(settings(), new)


# ------------------------------------------------------------------ taking back


def changed() -> tuple[Document, Document]:
    """Settings, and the same after several things were saved at once."""
    old, new = settings(), settings()
    field(new, "account", "phone")["owner"] = "xero"
    new["entities"]["account"]["fields"].remove(field(new, "account", "fax"))
    new["accounts"]["sales"] = "260"
    new["policies"]["retire"]["invoice"] = "void"
    new["notify"] = {"email": "a@example.com", "on_loss": True}
    new["mapping_version"] = 2
    return old, new


def test_a_change_is_taken_back_whole() -> None:
    old, new = changed()
    found = rolled_back(new, parts_of(old, new), fetched())
    assert found.fine
    assert {**found.document, "mapping_version": 1} == old
    assert found.document["mapping_version"] == 3, "versions only go on"


def test_what_was_changed_later_stays() -> None:
    old, new = changed()
    later = copy.deepcopy(new)
    field(later, "account", "tax_number")["owner"] = "ask"
    later["accounts"]["purchases"] = None
    later["entities"]["account"]["fields"].append({"name": "note", "zoho": "Phone"})
    found = rolled_back(later, parts_of(old, new), fetched())
    assert found.document["accounts"] == {"sales": "200", "purchases": None}
    assert field(found.document, "account", "tax_number")["owner"] == "ask"
    names = [row["name"] for row in found.document["entities"]["account"]["fields"]]
    assert names == [row["name"] for row in old["entities"]["account"]["fields"]] + ["note"]


@pytest.mark.parametrize(
    ("later", "word"),
    [
        (lambda d: d["accounts"].update(sales="300"), "Default account, Sales"),
        (lambda d: field(d, "account", "phone").update(owner="ask"), "Wins a conflict"),
        (lambda d: d["entities"]["account"]["fields"].remove(field(d, "account", "phone")), "Phone"),
        (lambda d: d.pop("notify"), "E-mail"),
    ],
)
def test_what_was_changed_again_is_not_overwritten(later: Any, word: str) -> None:
    old, new = changed()
    now = copy.deepcopy(new)
    later(now)
    found = rolled_back(now, parts_of(old, new), fetched())
    assert not found.fine
    assert word in found.wrong[WHOLE]


def test_a_change_whose_undoing_is_not_valid_any_more_is_refused() -> None:
    old, new = changed()
    facts = fetched()
    del facts["xero"]["accounts"][0]  # 200, to which it would go back
    found = rolled_back(new, parts_of(old, new), facts)
    assert "no account 200" in found.wrong[WHOLE]


# ------------------------------------------------------------------ the file


def test_a_file_brings_back_what_it_took() -> None:
    document = settings()
    document["itemless_product"], document["paused"] = "5843104000000300001", True
    content = json.dumps(exported(document, fetched())).encode()
    assert b"dabc7637" not in content, "a theme's id is this organisation's own"
    assert b"5843104000000300001" not in content
    assert imported(content, document, fetched()).document == document


def test_a_file_changes_what_it_says_and_keeps_what_only_this_connection_means() -> None:
    document = settings()
    document["itemless_product"] = "5843104000000300001"
    file = exported(document, fetched())
    file["settings"]["accounts"]["sales"] = "260"
    found = imported(json.dumps(file).encode(), document, fetched())
    assert found.fine
    assert found.document["itemless_product"] == "5843104000000300001"
    assert found.document["mapping_version"] == 2
    build(found.document, fetched())


def test_themes_are_found_by_name_in_another_organisation() -> None:
    document, other = settings(), fetched()
    other["xero"]["branding_themes"] = [{"Name": "Standard", "BrandingThemeID": "another"}]
    found = imported(json.dumps(exported(document, fetched())).encode(), settings(other), other)
    assert field(found.document, "invoice", "theme")["choices"] == [{"zoho": "Standard", "xero": "another"}]


FILE = {"format": "xero2zoho settings", "version": 1}


def with_settings(**more: Any) -> bytes:
    return json.dumps({**FILE, "settings": {**exported(settings(), fetched())["settings"], **more}}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"not json",
        b"[" * 100_000,
        b"[]",
        b"null",
        b'{"format": "something else"}',
        b'{"format": "xero2zoho settings", "version": 2, "settings": {}}',
        b'{"format": "xero2zoho settings", "version": 1}',
        b'{"format": "xero2zoho settings", "version": 1, "settings": {}}',
        b'{"format": "xero2zoho settings", "version": 1, "settings": {"entities": []}}',
        b" " * (LARGEST + 1),
        with_settings(entities={"secret": {}}),
        with_settings(entities={"account": []}),
        with_settings(entities={"account": {"fields": {}}}),
        with_settings(entities={"account": {"fields": [5]}}),
        with_settings(entities={"account": {"fields": [{"name": 5}]}}),
        with_settings(entities={"account": {"fields": [{"name": "x", "max_xero": "long"}]}}),
        with_settings(entities={"account": {"fields": [{"name": "x", "choices": [{"zoho": "a"}, 5]}]}}),
        with_settings(entities={"account": {"enabled": "yes"}}),
        with_settings(policies=5),
        with_settings(policies={"retire": ["ask"]}),
        with_settings(policies={"document_limit": True}),
        with_settings(status={"invoice": [5]}),
        with_settings(taxes={"sales": {"zoho": "x"}}),
        with_settings(paused=True),
        with_settings(mapping_version=9),
        with_settings(organisations={"zoho": "1"}),
        with_settings(keep_days="ever"),
    ],
)
def test_a_file_that_is_none_of_ours_is_refused(content: bytes) -> None:
    document = settings()
    with pytest.raises(BadInput):
        imported(content, document, fetched())
    assert document == settings()


@pytest.mark.parametrize(
    "more",
    [
        {"accounts": {"sales": "999"}},
        {"keep_days": 1},
        {"status": {}},
        {"taxes": {"sales": [{"zoho": "Nothing", "xero": "OUTPUT2"}]}},
        {"policies": {"new_contacts": "friends"}},
        {"entities": {"invoice": {"fields": []}}},
        {"entities": {"invoice": {"fields": [{"name": "theme", "choices": [{"zoho": "a"}]}]}}},
        {"entities": {"account": {"fields": [{"zoho": "Phone"}]}}},
        {"entities": {"account": {"fields": [{"name": "name", "zoho": "Nowhere", "xero": "Name", "kind": "name"}]}}},
    ],
)
def test_a_file_that_does_not_fit_these_organisations_is_not_applied(more: Document) -> None:
    assert not imported(with_settings(**more), settings(), fetched()).fine
