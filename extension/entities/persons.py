"""Who is who among the people of one Xero contact, which gives them no ids.

Pure. A person's number is the identity, the place (the contact's own name and e-mail, or the nth contact person) is
only a field: people are paired anew at every observation, the primary one included, so that a swap of places keeps
both links. New ones get the next number that was never used; who vanished and comes back gets the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from extension.entities.values import key, name, text
from extension.sync.canonical import Fields

NATIVE: Final = {"first_name": "FirstName", "last_name": "LastName", "email": "EmailAddress"}
"""A person's fields as Xero calls them, of the contact itself and of its contact persons."""
MOST: Final = 5  # contact persons that Xero keeps beside the primary one (facts/xero.md 3.9)

Names: TypeAlias = dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Person:
    """One person as a row shows them; `place` 0 is the contact itself."""

    place: int
    first: str | None
    last: str | None
    email: str | None

    @property
    def full_name(self) -> str | None:
        return f"{self.first} {self.last}" if self.first and self.last else self.first or self.last

    @property
    def fields(self) -> Names:
        return {"first_name": self.first, "last_name": self.last, "email": self.email}


def people_of(row: Mapping[str, Any]) -> list[Person]:
    """Everybody a contact's row shows; a primary person is one only where a name or an e-mail is filled in."""
    found = [_person(0, row)]
    found += [_person(place, entry) for place, entry in enumerate(row.get("ContactPersons") or (), 1)]
    return [person for person in found if person.first or person.last or person.email]


def _person(place: int, entry: Mapping[str, Any]) -> Person:
    get = entry.get
    return Person(place, name(get("FirstName")), name(get("LastName")), text(get("EmailAddress")))


def person_with(place: int, fields: Fields) -> Person:
    """Somebody with these values."""
    return Person(place, *(fields.get(name) for name in NATIVE))


# What two observations of one person have in common, strongest first.
Feature: TypeAlias = Callable[[Fields], str | None]


def email_key(fields: Fields) -> str | None:
    return key(fields.get("email"))


def name_key(fields: Fields) -> str | None:
    first, last = fields.get("first_name"), fields.get("last_name")
    return key(f"{first or ''} {last or ''}")


def everything(fields: Fields) -> str | None:
    return "\n".join(key(fields.get(name)) or "" for name in ("email", "first_name", "last_name"))


FEATURES: Final[Sequence[Feature]] = (everything, email_key, name_key)


def numbered(people: Sequence[Person], known: Mapping[int, Fields], gone: Mapping[int, Fields]) -> dict[int, Person]:
    """Numbers for the people seen now. `known`: those seen last, by number; `gone`: those who vanished before."""
    if not known and not gone:
        return {person.place: person for person in people}
    found: dict[int, Person] = {}
    waiting = list(people)
    lost, returned = dict(known), dict(gone)
    for numbers in (lost, returned):
        for feature in FEATURES:
            waiting = _paired(waiting, numbers, feature, found)
    if len(waiting) == len(lost) == 1:
        ((number, last_seen),) = lost.items()
        if _resembles(waiting[0].fields, last_seen):  # renamed; else one left and another came
            found[number] = waiting.pop()
    following = max([*known, *gone], default=-1) + 1
    found.update(enumerate(waiting, following))
    return found


def _resembles(one: Fields, two: Fields) -> bool:
    """Whether a name's word or an e-mail's first part is the same."""
    words = [set((name_key(fields) or "").split()) for fields in (one, two)]
    mailboxes = [(email_key(fields) or "").partition("@")[0] for fields in (one, two)]
    return bool(words[0] & words[1]) or (mailboxes[0] == mailboxes[1] != "")


def _paired(
    people: Iterable[Person], lost: dict[int, Fields], feature: Feature, found: dict[int, Person]
) -> list[Person]:
    """Pairs by one feature, in order where several share it; returns who is left."""
    numbers: dict[str, list[int]] = {}
    for number in sorted(lost):
        value = feature(lost[number])
        if value is not None:
            numbers.setdefault(value, []).append(number)
    left: list[Person] = []
    for person in people:
        value = feature(person.fields)
        if value is not None and numbers.get(value):
            number = numbers[value].pop(0)
            found[number] = person
            del lost[number]
        else:
            left.append(person)
    return left
