"""How fast the product observes: shares of what the same machine does without the part that is being judged.

The services answer from memory what they answered before, so that rendering a page does not stand beside reading it.
Xero invoices of three lines, whose views cost most; Xero contacts, of which each is seen by two entities; accounts
of the CRM, whose pages are small.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bench.changes import AGE
from bench.company import Company
from bench.figures import Chapter, Figure, Sheet, middle, spelled
from bench.fresh import fresh
from bench.services import Services
from bench.size import Size
from bench.tenant import connected
from bench.ways import Samples, race
from extension.sync.canonical import XERO, ZOHO, Side

HALF: Final = 0.5
OVER_MODELS: Final = 4.0
TITLES: Final = {
    "ours": "observed",
    "bare": "the same without canonical fields",
    "walk": "HTTP and parsing alone",
    "raw": "parsing and storing bodies as they come",
    "models": "a loop over xero-python's models",
}


def measure(size: Size) -> Chapter:
    """The chapter on speed."""
    begun = datetime.now(UTC) - AGE
    sold = Company(100, 200, size.walked, begun, crm=(), books=("Contacts", "Items", "Invoices"))
    met = Company(size.walked, 0, 0, begun, crm=(), books=("Contacts",))
    known = Company(size.walked, 0, 0, begun, crm=("Accounts",), books=())
    every = ["ours", "bare", "walk", "raw", "models"]
    invoices = _raced(sold, XERO, "Invoices", every, size.repetitions)
    contacts = _raced(met, XERO, "Contacts", every, size.repetitions)
    accounts = _raced(known, ZOHO, "Accounts", ["ours", "bare", "walk"], size.repetitions)
    what, bare = "rate of observing", "without canonical fields"
    figures = [
        Figure(f"{what} Xero invoices, over the same {bare}", speed(invoices, "bare"), "at least", HALF),
        Figure(f"{what} Zoho accounts, over the same {bare}", speed(accounts, "bare"), "at least", HALF),
    ]
    for name, samples in (("Xero invoices", invoices), ("Xero contacts", contacts)):
        figures += [
            Figure(f"{what} {name}, over {TITLES['models']}", speed(samples, "models"), "at least", OVER_MODELS),
            Figure(f"{what} {name}, over {TITLES['raw']}", speed(samples, "raw"), "at least", HALF),
            Figure(
                f"rate of {TITLES['walk']} for {name}, over {TITLES['models']}", _between(samples, "walk", "models")
            ),
        ]
    sheets = [
        _sheet("Xero invoices of three lines", invoices),
        _sheet("Xero contacts, an account and a vendor each", contacts),
        _sheet("Zoho accounts", accounts),
    ]
    return Chapter("Speed of observing", figures, sheets)


def speed(samples: Samples, than: str) -> float:
    """How many times faster we are than another way."""
    return _between(samples, "ours", than)


def _between(samples: Samples, way: str, than: str) -> float:
    """By repetition, because both halves of one were measured one after the other."""
    return middle([_rate(a) / _rate(b) for a, b in zip(samples[way], samples[than], strict=True)])


def _rate(sample: Sequence[float]) -> float:
    rows, wall, _ = sample
    return rows / wall


def _raced(books: Company, side: Side, feed: str, ways: list[str], repetitions: int) -> Samples:
    with Services(books, remember=True) as services, connected(services) as tenant:
        tenant.close()  # it is copied for every repetition
        urls = {"zoho_url": services.zoho_url, "xero_url": services.xero_url}
        folder = str(tenant.folder)
        return fresh(race, template=folder, **urls, side=side, feed=feed, ways=ways, repetitions=repetitions)


def _sheet(title: str, samples: Samples) -> Sheet:
    rows = [
        [
            TITLES[way],
            spelled(middle([_rate(sample) for sample in found])),
            spelled(middle([cpu / rows * 1e6 for rows, _, cpu in found])),
        ]
        for way, found in samples.items()
    ]
    return Sheet(title, ["Way", "records a second", "microseconds of processor time each"], rows)
