"""How alike two records of different sides are: what may belong together though no key says so.

Pure. Records are compared where they share something rare (an e-mail, a number, a word of the name), never all with
all; what many share tells nothing and is left out. A score is a sum of what speaks for a pair and what against it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final

from extension.sync.canonical import Where
from extension.sync.model import Record

FOR: Final[Mapping[str, int]] = {
    "email": 60,
    "tax_number": 60,
    "code": 60,
    "name": 60,
    "similar": 58,  # times how similar
    "phone": 30,
    "number": 50,
    "total": 30,
    "parent": 15,
    "date": 15,
    "reference": 20,
}
AGAINST: Final[Mapping[str, int]] = {"tax_number": 30, "code": 30, "total": 40, "parent": 40, "email": 10}
WORDS: Final[Mapping[str, str]] = {
    "email": "same e-mail",
    "tax_number": "same tax number",
    "code": "same code",
    "name": "same name",
    "similar": "similar name",
    "phone": "same phone",
    "number": "same number",
    "total": "same total",
    "parent": "same company",
    "date": "same date",
    "reference": "same reference",
    "not tax_number": "different tax number",
    "not code": "different code",
    "not total": "different total",
    "not parent": "different company",
    "not email": "different e-mail",
}
LEAST: Final = 50  # a lower score is no proposal
SURE: Final = 85
AHEAD: Final = 15  # so much better than the next one, or it is not sure
MOST: Final = 99
CLOSE: Final = 0.6  # names less similar say nothing
CROWD: Final = 64  # pairs that share one thing; more of them, and it is nothing rare
EACH: Final = 3  # proposals for one record
LEGAL: Final = frozenset(
    [
        *("ab", "ag", "as", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "kg"),
        *("limited", "llc", "llp", "ltd", "nv", "oy", "plc", "pty", "sa", "srl", "the"),
    ]
)


@dataclass(frozen=True)
class Traits:
    """What one record is compared by. `parents`: its company, as Xero calls it."""

    where: Where
    title: str
    births: bool = True
    says: Mapping[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()
    pairs: frozenset[str] = frozenset()  # of letters that follow each other in the name
    parents: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Proposal:
    """Two records that may be the same thing, and why."""

    entity: str
    zoho_id: str
    xero_id: str
    score: int
    sure: bool
    reasons: tuple[str, ...]
    title: str


def traits(record: Record, parents: Iterable[str] = ()) -> Traits:
    fields = record.fields
    name = fields.get("name") or " ".join(str(fields.get(n) or "") for n in ("first_name", "last_name"))
    words = tuple(word for word in folded(str(name)).split() if word not in LEGAL) or tuple(folded(str(name)).split())
    plain = " ".join(words)
    total = fields.get("total")
    says = {
        "email": str(fields.get("email") or "").strip().casefold(),
        "tax_number": _signs(fields.get("tax_number")),
        "code": _signs(fields.get("code")),
        "name": plain,
        "phone": _digits(fields.get("phone")),
        "number": _number(fields.get("number")),
        "total": f"{fields.get('currency') or ''} {total.normalize():f}"
        if isinstance(total, Decimal) and total
        else "",
        "date": str(fields.get("date") or ""),
        "reference": folded(str(fields.get("subject") or "")),
    }
    return Traits(
        record.where,
        record.title,
        record.births,
        {what: said for what, said in says.items() if said},
        frozenset(words),
        frozenset(plain[n : n + 2] for n in range(len(plain) - 1)),
        frozenset(parents),
    )


# ------------------------------------------------------------------ pairs


def proposals(zoho: Sequence[Traits], xero: Sequence[Traits]) -> list[Proposal]:
    """The best pairs, the best first. Every record stands in a few of them at most."""
    scored = [(score(one, two), one, two) for one, two in _candidates(zoho, xero)]
    scored = [each for each in scored if each[0][0] >= LEAST]
    scored.sort(key=lambda each: (-each[0][0], each[1].where, each[2].where))
    seen: dict[Where, list[int]] = defaultdict(list)
    for (points, _), one, two in scored:
        seen[one.where].append(points)
        seen[two.where].append(points)
    placed: dict[Where, int] = defaultdict(int)
    found = []
    for (points, reasons), one, two in scored:
        if max(placed[one.where], placed[two.where]) >= EACH:
            continue
        placed[one.where] += 1
        placed[two.where] += 1
        sure = points >= SURE and all(_ahead(seen[each.where], points) for each in (one, two))
        entity, _, zoho_id = one.where
        title = " ".join(dict.fromkeys((one.title, two.title)))
        found.append(Proposal(entity, zoho_id, two.where[2], points, sure, reasons, title))
    return found


def _ahead(points: Sequence[int], best: int) -> bool:
    """Whether nothing else comes near the best."""
    return points[0] == best and (len(points) == 1 or points[1] <= best - AHEAD)


def score(one: Traits, two: Traits) -> tuple[int, tuple[str, ...]]:
    """Points, and what they are for. Two that nobody would create anywhere are no pair of interest."""
    if not (one.births or two.births) or len({_currency(one), _currency(two)} - {""}) > 1:
        return 0, ()
    reasons: dict[str, int] = {}
    for what in ("email", "tax_number", "code", "phone", "number", "total", "date", "reference"):
        a, b = one.says.get(what), two.says.get(what)
        if a and a == b:
            reasons[what] = FOR[what]
        elif a and b and what in AGAINST:
            reasons[f"not {what}"] = -AGAINST[what]
    reasons |= _name(one, two) | _parents(one, two)
    return min(MOST, max(0, sum(reasons.values()))), tuple(reasons)


def _name(one: Traits, two: Traits) -> dict[str, int]:
    if one.says.get("name") and one.says.get("name") == two.says.get("name"):
        return {"name": FOR["name"]}
    both = len(one.pairs) + len(two.pairs)
    close = 2 * len(one.pairs & two.pairs) / both if both else 0.0
    return {"similar": round(FOR["similar"] * close)} if close >= CLOSE else {}


def _parents(one: Traits, two: Traits) -> dict[str, int]:
    if not (one.parents and two.parents):
        return {}
    return {"parent": FOR["parent"]} if one.parents & two.parents else {"not parent": -AGAINST["parent"]}


def _currency(traits: Traits) -> str:
    """The currency of a document; "" where it is none, or has no total."""
    return traits.says.get("total", "").partition(" ")[0]


def _candidates(zoho: Sequence[Traits], xero: Sequence[Traits]) -> Iterator[tuple[Traits, Traits]]:
    """Pairs that share something rare, each once."""
    buckets: dict[str, tuple[list[Traits], list[Traits]]] = defaultdict(lambda: ([], []))
    for place, side in enumerate((zoho, xero)):
        for each in side:
            for token in _tokens(each):
                buckets[token][place].append(each)
    told: set[tuple[str, str]] = set()
    for one_side, other_side in buckets.values():
        if len(one_side) * len(other_side) > CROWD:
            continue
        for one in one_side:
            for two in other_side:
                pair = (one.where[2], two.where[2])
                if pair not in told:
                    told.add(pair)
                    yield one, two


def _tokens(traits: Traits) -> Iterator[str]:
    says = traits.says
    for what in ("email", "tax_number", "code", "name", "phone", "number"):
        if what in says:
            yield f"{what}:{says[what]}"
    if "total" in says:
        yield f"total:{says['total']}:{says.get('date', '')}"
    yield from (f"word:{word}" for word in traits.words if len(word) > 2)
    if skeleton := re.sub(r"[aeiouy ]|(.)(?=\1)", "", says.get("name", "")):
        yield f"skeleton:{skeleton}"


# ------------------------------------------------------------------ spelling


def folded(text: str) -> str:
    """Without accents, case and punctuation."""
    plain = unicodedata.normalize("NFKD", text).casefold().replace("&", " and ")
    letters = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return " ".join(re.sub(r"[^\w]|_", " ", re.sub(r"['\u2019]", "", letters)).split())


def _signs(value: Any) -> str:
    """Letters and digits alone."""
    return folded(str(value or "")).replace(" ", "")


def _digits(value: Any) -> str:
    """The last digits of a phone number: country and area are written in many ways."""
    found = re.sub(r"\D", "", str(value or ""))
    return found[-8:] if len(found) >= 6 else ""


def _number(value: Any) -> str:
    """INV-00123 and 123 are the same number."""
    found = re.findall(r"\d+", str(value or ""))
    return "-".join(part.lstrip("0") or "0" for part in found) or _signs(value)
