"""Whatever a client sends, the local Xero answers as a service would and never breaks (facts/xero.md 3.18)."""

from __future__ import annotations

from typing import Any

import pytest
import simplejson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.xero import fields
from sandbox.xero.chart import stable_id
from tests.contract.sandbox_xero_visitor import Visitor, line

CONTACT_ID = stable_id("garbage", "contact")
NESTED = {
    "Contact": fields.CONTACT,
    "LineItems": fields.LINE,
    "SalesDetails": frozenset({"UnitPrice", "AccountCode", "TaxType"}),
    "Invoice": frozenset({"InvoiceID", "InvoiceNumber"}),
    "Account": frozenset({"Code", "AccountID"}),
}
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9),
    st.text(max_size=12),
    st.sampled_from(
        ["", "1e400", "ACCREC", "AUTHORISED", "DELETED", "2026-09-20", "/Date(0)/", CONTACT_ID, "200", "OUTPUT2"]
    ),
)


def element(names: frozenset[str], depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    def value(name: str) -> st.SearchStrategy[Any]:
        if depth and name in NESTED:
            inner = element(NESTED[name], depth - 1)
            return st.one_of(scalars, inner, st.lists(inner, max_size=3))
        return st.one_of(
            scalars, st.lists(scalars, max_size=2), st.dictionaries(st.text(max_size=3), scalars, max_size=2)
        )

    wanted = st.lists(st.sampled_from(sorted(names)), max_size=8, unique=True)
    return wanted.flatmap(lambda chosen: st.fixed_dictionaries({name: value(name) for name in chosen}))


@pytest.fixture(scope="module")
def visitor() -> Visitor:
    visitor = Visitor()
    visitor.service.load({"Contacts": [{"ContactID": CONTACT_ID, "Name": "Acme"}]})
    return visitor


@pytest.mark.unmodelled("anything may be asked")
@pytest.mark.undocumented("garbage in a field that is stored as it came is shown as it came")
@pytest.mark.parametrize("kind", sorted(fields.BY_KIND))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_element_is_taken_or_refused(visitor: Visitor, kind: str, data: st.DataObject) -> None:
    frozen = visitor.service.freeze()
    base = {"Contact": {"ContactID": CONTACT_ID}, "LineItems": [line()], "Type": "ACCREC", "Code": "C", "Name": "Other"}
    start = {name: value for name, value in base.items() if name in fields.BY_KIND[kind]}
    sent = {**start, **data.draw(element(fields.BY_KIND[kind]))}
    for method in ("PUT", "POST"):
        answer = visitor.ask(
            method, kind, {kind: [sent]}, summarizeErrors=data.draw(st.sampled_from(["true", "false"]))
        )
        assert answer.status_code in (200, 400, 404), (sent, answer.text)
        if answer.status_code != 404:
            simplejson.loads(answer.get_data(), use_decimal=True)
    assert visitor.ask("GET", kind, page=1).status_code == 200, "and what was taken can be read"
    visitor.service.thaw(frozen)


@pytest.mark.unmodelled("anything may be asked")
@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(sorted(fields.BY_KIND)),
    name=st.sampled_from(["where", "order", "IDs", "page", "pageSize", "Statuses", "searchTerm", "DateFrom", "unitdp"]),
    value=st.one_of(
        st.text(max_size=20),
        st.lists(
            st.sampled_from(
                ["Name", "==", '"a"', "AND", "(", ")", ".", "Contains", "null", "1", "DateTime", "!", "Date", ">"]
            ),
            max_size=8,
        ).map(" ".join),
    ),
)
def test_any_query_is_answered_or_refused(visitor: Visitor, kind: str, name: str, value: str) -> None:
    visitor.rows("Contacts")
    asked: dict[str, Any] = {name: value}
    answer = visitor.ask("GET", kind, **asked)
    assert answer.status_code in (200, 400), (name, value, answer.text)
