"""Contacts of the CRM and the people of a Xero contact.

A person has no id in Xero: theirs is `ContactID/n`, n kept by us (`persons`). No e-mail never means a duplicate:
people are linked once and then known by id. The CRM needs a last name, for which the e-mail's first part stands in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from extension.entities.catalogue import CONTACT
from extension.entities.entity import Pairing
from extension.entities.fields import fitted
from extension.entities.native import Body
from extension.entities.persons import FEATURES, MOST, NATIVE, Person, email_key, name_key, numbered, people_of
from extension.entities.settings import Settings
from extension.entities.values import text, zoho_id
from extension.entities.xero_contact import merged_into, state_of_people
from extension.sync.actions import Part
from extension.sync.canonical import XERO, ZOHO, Fields, Side, Value
from extension.sync.errors import BadInput, Cannot
from extension.sync.model import FieldRule, Record, Ref, Row, State
from extension.sync.ports import Resolver


class Contact(Pairing):
    pair = CONTACT
    id_field = "ContactID"

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.capacity = {ZOHO: None, XERO: 1 + MOST}
        company = self.fields.get("account")
        if company is None or company.zoho is None:
            # Each would become a contact of their own in Xero.
            raise BadInput("Contacts: the field “account” must be mapped, or nobody would belong to a company.")
        # The CRM says to whom a person belongs; in Xero it is no field, but where the person stands.
        self.rules = {**self.rules, "account": FieldRule("account", "to_xero", "zoho", "account", label=company.label)}
        for mapped in self.fields.values():
            if mapped.xero is not None and mapped.xero.head != NATIVE.get(mapped.name):
                raise BadInput(
                    f"A person in Xero has no field {mapped.xero.head}: take “{mapped.name}” out of the map."
                )

    # ------------------------------------------------------------------ views

    def views(self, side: Side, row: Row, known: Sequence[Record]) -> list[Record]:
        if side == XERO:
            return self._people(row, known)
        fields = self.read(ZOHO, row.body, row.id)
        scope = Ref("account", fields["account"]) if fields.get("account") else None
        return [
            self._record(
                ZOHO, row, row.id, fields, self.state(ZOHO, row, fields), scope=scope, stamp=self.stamped(fields)
            )
        ]

    def _people(self, row: Row, known: Sequence[Record]) -> list[Record]:
        state = state_of_people(row)
        stored = {_number(record): record for record in known if record.entity == self.name}
        people = numbered(
            people_of(row.body),
            {n: record.fields for n, record in stored.items() if record.live},
            {n: record.fields for n, record in stored.items() if not record.live},
        )
        scope = Ref("account", row.id)
        views = [self._person(row, n, person, state, scope) for n, person in sorted(people.items())]
        # Who vanished is told once, so that it is remembered; and again when the mapping has a new version.
        views += [
            self._record(XERO, row, record.id, record.fields, "gone", scope=scope)
            for n, record in sorted(stored.items())
            if n not in people and (record.live or record.version != self.version)
        ]
        return views

    def _person(self, row: Row, n: int, person: Person, state: State, scope: Ref) -> Record:
        id_ = f"{row.id}/{n}"
        fields = {**self.computed(id_, row.id), **person.fields, "account": row.id}
        # A contact that was made for this person alone carries their id.
        stamp = zoho_id(text(row.body.get("ContactNumber"))) if person.place == 0 else None
        return self._record(XERO, row, id_, fields, state, scope=scope, stamp=stamp)

    def _record(
        self,
        side: Side,
        row: Row,
        id_: str,
        fields: Fields,
        state: State,
        *,
        scope: Ref | None,
        stamp: str | None = None,
    ) -> Record:
        email, full_name = email_key(fields), name_key(fields)
        keys = (f"e:{email}" if email else "", f"n:{full_name}" if full_name else "")
        first, last = fields.get("first_name") or "", fields.get("last_name") or ""
        return Record(
            entity=self.name,
            side=side,
            id=id_,
            remote=row.id,
            feed=row.feed,
            modified=row.modified,
            fields=fields,
            state=state,
            handle=id_,
            keys=tuple(k for k in keys if k),
            stamp=stamp,
            scope=scope,
            refs=(scope,) if scope else (),
            # Whoever was a contact of their own is the first person of the one that theirs was merged into.
            successor=f"{merged}/0" if side == XERO and (merged := merged_into(row.body)) else None,
            title=f"{first} {last}".strip() or fields.get("email") or "",
            version=self.version,
            read_at=row.read_at,
        )

    # ------------------------------------------------------------------ values

    def project(self, to: Side, name: str, value: Value, of: Record, resolver: Resolver) -> Value:
        if name == "last_name" and to == ZOHO and not value:
            email = of.fields.get("email")
            if not email:
                raise Cannot(
                    "no_last_name",
                    f"“{of.title}” has neither a last name nor an e-mail, and the CRM needs a last name.",
                    "Fill in the last name in Xero.",
                )
            return fitted(self.fields[name], to, email.partition("@")[0], of)
        if name == "account" and to == XERO:
            return self._company(value, of, resolver)
        return super().project(to, name, value, of, resolver)

    def _company(self, account: str | None, of: Record, resolver: Resolver) -> Value:
        """The Xero contact of which a CRM contact is one of the people. Nobody is moved to another by the API."""
        twin = resolver.twin(of)
        wanted = resolver.counterpart("account", ZOHO, account) if account else None
        if twin is None or wanted == twin.remote:
            return wanted
        there = twin.remote
        company = resolver.record("account", XERO, there)
        if account is None and (company is None or resolver.twin(company) is None):
            return there  # a contact of their own
        raise Cannot(
            "moved",
            f"“{of.title}” belongs to another company in the CRM than in Xero.",
            "Set the account back in the CRM; or move the person in Xero by hand, and link the two again.",
        )

    def complete(self, to: Side, fields: Fields, source: Record, resolver: Resolver) -> Fields:
        done = dict(super().complete(to, fields, source, resolver))
        if to == ZOHO and source.scope is not None:
            done["account"] = resolver.counterpart("account", XERO, source.scope.handle)
        return done

    # ------------------------------------------------------------------ bodies

    def body(self, side: Side, part: Part, current: Mapping[str, Any]) -> Body:
        body = super().body(side, part, current)
        path = self.fields["account"].zoho
        if part.verb == "create" and part.parent and path is not None:
            body.setdefault(path.head, {"id": part.parent})
        return body

    def locate(self, part: Part, views: Sequence[Record]) -> Record | None:
        """Among several people: by everything, else by e-mail, else by name; of equals, who was numbered last."""
        living = sorted((view for view in views if view.live), key=_number) if part.side == XERO else list(views)
        if part.side == ZOHO or len(living) == 1:
            return living[0] if living else None
        for feature in FEATURES:
            wanted = feature(part.fields)
            found = [view for view in living if wanted and feature(view.fields) == wanted]
            if found:
                return found[-1]
        return None

    def probe_key(self, part: Part) -> str | None:
        first, last = part.fields.get("first_name") or "", part.fields.get("last_name") or ""
        return text(part.fields.get("email")) or text(f"{first} {last}")


def _number(record: Record) -> int:
    return int(record.id.rpartition("/")[2])
