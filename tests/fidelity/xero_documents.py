"""Rules of the local Xero taken out: what may become of a document, its lines, its contact (5.2, 12-14)."""

from __future__ import annotations

from typing import Final

from tests.fidelity.table import Mutation

DOCUMENTS: Final = (
    Mutation(
        12,
        "an approved invoice is not deleted",
        "xero/invoices.py",
        '    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),\n    "PAID"',
        '    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED", "DELETED"}),\n    "PAID"',
    ),
    Mutation(
        12,
        "an approved invoice does not become a draft",
        "xero/invoices.py",
        '    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED"}),\n    "PAID"',
        '    "AUTHORISED": frozenset({"AUTHORISED", "VOIDED", "DRAFT"}),\n    "PAID"',
    ),
    Mutation(
        12,
        "a draft is not voided",
        "xero/invoices.py",
        '    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),',
        '    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED", "VOIDED"}),',
    ),
    Mutation(
        12,
        "a submitted invoice may become a draft",
        "xero/invoices.py",
        'frozenset({"SUBMITTED", "DRAFT", "AUTHORISED", "DELETED"})',
        'frozenset({"SUBMITTED", "AUTHORISED", "DELETED"})',
    ),
    Mutation(
        12,
        "voided is the end",
        "xero/invoices.py",
        '    "VOIDED": frozenset(),',
        '    "VOIDED": frozenset({"VOIDED", "AUTHORISED"}),',
    ),
    Mutation(
        12,
        "deleted is the end",
        "xero/invoices.py",
        '    "DELETED": frozenset(),\n}\nSTATUSES',
        '    "DELETED": frozenset({"DELETED", "DRAFT"}),\n}\nSTATUSES',
    ),
    Mutation(
        12,
        "nothing is born paid",
        "xero/invoices.py",
        '    if status not in (*OPEN, "AUTHORISED"):',
        "    if status in RETIRED:",
    ),
    Mutation(
        12,
        "what is paid is not edited",
        "xero/invoices.py",
        "    if not sent <= allowed:\n        raise Invalid(HAS_PAYMENT)",
        "    if False:\n        raise Invalid(HAS_PAYMENT)",
    ),
    Mutation(
        12, "what is paid is not voided", "xero/invoices.py", '    if status == "VOIDED" and paid:', "    if False:"
    ),
    Mutation(
        12,
        "credit counts like a payment",
        "xero/invoices.py",
        '    paid = bool(old["AmountPaid"] or old["AmountCredited"])',
        '    paid = bool(old["AmountPaid"])',
    ),
    Mutation(
        12, "a paid bill keeps its money", "xero/invoices.py", "    if _money(row) != _money(old):", "    if False:"
    ),
    Mutation(
        12,
        "a paid bill may be described",
        "xero/invoices.py",
        '    "ACCPAY": fields.names(\n        "SentToContact Reference DueDate InvoiceNumber BrandingThemeID Contact Url LineItems PlannedPaymentDate"\n    ),',
        '    "ACCPAY": frozenset({"SentToContact"}),',
    ),
    Mutation(
        12,
        "nothing due is paid",
        "xero/settling.py",
        '    return row | {"Status": "PAID", "FullyPaidOnDate": last}',
        "    return row",
    ),
    Mutation(
        12,
        "the answer to a void shows what was due",
        "xero/invoices.py",
        '    return row | {"AmountDue": old["AmountDue"]}',
        "    return row",
    ),
    Mutation(
        12,
        "a later read shows nothing due",
        "xero/invoices.py",
        'old | {"Status": status, "AmountDue": ZERO})',
        'old | {"Status": status})',
    ),
    Mutation(
        12,
        "more than a draft needs a due date",
        "xero/invoices.py",
        '    if row["Status"] != "DRAFT" and not row.get("DueDate"):',
        "    if False:",
    ),
    Mutation(
        12,
        "more than a draft needs whole lines",
        "xero/invoices.py",
        'row = filled(desk, blank, wish, form, complete=status != "DRAFT", problems=problems)',
        "row = filled(desk, blank, wish, form, complete=False, problems=problems)",
    ),
    Mutation(
        12,
        "a deleted order takes no edit",
        "xero/orders.py",
        '    if old["Status"] == "DELETED":\n        raise Invalid(DELETED_LOCK)',
        "    if False:\n        raise Invalid(DELETED_LOCK)",
    ),
    Mutation(
        12,
        "an order is not billed from a draft",
        "xero/orders.py",
        '    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED"}),',
        '    "DRAFT": frozenset({"DRAFT", "SUBMITTED", "AUTHORISED", "DELETED", "BILLED"}),',
    ),
    Mutation(
        12,
        "a billed order goes nowhere but away",
        "xero/orders.py",
        '    "BILLED": frozenset({"BILLED", "DELETED"}),',
        '    "BILLED": frozenset({"BILLED", "DELETED", "AUTHORISED"}),',
    ),
    Mutation(
        12,
        "a billed order may be deleted",
        "xero/orders.py",
        '    "BILLED": frozenset({"BILLED", "DELETED"}),',
        '    "BILLED": frozenset({"BILLED"}),',
    ),
    Mutation(
        12,
        "only an approved order is marked as sent",
        "xero/orders.py",
        '    if (sent := wish.flag("SentToContact")) is not None and approved:',
        '    if (sent := wish.flag("SentToContact")) is not None:',
    ),
    Mutation(
        13,
        "a line keeps its id",
        "xero/lines.py",
        '        return {"LineItemID": desk.ids.guid(), "Tracking": []}\n    if desk.switches.line_update',
        '        return {"LineItemID": desk.ids.guid(), "Tracking": []}\n    old = old | {"LineItemID": desk.ids.guid()}\n    if desk.switches.line_update',
    ),
    Mutation(
        13,
        "a line with its id is that line",
        "xero/lines.py",
        '_start(desk, by_id.get(line_id or ""))',
        "_start(desk, None)",
    ),
    Mutation(
        13,
        "a line that is left out is gone",
        "xero/lines.py",
        "    return lines\n\n\ndef _start",
        "    kept = {line['LineItemID'] for line in lines}\n    return [*lines, *(line for line in old if line['LineItemID'] not in kept)]\n\n\ndef _start",
    ),
    Mutation(
        13,
        "a line of nobody's id is new",
        "xero/lines.py",
        '    by_id = {line["LineItemID"]: line for line in old}',
        '    by_id = dict(zip((wish.guid("LineItemID") for wish in sent), old, strict=False))',
    ),
    Mutation(
        13,
        "without lines, the lines stay",
        "xero/documents.py",
        '    if sent is not None:\n        row["LineItems"]',
        '    if sent is None:\n        row["LineItems"] = []\n    else:\n        row["LineItems"]',
    ),
    Mutation(
        14,
        "more than the id changes the contact",
        "xero/documents.py",
        "    if not any(name not in identity for name in block):\n        return",
        "    return",
    ),
    Mutation(
        14,
        "persons that are not named are dropped",
        "xero/documents.py",
        '    changes.setdefault("ContactPersons", [])',
        "    pass",
    ),
    Mutation(
        14,
        "the id alone changes nothing",
        "xero/documents.py",
        "    if not any(name not in identity for name in block):\n        return",
        "    pass",
    ),
    Mutation(
        14,
        "a name that nobody has makes a contact",
        "xero/documents.py",
        "            contact = contacts.save(desk, block, create=False)\n        else:",
        "            problems.add(NO_CONTACT)\n            return\n        else:",
    ),
)
