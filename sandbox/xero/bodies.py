"""Bodies of requests that write: JSON, or the XML that older clients such as pyxero send (facts/xero.md 3.7, 5.4).

An XML body says nothing about types: what it holds are texts, and `Wish` reads them. Other than in JSON, a name that
Xero does not know is refused in it (3.18, error 14). A document type is refused unread, so that no entity is expanded.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NoReturn
from xml.parsers import expat

import simplejson

from sandbox.xero.refusals import BadBody

DEEPEST: Final = 12
"""Levels of elements; the deepest that Xero knows, the name of a tracking category of a line, is the seventh."""
LISTS: Final[Mapping[str, str]] = {
    "Contacts": "Contact",
    "Invoices": "Invoice",
    "PurchaseOrders": "PurchaseOrder",
    "Items": "Item",
    "Payments": "Payment",
    "HistoryRecords": "HistoryRecord",
    "LineItems": "LineItem",
    "Tracking": "TrackingCategory",
    "SalesTrackingCategories": "SalesTrackingCategory",
    "PurchasesTrackingCategories": "PurchasesTrackingCategory",
    "Addresses": "Address",
    "Phones": "Phone",
    "ContactPersons": "ContactPerson",
    "ContactGroups": "ContactGroup",
    "CreditNotes": "CreditNote",
    "Prepayments": "Prepayment",
    "Overpayments": "Overpayment",
    "Attachments": "Attachment",
    "ValidationErrors": "ValidationError",
    "Warnings": "Warning",
    "InvoiceAddresses": "InvoiceAddress",
    "InvoicePaymentServices": "InvoicePaymentService",
}
"""Elements that hold a list -> what each of its entries is called."""


class Element(dict[str, Any]):
    """An element of an XML body, in which an unknown name is an error."""


def elements_of(body: bytes, content_type: str, name: str) -> list[Any]:
    """The elements of a body: an envelope whose key may be written in any case in JSON, or one bare object."""
    if content_type.partition(";")[0].strip().lower() in ("application/xml", "text/xml"):
        return _of_xml(body, name)
    try:
        parsed = simplejson.loads(body, use_decimal=True)
    except (simplejson.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadBody(f"The body is not JSON: {error}") from error
    if not isinstance(parsed, Mapping):
        raise BadBody("The body is not a JSON object")
    for key, value in parsed.items():
        if str(key).lower() == name.lower():
            return list(value) if isinstance(value, list) else [value]
    return [parsed]


def _of_xml(body: bytes, name: str) -> list[Any]:
    root, value = _Reader().read(body)
    if root == name:
        return list(value)
    if root != LISTS[name]:
        raise BadBody(f"{name} are expected, not {root}")
    return [value or Element()]


class _Reader:
    """Builds values while expat reads; the last of `_open` is the element that is being read."""

    def __init__(self) -> None:
        self._open: list[tuple[str, list[tuple[str, Any]], list[str]]] = []
        self._read: tuple[str, Any] = ("", "")

    def read(self, body: bytes) -> tuple[str, Any]:
        """The name of the root, and what it holds."""
        parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(body, True)
        except expat.ExpatError as error:
            raise BadBody(f"The body is not XML: {error}") from error
        return self._read

    def _refuse(self, *_: object) -> NoReturn:
        raise BadBody("A document type is not taken")

    def _start(self, name: str, _: object) -> None:
        if len(self._open) == DEEPEST:
            raise BadBody("The elements are nested too deep")
        self._open.append((name, [], []))

    def _text(self, text: str) -> None:
        self._open[-1][2].append(text)

    def _end(self, _: str) -> None:
        name, children, texts = self._open.pop()
        self._read = (name, _value(name, children, "".join(texts)))
        if self._open:
            self._open[-1][1].append(self._read)


def _value(name: str, children: list[tuple[str, Any]], text: str) -> Any:
    """A list, an element or a text."""
    if name in LISTS:
        if odd := [child for child, _ in children if child != LISTS[name]]:
            raise BadBody(f"{odd[0]} is no {LISTS[name]}")
        return [value or Element() for _, value in children]
    return Element(children) if children else text
