"""Why a record needs attention, and what a person can do about it: one table over every reason that a run can give.

Pure. A reason has a heading, an explanation that a bookkeeper understands, the ways out that are decisions of a
person, and the settings page that mends it for all records of its kind. What a service refused can be tried again,
whatever the reason: that is a property of the record and not of the reason, so it is not in this table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from extension.sync.canonical import Side, other

Verb: TypeAlias = Literal["take", "link", "create", "ignore", "keep", "retire", "recreate", "send", "round"]
Mend: TypeAlias = Literal["fields", "statuses", "taxes", "accounts", "documents", "policies", "modules"]

UNLINKED: Final[tuple[Verb, ...]] = ("ignore",)
MATCHING: Final[tuple[Verb, ...]] = ("link", "create", "ignore")
GONE: Final[tuple[Verb, ...]] = ("retire", "recreate", "keep")
NUMBERS: Final[tuple[Verb, ...]] = ("send", "round")  # said of two numbers that differ, and of exactly these


@dataclass(frozen=True)
class Reason:
    """Why something is held. `ways`: what a person may decide. `mend`: the settings that cure all of them."""

    heading: str
    why: str
    ways: tuple[Verb, ...] = ()
    mend: Mend | None = None


REASONS: Final[Mapping[str, Reason]] = {
    # ---- who is who
    "ambiguous": Reason(
        "Not sure which records belong together",
        "Several records look like the same thing, or one that looks like it is linked already. Nothing is guessed.",
        MATCHING,
    ),
    "exists_unticked": Reason(
        "Exists in the CRM, but is not ticked",
        "The CRM has a record like it without “Add to Xero”. Tick it there and the two are linked, or rename one.",
        UNLINKED,
    ),
    "duplicate": Reason(
        "The name, code or number is taken",
        "The other side has such a record already, and it cannot be told whether it is this one.",
        ("link", "ignore"),
    ),
    "party_differs": Reason(
        "Same number, different company",
        "Both sides have a document with this number, but for different companies.",
        UNLINKED,
    ),
    "totals_apart": Reason(
        "Same number, different total",
        "Both sides have a document with this number for this company, but they come to different totals. Correct one "
        "of them; once both agree, they are linked.",
        UNLINKED,
    ),
    "number_retired": Reason(
        "The number was used before",
        "Xero has a voided or deleted document with this number. It is never used again: give this one another.",
        UNLINKED,
    ),
    "not_recognised": Reason(
        "Stored differently than it was sent",
        "The service stored the record, but not so that it can be recognised. Look at it there before trying again.",
        ("link", "ignore"),
    ),
    # ---- both sides have something to say
    "conflict": Reason(
        "Changed on both sides",
        "Two people changed the same field, one in the CRM and one in Xero. Choose whose value counts.",
        ("take",),
        "policies",
    ),
    "rewritten": Reason(
        "Changed back again and again",
        "A value of ours was overwritten twice, perhaps by a workflow. Find what changes it, or unmap the field.",
        (),
        "fields",
    ),
    "not_cleared": Reason(
        "Cleared on one side, kept by the other",
        "One service keeps a value that was emptied on the other side. Clear it there by hand, or fill it in again.",
    ),
    "moved": Reason(
        "Belongs to another company there",
        "This person belongs to one company in the CRM and to another in Xero. People cannot move in Xero.",
    ),
    # ---- gone on one side
    "gone": Reason(
        "Deleted, archived or merged on one side",
        "Its counterpart is gone. Put this one away as well, make the counterpart anew, or keep this one by itself.",
        GONE,
        "policies",
    ),
    "gone_edited": Reason(
        "Gone on one side, edited on the other",
        "Its counterpart is gone, but somebody edited this one since. Nothing is put away before you say so.",
        GONE,
        "policies",
    ),
    "merged": Reason(
        "Merged into a record that is linked already",
        "Its counterpart was merged into another record, and that one has a counterpart of its own. Merge the two "
        "here as well; then nothing is left to decide.",
        GONE,
    ),
    "other_role": Reason(
        "Customer and supplier at once",
        "The contact in Xero is needed in its other role, so it is not archived there.",
        ("keep",),
    ),
    "cannot_retire": Reason(
        "Cannot be put away from here",
        "The service offers no way to put this record away. Do it there by hand, or keep it.",
        ("keep",),
    ),
    # ---- waits for another record
    "waiting": Reason(
        "Waits for another record",
        "It refers to a record that is not linked yet. Settle that one first; this one follows by itself.",
        UNLINKED,
    ),
    "person_limit": Reason(
        "Too many people for one Xero contact",
        "Xero keeps six people of a contact. Untick somebody in the CRM, or leave this one in one system.",
        UNLINKED,
    ),
    "stale": Reason(
        "Changed while it was being written",
        "Somebody edited the record at the same moment. The next synchronisation reads it again.",
    ),
    # ---- money
    "total_differs": Reason(
        "The totals differ",
        "The document comes to different totals on the two sides. Send it anyway, let a rounding line carry the "
        "difference, or edit one of the two: look at taxes, discounts and prices of the lines.",
        NUMBERS,
        "taxes",
    ),
    "tax_total_differs": Reason(
        "The taxes differ",
        "The totals agree, and the tax in them does not. Let it stand, or check the tax of each line.",
        ("send",),
        "taxes",
    ),
    "no_rounding_account": Reason(
        "No account for rounding lines",
        "A line is to carry the difference of the totals, and nobody said yet where it is posted.",
        NUMBERS,
        "documents",
    ),
    "currency_differs": Reason(
        "The currencies differ",
        "The document is in one currency in the CRM and in another in Xero. Correct it on one side.",
    ),
    "no_rate": Reason(
        "No exchange rate",
        "The document is in a foreign currency, and your settings send the CRM's exchange rate to Xero. It has none.",
    ),
    "currency": Reason(
        "A currency is missing",
        "The other side does not have the currency of this document. Add it there, then fetch the data again.",
        UNLINKED,
    ),
    "document_discount": Reason(
        "Discount on the whole document",
        "Xero has no discount of a whole document. Choose an account, so that a line of Xero stands for it; or put it "
        "into the lines.",
        UNLINKED,
        "documents",
    ),
    "document_tax": Reason(
        "Tax on the whole document",
        "Xero taxes lines. A tax of the whole travels where the CRM names it and it comes to the same line by line. "
        "Put this one on the lines.",
        UNLINKED,
    ),
    "adjustment": Reason(
        "Adjustment on the whole document",
        "Xero has no adjustment of a whole document. Choose an account, so that a line of Xero stands for it; or put "
        "it into a line. Where Xero's prices include tax, it can only be a line.",
        (),
        "documents",
    ),
    "charge_line": Reason(
        "A line that stands for an amount of the whole",
        "In Xero, one line stands for the discount or the adjustment in the CRM's header. It has no item, and a "
        "discount takes something off. Correct that line in Xero.",
    ),
    "too_many_lines": Reason(
        "Too many lines",
        "The CRM takes 200 lines of a document. Put lines together, or make two documents of it.",
        UNLINKED,
    ),
    "discount": Reason(
        "A discount that Xero cannot carry",
        "A line of an order in Xero takes a percentage with two decimals only, a bill takes none. Change the discount, "
        "or put it into the price.",
    ),
    "tax_unmapped": Reason(
        "A tax without a counterpart",
        "A tax of this document stands for none on the other side. Complete the tax mapping.",
        (),
        "taxes",
    ),
    "tax_ambiguous": Reason(
        "A tax with several counterparts",
        "A tax of this document could be one of several on the other side. Say which in the tax mapping.",
        (),
        "taxes",
    ),
    "taxes_together": Reason(
        "Several taxes on one line",
        "Xero has one rate on a line. Say in the tax mapping which rate stands for these taxes together.",
        (),
        "taxes",
    ),
    "untaxed": Reason(
        "A tax in a document without tax",
        "New documents are without tax in Xero, and this one bears some. Take it off its lines, or change the setting.",
        UNLINKED,
        "taxes",
    ),
    "tax_refused": Reason(
        "A tax that the account does not take",
        "Xero allows this rate with other kinds of account only. Choose another tax, or another account for the item.",
        (),
        "accounts",
    ),
    "account_archived": Reason(
        "An account is archived in Xero",
        "A line would be posted to it. Restore the account in Xero, or give the item or its category another one.",
        (),
        "accounts",
    ),
    "account_refused": Reason(
        "An account that takes no lines",
        "Xero posts nothing from a document to this account. Choose another one for the item or its category.",
        (),
        "accounts",
    ),
    "no_account": Reason(
        "No account for a line",
        "A line has no account in Xero and there is no default. Choose a default account, or give the item one.",
        (),
        "accounts",
    ),
    # ---- something is missing or does not fit
    "missing": Reason(
        "Something required is missing",
        "The other side needs a value that is blank here, or does not know the record (any more).",
        UNLINKED,
        "fields",
    ),
    "no_code": Reason(
        "Product without a code", "Xero needs a code for every item. Give the product one in the CRM.", UNLINKED
    ),
    "code_too_long": Reason(
        "Product code too long", "Xero takes 30 characters. Give the product a shorter code in the CRM.", UNLINKED
    ),
    "no_last_name": Reason(
        "Person without a last name", "The CRM needs a last name. Fill it in in Xero.", UNLINKED
    ),
    "no_due_date": Reason(
        "Invoice without a due date", "Xero approves no invoice without a due date. Fill it in in the CRM.", UNLINKED
    ),
    "no_number": Reason(
        "Bill without a number",
        "A bill is known by its number and its supplier. Fill in the number of the purchase order in the CRM.",
        UNLINKED,
    ),
    "no_lines": Reason("Document without lines", "Add a line, or leave the document out.", UNLINKED),
    "no_quantity": Reason("Line without a quantity", "The CRM needs a quantity on each line. Fill it in in Xero."),
    "no_product": Reason(
        "Line without an item",
        "The CRM needs a product on each line. Give the line an item in Xero, or choose a product for such lines.",
        (),
        "accounts",
    ),
    "no_description": Reason(
        "Line without a description", "Xero needs an item or a description on each line. Describe it in the CRM."
    ),
    "too_long": Reason(
        "A value is too long", "The other side takes fewer characters. Shorten it, or lengthen the field there."
    ),
    "email_refused": Reason("An e-mail address is not accepted", "Xero does not take this address. Correct it."),
    "value_unmapped": Reason(
        "A value without a counterpart",
        "A value of a list stands for none on the other side. Complete the mapping.",
        (),
        "fields",
    ),
    "cannot_clear": Reason(
        "A field that cannot be emptied", "Xero does not let this field be cleared. Fill it in again in the CRM."
    ),
    # ---- status and locks
    "status_unmapped": Reason(
        "A status without a counterpart",
        "Its status stands for none on the other side. Complete the status mapping.",
        (),
        "statuses",
    ),
    "status_refused": Reason(
        "A change of status that Xero does not make",
        "Xero does not go from its status to the one wanted. Change it in Xero, or set the CRM's status back.",
        (),
        "statuses",
    ),
    "locked": Reason(
        "Locked in its service",
        "It is paid, voided, approved or in a closed period, and cannot be changed there.",
    ),
    "period_locked": Reason(
        "In a closed period",
        "Xero takes no document, and no change of one, that is dated before the lock date. Change the date, or ask "
        "whoever keeps the books to move the lock date, and try again.",
    ),
    "no_permission": Reason(
        "Not allowed there",
        "The person who connected the service may not edit this record. Ask the administrator of that service.",
    ),
    # ---- a service said no
    "invalid": Reason("Refused by the service", "The service did not accept the content. Its own words are below."),
    "refused": Reason("Refused by the service", "The service said no. Its own words are below."),
    "forbidden": Reason(
        "Not allowed there",
        "The person who connected the service may not do this. Ask the administrator of that service.",
    ),
    "not_supported": Reason("Not offered by the service", "The service does not offer this for this record."),
    "not_allowed": Reason("Not sent", "The write would have gone to another organisation, so it was not sent."),
    "null_refused": Reason("A field that cannot be emptied", "Xero does not take an empty value here. Fill it in."),
    "unreachable": Reason("The service could not be reached", "Nothing was sent. The next synchronisation asks again."),
}  # fmt: skip

OTHER: Final = Reason("Needs a person", "What is known of it is below.")

SERVICE: Final[Mapping[Side, str]] = {"zoho": "the CRM", "xero": "Xero"}


def reason(code: str) -> Reason:
    """What is known of a reason; one that an older version gave still has a heading."""
    return REASONS.get(code, OTHER)


def label(verb: str, side: Side, takes: Side | None = None, *, linked: bool = False) -> str:
    """What stands on the button. `side`: of the record that is held; `linked`: it has its counterpart."""
    there = SERVICE[other(side)]
    match verb:
        case "take":
            return "Take Xero's value" if takes == "xero" else "Take the CRM's value"
        case "create":
            return f"Create in {there}"
        case "retire":
            return f"Put away in {SERVICE[side]}"
        case "recreate":
            return f"Make anew in {there}"
        case "send":
            return "Let the difference stand" if linked else "Send anyway"
        case "round":
            return "Add a rounding line"
    return {"link": "Link", "ignore": "Ignore", "keep": "Keep unlinked"}[verb]


def said(verb: str, takes: str | None = None) -> str:
    """What was decided, until the next run acted on it."""
    match verb:
        case "take":
            return "Xero's value will be taken" if takes == "xero" else "The CRM's value will be taken"
    return {
        "link": "Will be linked",
        "create": "Will be created",
        "ignore": "Ignored",
        "keep": "Kept without a counterpart",
        "retire": "Will be put away",
        "recreate": "Will be made anew",
        "send": "This difference may stand",
        "round": "A line will carry the difference",
    }.get(verb, verb)


def order(codes: Sequence[str]) -> list[str]:
    """Codes as the table has them, unknown ones last."""
    known = list(REASONS)
    return sorted(codes, key=lambda code: (known.index(code) if code in REASONS else len(known), code))
