"""One Xero contact, seen by up to three entities: what companies have in common, and the body that writes it.

Pure. Account and vendor see the company, contact its people. A write carries everything that these entities want
of one row. People go all at once, because who is left out is deleted (facts/xero.md 3.10); the first one takes the
place of the contact itself where that is blank.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

from extension.entities.entity import Pairing
from extension.entities.native import Body
from extension.entities.persons import MOST, NATIVE, name_key, numbered, people_of, person_with
from extension.entities.values import key, text, zoho_id
from extension.sync.actions import Part
from extension.sync.canonical import XERO, ZOHO, Fields, Side
from extension.sync.errors import Cannot
from extension.sync.model import Record, Row, State

PRIVATE: Final = "GDPRREQUEST"


class Company(Pairing):
    """An account or a vendor: a company by its name."""

    id_field = "ContactID"
    other_role: ClassVar[tuple[str, str]]  # Xero's flag, and the word for it

    def views(self, side: Side, row: Row, known: Sequence[Record]) -> list[Record]:
        body = row.body
        fields = self.read(side, body, row.id)
        state = self.state(side, row, fields)
        if side == XERO:
            stamp, births = zoho_id(text(body.get("ContactNumber"))), self.born(body)
            if body.get("ContactStatus") == PRIVATE:
                state = "out_of_scope"
        else:
            stamp, births = self.stamped(fields), True
        title = fields["name"] or ""
        natural = key(title)
        return [
            Record(
                entity=self.name,
                side=side,
                id=row.id,
                remote=row.id,
                feed=row.feed,
                modified=row.modified,
                fields=fields,
                state=state,
                handle=row.id,
                keys=(natural,) if natural else (),
                stamp=stamp,
                births=births,
                successor=merged_into(body) if side == XERO else None,
                title=title,
                version=self.version,
                read_at=row.read_at,
            )
        ]

    def born(self, body: Mapping[str, Any]) -> bool:
        """Whether a Xero contact begets this kind of record in the CRM by itself."""
        raise NotImplementedError

    def retired(self, side: Side, part: Part, current: Mapping[str, Any]) -> Body:
        if side != XERO or part.policy not in ("archive", "void"):
            return super().retired(side, part, current)
        flag, word = self.other_role
        if current.get(flag) is True:
            title = part.read.title if part.read is not None else ""
            raise Cannot(
                "other_role",
                f"“{title}” is a {word} in Xero as well, so it is not archived there.",
                "Archive it in Xero by hand if nobody needs it any more, or keep it unlinked.",
            )
        return {"ContactStatus": "ARCHIVED"}

    def probe_key(self, part: Part) -> str | None:
        return text(part.fields.get("name"))


def merged_into(body: Mapping[str, Any]) -> str | None:
    """The contact that somebody merged this one into; it shows when paging, and by id (facts/xero.md 3.13)."""
    return text(body.get("MergedToContactID"))


def supplier_only(body: Mapping[str, Any]) -> bool:
    return body.get("IsSupplier") is True and body.get("IsCustomer") is not True


def state_of_people(row: Row) -> State:
    if row.body.get("ContactStatus") == PRIVATE:
        return "out_of_scope"
    return "active" if row.state == "live" else "gone"


# ------------------------------------------------------------------ writing


def body_of(parts: Sequence[Part], current: Row | None, pairings: Mapping[str, Pairing]) -> Body:
    """The one body with which these parts write a Xero contact; raises Cannot."""
    row: Mapping[str, Any] = current.body if current is not None else {}
    remote = next((part.read.remote if part.read else part.parent for part in parts if part.read or part.parent), None)
    body: Body = {} if remote is None else {"ContactID": remote}
    people = [part for part in parts if part.entity == "contact"]
    for part in parts:
        if part.entity == "contact":
            continue
        pairing = pairings[part.entity]
        if part.verb == "retire":
            body |= pairing.retired(XERO, part, row)
        else:
            pairing.put(body, XERO, part, row)
            _stamp(body, part, row)
    if people and remote is None:
        _alone(body, people[0])
    elif people:
        if current is None:
            raise Cannot("waiting", "The Xero contact has not been read yet.", "Run again; it heals itself.")
        body |= _crowd(people, row)
    return body


def _stamp(body: Body, part: Part, row: Mapping[str, Any]) -> None:
    """Set where blank, never overwritten: the first entity that comes marks the contact as its own."""
    free = part.verb == "create" or ("ContactID" in row and not text(row.get("ContactNumber")))
    if free and part.marks and part.source is not None and part.source.side == ZOHO:
        body.setdefault("ContactNumber", part.source.id)


def _alone(body: Body, part: Part) -> None:
    """A person without a company is a contact of their own, named after them."""
    body.update({native: part.fields[name] for name, native in NATIVE.items() if part.fields.get(name)})
    body["Name"] = _name_of(part.fields)
    _stamp(body, part, {})


def _name_of(fields: Fields) -> str | None:
    person = person_with(0, fields)
    return person.full_name or person.email


def _renamed(part: Part, row: Mapping[str, Any]) -> Body:
    """A contact that is called like the one person whom it was made for is called as they are called now."""
    source, read = part.source, part.read
    if source is None or source.scope is not None or read is None or key(row.get("Name")) != name_key(read.fields):
        return {}
    wanted = _name_of({**read.fields, **part.fields})
    return {"Name": wanted} if wanted and key(wanted) != key(row.get("Name")) else {}


def _crowd(parts: Sequence[Part], row: Mapping[str, Any]) -> Body:
    """All people of the row with the parts' changes, primary person included."""
    own: Body = {}
    primary: Body = {native: row.get(native) or "" for native in NATIVE.values()}
    others: list[Body | None] = [dict(entry) for entry in row.get("ContactPersons") or ()]
    places = _places([part.read for part in parts if part.read is not None], row)
    for part in parts:
        if part.read is None:
            continue
        place = places.get(part.read.id)
        if place is None:
            raise Cannot("stale", f"“{part.read.title}” is not among the contact's people any more.", "Run again.")
        if part.verb == "retire":
            _check_leaving(part)
            if place:
                others[place - 1] = None
            else:
                primary = dict.fromkeys(NATIVE.values(), "")
            continue
        if not place:
            own = _renamed(part, row)
        target = others[place - 1] if place else primary
        assert target is not None
        target.update(_spelt(part.fields))
    staying = [entry for entry in others if entry is not None]
    for part in parts:
        if part.verb != "create":
            continue
        if not any(primary.values()):
            primary = {**dict.fromkeys(NATIVE.values(), ""), **_spelt(part.fields)}
        else:
            staying.append({"IncludeInEmails": False, **_spelt(part.fields)})
    if len(staying) > MOST:
        raise Cannot(
            "person_limit",
            f"Xero keeps {MOST + 1} people of one contact, and {len(staying) + 1} are wanted.",
            "Untick somebody in the CRM.",
        )
    return {**own, **primary, "ContactPersons": staying}


def _check_leaving(part: Part) -> None:
    """Nobody can be marked in Xero: a person stands there or not."""
    if part.policy not in ("archive", "void"):
        raise Cannot("cannot_retire", "A person cannot be marked in Xero.", "Remove them there by hand, or keep them.")


def _spelt(fields: Fields) -> Body:
    return {native: fields[name] or "" for name, native in NATIVE.items() if name in fields}


def _places(reads: Sequence[Record], row: Mapping[str, Any]) -> dict[str, int]:
    """Where the people of these records stand in the row now."""
    found = numbered(people_of(row), {n: read.fields for n, read in enumerate(reads)}, {})
    return {read.id: found[n].place for n, read in enumerate(reads) if n in found}
