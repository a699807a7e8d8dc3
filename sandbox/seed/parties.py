"""The companies and people the dealer knows: in the CRM, in Xero, or in both.

A party is one company in the world; which side knows it, and where the two descriptions differ, is part of it. The
first accounts are placed by hand, because each is a case that a synchronisation gets wrong when it guesses.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sandbox.seed import words
from sandbox.seed.draw import Address, Draw, Person, plain

CUSTOMER, SUPPLIER, NEITHER = "customer", "supplier", "neither"

TWINS = "Harbour View Dental"
BOTH_ROLES = "Kererū Print & Packaging Ltd"
UNTICKED = "O'Sullivan & Tūranga Legal"
STAMPED = "Aoraki Engineering Ltd"
STAMP_GONE = "Blue Ridge Surveyors"
ARCHIVED = "Café Décor ☕"
CROWDED = "Canterbury Grammar School"
AUSTRALIAN = "墨尔本办公 Melbourne Office Pty Ltd"
# The CRM's name carries a combining accent, Xero's the composed letter: equal only after NFKC.
ONE_MAILBOX, ONE_MAILBOX_IN_XERO = "Le Petit Cafe\u0301", "Le Petit Café"
DOUBLE_SPACE = "Tasman  Timber Crafts"


@dataclass(frozen=True)
class Contact:
    """A person as the CRM holds one."""

    zoho_id: str
    person: Person
    created: datetime
    changed: datetime
    ticked: bool = True


@dataclass(frozen=True)
class Party:
    """One company; an id of None means that this side does not know it."""

    name: str
    zoho_id: str | None
    xero_id: str | None
    address: Address
    phone: str
    tax_number: str
    created: datetime
    changed: datetime
    xero_changed: datetime
    role: str = CUSTOMER
    xero_name: str = ""
    xero_phone: str = ""
    xero_number: str = ""
    email: str | None = None
    currency: str = "NZD"
    ticked: bool = True
    archived: bool = False
    stamp: str | None = None
    contacts: tuple[Contact, ...] = ()
    people: tuple[Person, ...] = ()

    @property
    def on_both(self) -> bool:
        """Known to both sides and free to travel."""
        return bool(self.zoho_id and self.xero_id and self.ticked and not self.archived)


def party(draw: Draw, name: str, *, zoho: bool = True, xero: bool = False, people: int = 1) -> Party:
    """A company with nothing odd about it; its people are the same on every side that knows it."""
    address, phone = draw.address_and_phone()
    created = draw.beginning()
    persons: list[Person] = []
    for place in range(people):
        persons.append(draw.person(name, persons, with_email=place == 0 or draw.chance(85)))
    made = Party(
        name=name,
        zoho_id=draw.zoho_id() if zoho else None,
        xero_id=draw.guid() if xero else None,
        address=address,
        phone=phone,
        tax_number=draw.tax_number(),
        created=created,
        changed=draw.moment(),
        xero_changed=draw.moment(),
        people=tuple(persons) if xero else (),
    )
    return replace(made, contacts=contacts_of(draw, made, persons)) if zoho else made


def contacts_of(draw: Draw, owner: Party, persons: list[Person]) -> tuple[Contact, ...]:
    """The CRM's contacts, each younger than the one before: the oldest is the primary one."""
    return tuple(
        Contact(draw.zoho_id(), person, owner.created + timedelta(days=place), draw.moment(), owner.ticked)
        for place, person in enumerate(persons)
    )


def special_accounts(draw: Draw, story: list[str]) -> list[Party]:
    """The ten accounts that every company has, whatever its size."""
    for name in (TWINS, BOTH_ROLES, UNTICKED, STAMPED, STAMP_GONE, ARCHIVED, CROWDED, AUSTRALIAN, DOUBLE_SPACE):
        draw.claim(name)
    draw.claim(ONE_MAILBOX_IN_XERO)
    made = [
        _both_roles(draw, story),
        *_twins(draw, story),
        _unticked(draw, story),
        _stamped(draw, story),
        _stamp_gone(draw, story),
        _archived(draw, story),
        _crowded(draw, story),
        _australian(draw, story),
        _one_mailbox(draw, story),
    ]
    story.append("unicode: names carry macrons, CJK, an emoji, apostrophes and a combining accent")
    return made


