"""Settings, accounts: where lines are posted whose item names none, by category of product and otherwise, and what
stands for no item at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from flask import request
from flask.typing import ResponseReturnValue

from extension.entities.editing_policies import (
    TRADES,
    Posting,
    account_choices,
    categories_of,
    posting_of,
    with_posting,
)
from extension.entities.editing_taxes import HELD
from extension.entities.taxes import Trade
from extension.sync.canonical import ZOHO
from extension.web.access import Here
from extension.web.settings.desk import in_work, overtaken, pages, refused, saved, sheet

NO_ACCOUNT: Final = "None: such lines are held"
NO_OTHER: Final = "The default account"
NO_PRODUCT: Final = "None: such documents are held"


@pages.get("/settings/accounts", needs="manage")
def accounts(here: Here) -> ResponseReturnValue:
    return _page(here, posting_of(here.connection.settings), 200, {})


@pages.post("/settings/accounts")
def save_accounts(here: Here) -> ResponseReturnValue:
    chosen = Posting(
        {trade: request.form.get(trade, "") for trade in TRADES},
        request.form.get("itemless", "").strip(),
        {
            name: {trade: request.form.get(f"{name}:{trade}", "") for trade in TRADES}
            for name in categories_of(here.connection.settings, here.connection.fetched)
        },
    )
    if request.form.get("do") == "search":
        return _page(here, chosen, 200, in_work())
    stored = posting_of(here.connection.settings)
    known = chosen.itemless in ("", stored.itemless) or _title(here, chosen.itemless) is not None
    edited = with_posting(here.connection.settings, chosen, here.connection.fetched, known_product=known)
    late = overtaken(repr(stored))
    if late or not edited.fine:
        return _page(here, chosen, 409 if late else 400, {**refused(edited), **(late or {})})
    return saved(here, edited, "settings.accounts")


def _title(here: Here, product: str) -> str | None:
    found = here.house.store(here.connection).by_id("product", ZOHO, [product])
    return found[0].title if found and found[0].live else None


def _page(here: Here, chosen: Posting, status: int, said: Mapping[str, Any]) -> ResponseReturnValue:
    words = request.form.get("words", "").strip()[:100]
    newest = here.house.newest(here.connection, "product", ZOHO, words=words)
    products = [(each.id, each.title or each.id) for each in newest]
    if chosen.itemless and all(chosen.itemless != id_ for id_, _ in products):
        title = _title(here, chosen.itemless)
        products.insert(0, (chosen.itemless, title or f"{chosen.itemless} (not read from the CRM)"))
    fetched = here.connection.fetched
    choices = {trade: _choices(trade, chosen.accounts[trade], NO_ACCOUNT, fetched) for trade in TRADES}
    categories = {
        name: {
            trade: (code, _choices(trade, code, NO_OTHER, fetched))
            for trade in TRADES
            for code in [chosen.categories.get(name, {}).get(trade, "")]
        }
        for name in categories_of(here.connection.settings, fetched)
    }
    values = {
        "chosen": chosen,
        "choices": choices,
        "categories": categories,
        "products": [("", NO_PRODUCT), *products],
        "words_typed": words,
    }
    part = repr(posting_of(here.connection.settings))
    return sheet(here, "accounts.html", part, status=status, **{**values, **said})


def _choices(trade: Trade, code: str, none: str, fetched: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The accounts that are offered, and the one that is chosen, though Xero may have archived it."""
    offered = [(one.code, f"{one.code} · {one.name}") for one in account_choices(trade, fetched)]
    if code and all(code != value for value, _ in offered):
        offered.insert(0, (code, f"{code} · not offered for {trade}"))
    return [(HELD, none), *offered]
