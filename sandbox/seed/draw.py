"""Chance, held by a seed: the same seed and the same `now` draw the same company, on any machine.

Ids, moments and names are unique here, once for both services. Nothing in the seed asks the clock or the system's
randomness.
"""

from __future__ import annotations

import random
import re
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from sandbox.seed import words

T = TypeVar("T")
YEAR = timedelta(days=365)
# Nothing is younger than this, so that a first run meets a company at rest.
AT_REST = timedelta(hours=1)


@dataclass(frozen=True)
class Address:
    street: str
    city: str
    region: str
    postcode: str
    country: str = "New Zealand"


@dataclass(frozen=True)
class Person:
    """Someone at a company. Xero holds the names and the e-mail, the CRM all of it."""

    first: str
    last: str
    email: str | None
    title: str
    mobile: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip()


class Draw:
    """One seeded source for everything that chance decides."""

    def __init__(self, seed: int, now: datetime, organisation: int = 0) -> None:
        if now.tzinfo is None:
            raise ValueError("the seed needs an aware moment")
        self.now = now.astimezone(UTC).replace(microsecond=0)
        self._random = random.Random(seed)
        self._organisation = organisation
        self._last_id = 101_000
        self._names: set[str] = set()

    def one(self, choices: Sequence[T]) -> T:
        return self._random.choice(choices)

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)

    def chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def shuffled(self, items: Sequence[T]) -> list[T]:
        return self._random.sample(list(items), len(items))

    def zoho_id(self) -> str:
        """19 digits, rising and with gaps, as record ids are (facts/zoho.md 5.2, 4)."""
        self._last_id += self._random.randint(1, 9)
        return f"584310{4 + self._organisation}0000{self._last_id:08d}"

    def guid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def moment(self) -> datetime:
        """When a record was last touched: within the last year."""
        return self.now - AT_REST - timedelta(seconds=self._random.randint(0, int((YEAR - AT_REST).total_seconds())))

    def beginning(self) -> datetime:
        """When a record was made: one to four years ago, before any paper that names it."""
        # A week's room for the people who follow their company into the books.
        return self.now - YEAR - timedelta(weeks=1, seconds=self._random.randint(0, int(3 * YEAR.total_seconds())))

    def days(self, count: int) -> list[date]:
        """Dates over the last year in rising order, for documents that are numbered as they come."""
        last = (self.now - YEAR).date()
        return sorted(last + timedelta(days=self._random.randint(1, 363)) for _ in range(count))

    def claim(self, name: str) -> str:
        """Keep a chosen name from being drawn."""
        self._names.add(name.casefold())
        return name

    def company(self, trades: Sequence[str] = words.TRADES) -> str:
        """A company's name that no other company bears."""
        while True:
            trade = self.one(trades)
            match self.number(0, 3):
                case 0:
                    name = f"{self.one(words.PLACES)} {trade}"
                case 1:
                    name = f"{self.one(words.SURNAMES)} {trade} Ltd"
                case _:
                    name = f"{self.one(words.SURNAMES)} & {self.one(words.SURNAMES)} {trade}"
            if name.casefold() not in self._names:
                return self.claim(name)

    def person(self, company: str, known: Sequence[Person] = (), with_email: bool = True) -> Person:
        """Somebody of this company whose full name nobody among the known bears."""
        while True:
            first, last = self.one(words.FIRST_NAMES), self.one(words.SURNAMES)
            if all(person.name != f"{first} {last}" for person in known):
                break
        email = f"{plain(first)}.{plain(last)}@{plain(company)}.example" if with_email else None
        mobile = f"+64 21 {self.number(100, 999)} {self.number(1000, 9999)}"
        return Person(first, last, email, self.one(words.TITLES), mobile)

    def address_and_phone(self) -> tuple[Address, str]:
        city, region, postcode, area = self.one(words.TOWNS)
        address = Address(f"{self.number(1, 480)} {self.one(words.STREETS)}", city, region, postcode)
        return address, f"+64 {area} {self.number(300, 989)} {self.number(1000, 9999)}"

    def tax_number(self) -> str:
        return f"{self.number(80, 139)}-{self.number(100, 999)}-{self.number(100, 999)}"


def plain(text: str) -> str:
    """Lower-case ASCII letters and digits: what an e-mail address may hold (Xero refuses umlauts there)."""
    ascii_only = unicodedata.normalize("NFKD", text.replace("ø", "o")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "", ascii_only.lower()) or "office"
