"""The part `documents` of the settings: parsed, edited, kept in a file, told in words (entities/settings_documents)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from extension.entities import fetched as facts
from extension.entities.differences import between
from extension.entities.editing_documents import Papers, papers_of, with_papers
from extension.entities.rolling_back import rolled_back
from extension.entities.settings import parse
from extension.entities.settings_documents import DocumentSettings
from extension.entities.settings_file import exported, imported
from extension.sync.errors import BadInput
from tests.unit.books import fetched, settings

CHOSEN = Papers({"sales": "260", "purchases": "300"}, {"invoice": "xero", "purchase_order": "crm"}, links=False)


def parsed(**documents: Any) -> DocumentSettings:
    return parse({**settings(), "documents": documents}, facts.read(fetched())).documents


def test_settings_from_before_mean_what_they_meant() -> None:
    same = parse(settings(), facts.read(fetched())).documents
    assert same == parsed()
    assert same.rounding == {"sales": None, "purchases": None}
    assert same.numbering == {"invoice": "crm", "purchase_order": "crm"}
    assert same.links


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"rounding_account": {"sales": "999"}}, "no active account 999"),
        ({"rounding_account": "200"}, "no group of settings"),
        ({"numbering": {"invoice": "mine"}}, "choose one of crm, xero"),
        ({"numbering": {"account": "crm"}}, "there is no document “account”"),
        ({"crm_links": "often"}, "yes or no"),
    ],
)
def test_what_cannot_be_is_one_clear_sentence(part: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput, match=says):
        parsed(**part)


def test_what_is_chosen_is_kept_beside_what_else_is_there() -> None:
    document = {**settings(), "documents": {"amounts": {"invoice": "Inclusive"}}}
    edited = with_papers(document, CHOSEN, fetched())
    assert edited.fine
    assert papers_of(edited.document) == CHOSEN
    assert edited.document["documents"]["amounts"] == {"invoice": "Inclusive"}
    assert edited.document["mapping_version"] == 2, "another numbering is another way to find a document"


def test_an_account_or_a_link_is_no_matter_of_how_records_are_read() -> None:
    edited = with_papers(settings(), Papers(CHOSEN.rounding, papers_of(settings()).numbering, links=False), fetched())
    assert edited.fine
    assert edited.document["mapping_version"] == 1


def test_nothing_chosen_leaves_no_trace() -> None:
    document = settings()
    assert with_papers(document, papers_of(document), fetched()).document == document


def test_what_is_not_offered_is_refused() -> None:
    chosen = Papers({"sales": "300", "purchases": ""}, {"invoice": "ours", "purchase_order": "crm"})
    assert set(with_papers(settings(), chosen, fetched()).wrong) == {"rounding.sales", "numbering.invoice"}


def test_it_is_in_the_file_in_words_and_can_be_taken_back() -> None:
    old = settings()
    new = with_papers(old, CHOSEN, fetched()).document
    assert imported(json.dumps(exported(new, fetched())).encode(), old, fetched()).document == new
    said = {(one.where, one.after) for one in between(old, new)}
    assert (("Documents", "Whose number counts", "Invoices"), "Xero's") in said
    assert (("Documents", "Account of rounding lines", "Sales"), "260") in said
    assert (("Documents", "Link to the CRM in Xero"), "no") in said
    back = rolled_back(new, [("documents", None, new["documents"])], fetched())
    assert "documents" not in back.document
