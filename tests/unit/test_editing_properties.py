"""Whatever people type and whatever file they bring: an edit is refused with a sentence, or can be used by a run."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from extension.entities.differences import between
from extension.entities.editing import Edited
from extension.entities.editing_fields import Draft, crm_choices, drafts_of, with_fields, xero_choices
from extension.entities.fetched import read
from extension.entities.registry import build
from extension.entities.rolling_back import rolled_back
from extension.entities.settings_file import exported, imported
from extension.sync.errors import BadInput
from tests.unit import books

FACTS = books.fetched()
DOCUMENT = books.settings(FACTS)
FILE = exported(DOCUMENT, FACTS)

crm_names = st.sampled_from(["", "Nowhere", *(field.name for field in crm_choices("account", read(FACTS)))])
xero_paths = st.sampled_from(["", "Nowhere", "Phones[", *(field.path for field in xero_choices("account"))])
words = st.sampled_from(["", "both", "to_xero", "to_zoho", "derived", "zoho", "xero", "newest", "ask", "?"])
texts = st.one_of(st.just(""), st.text(max_size=12), st.sampled_from(["{name}", "{", "{0}", "{a.b}", "{phone!r}"]))
cells = st.fixed_dictionaries(
    {"zoho": crm_names, "xero": xero_paths, "direction": words, "owner": words, "default_zoho": texts}
    | {"default_xero": texts}
)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-3, 10**6), st.text(max_size=6), st.floats())
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=6), inner, max_size=3)),
)


@given(st.lists(cells, max_size=4), st.sets(st.integers(0, 20), max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_rows_are_refused_or_can_be_used(new: list[dict[str, str]], drop: set[int]) -> None:
    kept = [draft for n, draft in enumerate(drafts_of(DOCUMENT, "account")) if n not in drop]
    drafts = kept + [Draft(f"new{n}", "", **row) for n, row in enumerate(new)]
    edited = with_fields(DOCUMENT, "account", drafts, FACTS)
    assert all(edited.wrong.values()), "what is wrong is said in words"
    if edited.fine:
        build(edited.document, FACTS)
        again = with_fields(edited.document, "account", drafts_of(edited.document, "account"), FACTS)
        assert again.document == edited.document, "what was saved is shown, and saved again, as it is"


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(one for key, each in inner for one in places(each, (*path, key)))]


def opened(content: bytes) -> Edited | None:
    """None: refused as no file of ours."""
    try:
        return imported(content, DOCUMENT, FACTS)
    except BadInput:
        return None


PLACES = [path for path in places(FILE) if path]


def changed(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    made = copy.deepcopy(document)
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return made


@given(st.sampled_from(PLACES), values)
@settings(max_examples=300, deadline=None)
def test_any_file_is_refused_or_can_be_used(path: tuple[Any, ...], value: Any) -> None:
    content = json.dumps(changed(FILE, path, value)).encode("utf-8", "surrogatepass")
    edited = opened(content)
    if edited is not None and edited.fine:
        build(edited.document, FACTS)
        assert between(DOCUMENT, edited.document) is not None
        again = imported(json.dumps(exported(edited.document, FACTS)).encode(), edited.document, FACTS)
        assert between(edited.document, again.document) == []


@given(st.binary(max_size=60))
def test_any_bytes_are_no_settings(content: bytes) -> None:
    assert opened(content) is None


edits = st.sampled_from(
    [
        lambda d: d["accounts"].update(sales="260"),
        lambda d: d["accounts"].update(purchases=None),
        lambda d: d["policies"].update(document_limit=7),
        lambda d: d["policies"]["retire"].update(vendor="archive"),
        lambda d: d["entities"]["account"].update(fields=d["entities"]["account"]["fields"][:-1]),
        lambda d: d["entities"]["account"]["fields"][1].update(owner="ask"),
        lambda d: d["entities"]["vendor"]["fields"][1].update(default_xero="x"),
        lambda d: d["entities"]["purchase_order"].update(enabled=False),
        lambda d: d["taxes"].update(sales=d["taxes"]["sales"][:-1]),
        lambda d: d["status"]["invoice"].append({"zoho": "Created", "xero": "PAID", "direction": "to_zoho"}),
        lambda d: d.update(notify={"email": "a@example.com", "on_loss": True}),
        lambda d: d.update(keep_days=30),
    ]
)


@given(st.lists(edits, min_size=1, max_size=3), st.lists(edits, max_size=3))
@settings(max_examples=100, deadline=None)
def test_taking_back_touches_nothing_else(first: list[Any], later: list[Any]) -> None:
    """The change and its undoing cancel out; what came later is as it was, or the undoing is refused."""
    after = copy.deepcopy(DOCUMENT)
    for edit in first:
        edit(after)
    now = copy.deepcopy(after)
    for edit in later:
        edit(now)
    names = sorted({*DOCUMENT, *after})
    parts = [(n, DOCUMENT.get(n), after.get(n)) for n in names if DOCUMENT.get(n) != after.get(n)]
    edited = rolled_back(now, parts, FACTS)
    if not later:
        assert edited.fine, edited.wrong
        assert between(DOCUMENT, edited.document) == []
    elif edited.fine:
        undone = {one.where for one in between(now, edited.document)}
        assert undone <= {one.where for one in between(DOCUMENT, after)}