def _both_roles(draw: Draw, story: list[str]) -> Party:
    story.append(f"both_roles: {BOTH_ROLES} is account and vendor in the CRM, one contact with both roles in Xero")
    made = party(draw, BOTH_ROLES, xero=True, people=2)
    second = replace(made.people[1], email=None)
    story.append(f"no_email: {second.name} of {BOTH_ROLES} has no e-mail on either side and is paired by name")
    contacts = (made.contacts[0], replace(made.contacts[1], person=second))
    return replace(made, people=(made.people[0], second), contacts=contacts)


def _twins(draw: Draw, story: list[str]) -> list[Party]:
    story.append(
        f"twins_by_name: two accounts are called {TWINS}, and one Xero contact; nobody can tell which is which"
    )
    first, second = party(draw, TWINS, xero=True), party(draw, TWINS)
    return [first, second]


def _unticked(draw: Draw, story: list[str]) -> Party:
    story.append(f"unticked: {UNTICKED} is not ticked Add to Xero, but a contact of that name is in Xero")
    made = party(draw, UNTICKED, xero=True)
    return replace(made, ticked=False, contacts=tuple(replace(c, ticked=False) for c in made.contacts))


def _stamped(draw: Draw, story: list[str]) -> Party:
    story.append(f"stamp_right: {STAMPED} carries the Xero ID of a contact that is called differently there")
    made = party(draw, STAMPED, xero=True, people=3)
    return replace(made, stamp=made.xero_id, xero_name="Aoraki Engineering Limited", xero_number="CUST-0042")


def _stamp_gone(draw: Draw, story: list[str]) -> Party:
    story.append(f"stamp_gone: {STAMP_GONE} carries a Xero ID that Xero does not know")
    return replace(party(draw, STAMP_GONE), stamp=draw.guid())


def _archived(draw: Draw, story: list[str]) -> Party:
    story.append(f"archived: {ARCHIVED} is a live account, the Xero contact of that name is archived")
    return replace(party(draw, ARCHIVED, xero=True), archived=True)


def _crowded(draw: Draw, story: list[str]) -> Party:
    story.append(f"six_people: {CROWDED} has six contacts, one more than Xero keeps")
    made = party(draw, CROWDED, people=6)
    contacts = [
        replace(contact, person=replace(contact.person, email=f"office{place}@cgs.example"))
        for place, contact in enumerate(made.contacts, 1)
    ]
    return replace(made, contacts=tuple(contacts))


def _australian(draw: Draw, story: list[str]) -> Party:
    story.append(f"foreign_currency: {AUSTRALIAN} is invoiced in AUD")
    address = Address("88 Collins Street", "Melbourne", "VIC", "3000", "Australia")
    made = replace(party(draw, AUSTRALIAN), address=address, phone="+61 3 9602 4410")
    return replace(made, currency="AUD", tax_number="51 824 753 556")


def _one_mailbox(draw: Draw, story: list[str]) -> Party:
    story.append(f"twins_by_email: two contacts of {ONE_MAILBOX_IN_XERO} share one mailbox")
    made = party(draw, ONE_MAILBOX, xero=True, people=2)
    shared = [replace(c, person=replace(c.person, email="bonjour@lepetitcafe.example")) for c in made.contacts]
    return replace(made, xero_name=ONE_MAILBOX_IN_XERO, contacts=tuple(shared), people=(shared[0].person,))


