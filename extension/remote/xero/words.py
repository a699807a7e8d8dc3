"""What Xero's bodies say: errors of whole calls and of single elements (facts/xero.md 3.7, 3.18).

Xero has no codes for rules that an element breaks, only sentences; those that were recorded are recognised here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from extension.remote import wire
from extension.remote.transport import Answer, Said
from extension.remote.xero.dates import plain
from extension.sync import errors

_TAKEN: Final = (
    (re.compile(r"contact name .* is already assigned", re.I | re.S), "Name"),
    (re.compile(r"contact number .* is already assigned", re.I | re.S), "ContactNumber"),
    (re.compile(r"invoice # must be unique", re.I), "InvoiceNumber"),
    (re.compile(r"order number must be unique", re.I), "PurchaseOrderNumber"),
    (re.compile(r"item with code .* already exists", re.I | re.S), "Code"),
)
_LOCKED: Final = re.compile(
    r"archived contact|not of valid status|(payments?|credit notes?) (or credit notes? )?allocated|lock date"
    r"|status change is invalid|deleted purchaseorders cannot be updated|locked period",
    re.I,
)
_RETIRED: Final = re.compile(r"deleted purchaseorders cannot be updated", re.I)  # of a new one: its number was used
_PERIOD: Final = re.compile(r"lock date|locked period", re.I)
PERIOD_HINT: Final = "Change the document's date, or have the period opened by whoever keeps the books; then try again."
_GONE: Final = re.compile(r"(could not|cannot|can not) be found|was not found|does not exist with", re.I)
_ABOUT: Final = (
    (re.compile(r"email", re.I), "EmailAddress"),
    (re.compile(r"account code", re.I), "AccountCode"),
    (re.compile(r"tax ?type", re.I), "TaxType"),
    (re.compile(r"currency", re.I), "CurrencyCode"),
    (re.compile(r"due ?date", re.I), "DueDate"),
    (re.compile(r"description", re.I), "Description"),
    (re.compile(r"item code|code '", re.I), "ItemCode"),
    (re.compile(r"contact name|\bname\b", re.I), "Name"),
)
_POSTED: Final = (
    (re.compile(r"account code .* has been archived", re.I | re.S), "account_archived"),
    (re.compile(r"account code .* is not a valid code", re.I | re.S), "account_refused"),
    (re.compile(r"taxtype code .* cannot be used with account code", re.I | re.S), "tax_refused"),
)
"""What is known before anything is sent (`entities.postings`), unless the chart was changed since it was fetched."""
POSTED_HINT: Final = "Fetch the data again: the chart of accounts in Xero is not what it was."
_SCOPE: Final = re.compile(r"insuffi?cc?i?ent_scope|insufficient", re.I)  # Xero misspells it


def listen(answer: Answer) -> Said:
    """The words of a call that failed as a whole. Bodies may be empty, HTML, or JSON in three spellings."""
    body = body_of(answer)
    lower = {key.lower(): value for key, value in body.items()}
    detail = str(lower.get("detail") or "")
    said = "; ".join(dict.fromkeys(messages(body))) or detail or str(lower.get("message") or lower.get("title") or "")
    scope = answer.status in (401, 403) and bool(_SCOPE.search(answer.headers.get("WWW-Authenticate", "")))
    return Said(
        message=said,
        fields=_fields(list(messages(body))),
        disconnected=answer.status == 403 and not scope and "authenticationunsuccessful" in detail.lower(),
        scope=scope,
        problem=wire.redact(answer.headers.get("X-Rate-Limit-Problem", "")),
    )


def body_of(answer: Answer) -> Mapping[str, Any]:
    """The JSON object of an answer, {} where there is none."""
    try:
        body = plain(answer.content)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def messages(element: Any) -> Iterator[str]:
    """Every validation message of an element, nested ones (lines, contact) included."""
    if isinstance(element, dict):
        for key, value in element.items():
            if key == "ValidationErrors" and isinstance(value, list):
                yield from (str(one.get("Message") or "") for one in value if isinstance(one, dict))
            else:
                yield from messages(value)
    elif isinstance(element, list):
        for one in element:
            yield from messages(one)


def element_refusal(said: Sequence[str], call: str) -> errors.Refused:
    """Why one element was refused."""
    found = [words for words in dict.fromkeys(said) if words]
    text = f"Xero: {wire.redact('; '.join(found)) or 'stored nothing, and did not say why'}"
    tags: dict[str, Any] = {"side": "xero", "call": call}
    for words in found:
        for pattern, key in _TAKEN:
            if pattern.search(words):
                return errors.Duplicate(text, key=key, **tags)
    if call == "create" and any(_RETIRED.search(words) for words in found):
        tags |= {"code": "number_retired", "hint": "Give this one another number."}
        return errors.Locked("Xero has a deleted order with this number, and a number is never used again.", **tags)
    if any(_PERIOD.search(words) for words in found):
        return errors.Locked(text, code="period_locked", hint=PERIOD_HINT, **tags)
    if any(_LOCKED.search(words) for words in found):
        return errors.Locked(text, **tags)
    if call != "create" and any(_GONE.search(words) for words in found):
        return errors.Missing(text, **tags)
    posted = next((code for words in found for pattern, code in _POSTED if pattern.search(words)), None)
    if posted is not None:
        tags |= {"code": posted, "hint": POSTED_HINT}
    return errors.Invalid(text, fields=_fields(found), **tags)


def _fields(said: Sequence[str]) -> dict[str, str]:
    return {
        name: wire.redact(words)
        for words in said
        for name in [next((name for pattern, name in _ABOUT if pattern.search(words)), "")]
        if name
    }
