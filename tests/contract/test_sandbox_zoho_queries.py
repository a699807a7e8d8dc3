"""Search, counts and COQL (facts/zoho.md 3.4; behaviour 5.2, 20)."""

from __future__ import annotations

import pytest

from tests.contract.zoho_caller import Crm


@pytest.fixture
def crm() -> Crm:
    return Crm()


@pytest.mark.behaviour("zoho", 20)
def test_search_lags_behind_and_coql_does_not(crm: Crm) -> None:
    """5.2, 20"""
    made = crm.made("Contacts", {"Last_Name": "Smith", "Email": "Sam@Example.com"})[0]
    assert crm.get("/Contacts/search", {"email": "sam@example.com"}).status == 204
    assert crm.coql("select id from Contacts where Email = 'sam@example.com'").rows == [{"id": made}]
    crm.clock.advance(31)
    assert crm.get("/Contacts/search", {"email": "sam@example.com"}).ids == [made]
    assert crm.get("/Contacts/search", {"word": "smith", "fields": "Last_Name"}).rows == [
        {"Last_Name": "Smith", "id": made}
    ]


@pytest.mark.behaviour("zoho", 20)
def test_whether_coql_lags_is_a_switch(crm: Crm) -> None:
    """[U]: then it knows neither what was made nor what was edited a moment ago."""
    crm.switch(coql_index_lag=10.0)
    made = crm.made("Accounts", {"Account_Name": "Old"})[0]
    named = "select id from Accounts where Account_Name = '{}'"
    assert crm.coql(named.format("Old")).status == 204
    crm.clock.advance(11)
    assert crm.coql(named.format("Old")).ids == [made]
    crm.update("Accounts", {"id": made, "Account_Name": "New"})
    assert crm.coql(named.format("Old")).ids == [made]
    assert crm.coql("select id from Accounts where id > 0 order by Account_Name desc").ids == [made]
    crm.clock.advance(11)
    assert crm.coql(named.format("New")).ids == [made]


@pytest.mark.behaviour("zoho", 20)
def test_search_by_criteria_is_loose_with_several_conditions(crm: Crm) -> None:
    """3.4: ABC also matches ABC Inc."""
    crm.switch(search_index_lag=0.0)
    a, b, c = crm.made(
        "Accounts",
        {"Account_Name": "ABC", "Employees": 5},
        {"Account_Name": "ABC Inc", "Employees": 50},
        {"Account_Name": "Half (open), twice", "Employees": 500},
    )

    def found(criteria: str) -> set[str]:
        answer = crm.get("/Accounts/search", {"criteria": criteria})
        return set(answer.ids) if answer.status == 200 else set()

    assert found("(Account_Name:equals:abc)") == {a}
    assert found("((Account_Name:equals:ABC)and(Employees:greater_than:1))") == {a, b}
    assert found("((Employees:less_equal:5)or(Employees:equals:500))") == {a, c}
    assert found(r"Account_Name:equals:Half \(open\), twice") == {c}
    assert found("(Employees:between:40,60)") == {b}
    assert found("(Employees:in:5,500)") == {a, c}
    crm.switch(search_fuzzy=False)
    assert found("((Account_Name:equals:ABC)and(Employees:greater_than:1))") == {a}
    assert crm.get("/Accounts/search", {"criteria": "(Nothing:equals:1)"}).status == 400
    assert (
        crm.get("/Accounts/search", {"criteria": f"({'(Employees:equals:1)or' * 10}(Employees:equals:1))"}).status
        == 400
    )
    assert crm.get("/Accounts/search").json["code"] == "REQUIRED_PARAM_MISSING"


def test_counts(crm: Crm) -> None:
    crm.switch(search_index_lag=0.0)
    crm.accounts(3)
    assert crm.get("/Accounts/actions/count").json == {"count": 3}
    assert crm.get("/Accounts/actions/count", {"criteria": "(Account_Name:equals:Account 1)"}).json == {"count": 1}


def test_coql_walks_by_id(crm: Crm) -> None:
    """3.4: `id > last ... order by id asc limit n`."""
    ids = crm.accounts(25)
    met: list[str] = []
    last = "0"
    while (
        answer := crm.coql(f"select id, Account_Name from Accounts where id > {last} order by id asc limit 10")
    ).json:
        met += answer.ids
        last = met[-1]
        assert answer.json["info"]["more_records"] is (len(met) < 25)
    assert (met, answer.status) == (ids, 204)


def test_coql_conditions(crm: Crm) -> None:
    company = crm.made("Accounts", {"Account_Name": "O'Neill", "Employees": 7, "Annual_Revenue": 10.5})[0]
    other = crm.made("Accounts", {"Account_Name": "Other", "Parent_Account": {"id": company}})[0]

    def found(where: str, tail: str = "") -> set[str]:
        answer = crm.coql(f"select id from Accounts where {where} {tail}")
        assert answer.status in (200, 204), answer.json
        return set(answer.ids) if answer.json else set()

    assert found(r"Account_Name = 'o\'neill'") == {company}
    assert found("Account_Name like 'O%'") == {company, other}
    assert found("(Employees >= 7 and Employees < 8) or Account_Name in ('Other', 'x')") == {company, other}
    assert found("Employees is null") == {other}
    assert found("Employees is not null and Annual_Revenue = 10.5") == {company}
    assert found(f"Parent_Account = '{company}'") == found(f"Parent_Account.id = {company}") == {other}
    assert found("Modified_Time >= '2026-08-03T22:15:30+00:00'") == {company, other}
    assert found("Modified_Time > '2026-08-04T10:15:30+00:00'") == set()
    assert found("Account_Name not in ('Other')") == {company}
    assert found("Employees between 1 and 9") == {company}
    assert found("id > 0", "order by Account_Name desc, id limit 1, 1") == {company}
    assert crm.coql(f"select Parent_Account from Accounts where id = {other}").rows == [
        {"Parent_Account": {"name": "O'Neill", "id": company}, "id": other}
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("select id from Accounts", "SYNTAX_ERROR"),
        ("select id from Accounts where", "SYNTAX_ERROR"),
        ("select id from Accounts where id > 1 limit x", "SYNTAX_ERROR"),
        ("select id from Accounts where id > 1; drop", "SYNTAX_ERROR"),
        ("select Nothing from Accounts where id > 1", "INVALID_QUERY"),
        ("select id from Accounts where Description = 'x'", "INVALID_QUERY"),
        ("select id from Accounts where Employees = 'many'", "INVALID_QUERY"),
        ("select id from Nothing where id > 1", "INVALID_MODULE"),
        ("select id from Accounts where id > 1 limit 2001", "LIMIT_EXCEEDED"),
        ("select id from Accounts where id > 1 limit 10 offset 100001", "LIMIT_EXCEEDED"),
    ],
)
def test_coql_refusals(crm: Crm, query: str, code: str) -> None:
    answer = crm.coql(query)
    assert (answer.status, answer.json["code"]) == (400, code)