def ordinary_account(draw: Draw, number: int) -> Party:
    """Of ten accounts four are known to the CRM alone, four to both sides, two were linked by an earlier product."""
    people = draw.one((1, 1, 1, 1, 2, 2, 2, 3, 3, 4))
    name = draw.company()
    match number % 10:
        case 0 | 4 | 5:
            return party(draw, name, people=people)
        case 7:
            made = party(draw, name, people=people)
            return replace(made, ticked=False, contacts=tuple(replace(c, ticked=False) for c in made.contacts))
        case 2 | 9:
            made = party(draw, name, xero=True, people=people)
            return replace(made, stamp=made.xero_id)
        case _:
            return _described_twice(draw, party(draw, name, xero=True, people=people), number)


def _described_twice(draw: Draw, made: Party, number: int) -> Party:
    """Two people kept two books: some telephone numbers and some persons differ."""
    people = made.people
    if number % 4 == 1:
        people = (*people, draw.person(made.name, people))
    elif number % 4 == 3 and len(people) > 1:
        people = people[:-1]
    other_phone = draw.address_and_phone()[1] if number % 3 == 0 else ""
    return replace(made, people=people, xero_phone=other_phone)


def vendors(draw: Draw, count: int, both_roles: Party, story: list[str]) -> list[Party]:
    """The CRM's suppliers; the first is the company that is a customer too."""
    story.append("double_space: the vendor Tasman Timber Crafts has two spaces in its name, which Xero refuses")
    made = [
        replace(both_roles, zoho_id=draw.zoho_id(), role=SUPPLIER, contacts=(), email=both_roles.people[0].email),
        replace(party(draw, DOUBLE_SPACE, people=0), role=SUPPLIER, email="orders@tasmantimber.example"),
    ]
    for number in range(count - len(made)):
        on_both = number % 5 in (0, 2, 3)
        vendor = replace(party(draw, draw.company(words.SUPPLIES), xero=on_both, people=int(on_both)), role=SUPPLIER)
        stamp = vendor.xero_id if number % 10 == 3 else None
        email = vendor.people[0].email if on_both else f"orders@{plain(vendor.name)}.example"
        made.append(replace(vendor, contacts=(), email=email, stamp=stamp, ticked=number % 10 != 4))
    return made


def only_in_xero(draw: Draw, count: int, story: list[str]) -> list[Party]:
    """Contacts that the bookkeeper made: customers, suppliers, and some who are neither yet."""
    story.append("only_in_xero: some Xero contacts are customers, some suppliers, some neither; a few have no person")
    roles = (CUSTOMER, SUPPLIER, CUSTOMER, SUPPLIER, NEITHER)
    made = []
    for number in range(count):
        role = roles[number % 5]
        name = draw.company(words.SUPPLIES if role == SUPPLIER else words.TRADES)
        own = replace(party(draw, name, zoho=False, xero=True, people=draw.number(1, 2)), role=role)
        if number % 10 == 4:
            own = replace(own, people=())
        elif number % 10 == 7:
            own = replace(own, people=(Person("", "", own.people[0].email, "", ""),))
        made.append(own)
    closed = party(draw, "Old Mill Stationers", zoho=False, xero=True)
    return [*made, replace(closed, role=NEITHER, archived=True)]


def without_company(draw: Draw, story: list[str]) -> tuple[list[Contact], list[Party]]:
    """Contacts that belong to no account: each is a Xero contact of its own."""
    story.append("no_company: three contacts have no account; one of them is in Xero under their own name")
    contacts: list[Contact] = []
    in_xero = []
    for number in range(3):
        person = draw.person("inbox", [c.person for c in contacts])
        contacts.append(Contact(draw.zoho_id(), person, draw.beginning(), draw.moment(), ticked=number != 2))
        if number == 0:
            own = party(draw, draw.claim(person.name), zoho=False, xero=True, people=0)
            in_xero.append(replace(own, people=(person,), role=NEITHER))
    return contacts, in_xero
