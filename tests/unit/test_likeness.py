"""What may belong together: what speaks for it, what against, and that the work stays small."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from extension.reporting.likeness import WORDS, Traits, folded, proposals, score, traits
from extension.sync.canonical import XERO, ZOHO, Side
from extension.sync.model import Record

D = Decimal
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def made(side: Side, id_: str, parents: tuple[str, ...] = (), births: bool = True, **fields: Any) -> Traits:
    title = str(fields.get("name") or fields.get("number") or id_)
    return traits(Record("firm", side, id_, id_, "f", NOW, fields, births=births, title=title), parents)


def pair(zoho: dict[str, Any], xero: dict[str, Any]) -> tuple[int, set[str]]:
    points, reasons = score(made(ZOHO, "z", **zoho), made(XERO, "x", **xero))
    return points, set(reasons)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Harbour Ltd", "HARBOUR LIMITED"),
        ("Müller & Söhne GmbH", "Muller and Sohne"),
        ("The O'Brien Company", "OBrien Co."),
        ("Café  du Port", "cafe du port"),
    ],
)
def test_a_name_is_the_same_however_it_is_spelt(one: str, two: str) -> None:
    assert pair({"name": one}, {"name": two}) == (60, {"name"})


def test_a_name_of_nothing_but_a_legal_form_is_kept() -> None:
    assert pair({"name": "The Company"}, {"name": "Limited"})[0] == 0
    assert pair({"name": "The Co"}, {"name": "The Co."}) == (60, {"name"})


def test_a_similar_name_counts_less_and_a_strange_one_nothing() -> None:
    points, reasons = pair({"name": "Mueller"}, {"name": "Müller"})
    assert reasons == {"similar"}
    assert 30 <= points < 50
    assert pair({"name": "Harbour"}, {"name": "Mountain"}) == (0, set())


@pytest.mark.parametrize(
    ("zoho", "xero", "reasons"),
    [
        ({"email": "A@x.example"}, {"email": "a@X.example "}, {"email"}),
        ({"tax_number": "GST 12-345"}, {"tax_number": "gst12345"}, {"tax_number"}),
        ({"code": "D-01"}, {"code": "d01"}, {"code"}),
        ({"phone": "+64 9 555 1234"}, {"phone": "09 555-1234"}, {"phone"}),
        ({"number": "INV-0042"}, {"number": "42"}, {"number"}),
        ({"total": D("115.00"), "currency": "NZD"}, {"total": D("115"), "currency": "NZD"}, {"total"}),
    ],
)
def test_what_speaks_for_a_pair(zoho: dict[str, Any], xero: dict[str, Any], reasons: set[str]) -> None:
    assert pair(zoho, xero)[1] == reasons


def test_what_speaks_against_it() -> None:
    same = {"name": "Harbour"}
    assert pair({**same, "tax_number": "1"}, {**same, "tax_number": "2"}) == (30, {"name", "not tax_number"})
    invoice = {"number": "7", "currency": "NZD"}
    assert pair({**invoice, "total": D(1)}, {**invoice, "total": D(2)})[1] == {"number", "not total"}
    assert pair({**invoice, "total": D(1)}, {"number": "7", "total": D(1), "currency": "AUD"}) == (0, set())
    assert pair({**invoice, "total": D(1)}, {**invoice, "total": D(0)}) == (50, {"number"})


def test_the_company_of_both_must_be_the_same() -> None:
    one = made(ZOHO, "z", ("c1",), number="7")
    assert set(score(one, made(XERO, "x", ("c1",), number="7"))[1]) == {"number", "parent"}
    assert score(one, made(XERO, "x", ("c2",), number="7")) == (10, ("number", "not parent"))
    assert set(score(one, made(XERO, "x", (), number="7"))[1]) == {"number"}


def test_every_reason_has_its_words() -> None:
    for what in ("email", "tax_number", "code", "total", "parent"):
        assert WORDS[what]
        assert WORDS[f"not {what}"]


# ------------------------------------------------------------------ choosing


def test_only_a_pair_that_stands_alone_is_sure() -> None:
    zoho = [made(ZOHO, "z1", name="Harbour Ltd", phone="555 1234 567")]
    xero = [made(XERO, "x1", name="Harbour Limited", phone="555 1234 567")]
    (found,) = proposals(zoho, xero)
    assert (found.sure, found.score, set(found.reasons)) == (True, 90, {"name", "phone"})
    rival = made(XERO, "x2", name="Harbour", phone="555 1234 567")
    assert [each.sure for each in proposals(zoho, [*xero, rival])] == [False, False]
    weak = made(XERO, "x3", name="Harbour")
    assert [each.sure for each in proposals(zoho, [*xero, weak])] == [True, False]


def test_the_same_name_alone_is_a_question() -> None:
    (found,) = proposals([made(ZOHO, "z1", name="Harbour Ltd")], [made(XERO, "x1", name="Harbour")])
    assert not found.sure


def test_a_misspelt_single_word_is_found_with_another_sign() -> None:
    zoho = [made(ZOHO, "z1", name="Mueller", tax_number="9")]
    assert [each.xero_id for each in proposals(zoho, [made(XERO, "x1", name="Müller", tax_number="9")])] == ["x1"]


def test_what_nobody_would_create_is_left_alone() -> None:
    zoho = [made(ZOHO, "z1", name="Harbour", births=False)]
    assert proposals(zoho, [made(XERO, "x1", name="Harbour", births=False)]) == []
    assert len(proposals(zoho, [made(XERO, "x1", name="Harbour")])) == 1


def test_what_many_share_tells_nothing_and_costs_nothing() -> None:
    zoho = [made(ZOHO, f"z{n}", name=f"Trading {n:05} {n % 7}", phone="000 000 000") for n in range(3000)]
    xero = [made(XERO, f"x{n}", name=f"Trading {n:05} Group", phone="000 000 000") for n in range(3000)]
    found = proposals(zoho, xero)
    assert len(found) <= 3 * 3000
    assert {(each.zoho_id[1:], each.xero_id[1:]) for each in found if each.score >= 60} <= {
        (str(n), str(n)) for n in range(3000)
    }


def test_a_record_stands_in_a_few_proposals_only() -> None:
    zoho = [made(ZOHO, "z1", email="a@x.example")]
    xero = [made(XERO, f"x{n}", email="a@x.example") for n in range(9)]
    assert len(proposals(zoho, xero)) == 3


def test_folding_is_stable() -> None:
    for text in ("", "  ", "Ærø A/S", "株式会社", "a_b-c", "’"):
        assert folded(folded(text)) == folded(text)
