"""Which operations of the official documents were asked, and what they answered."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from tests.judges.judge import Judge


def packed(judge: Judge) -> dict[str, int]:
    """As text, since workers speak in JSON: `service operation status` -> how often."""
    return {f"{service} {name} {status}": times for (service, name, status), times in judge.covered.items()}


def lines(covered: Mapping[str, int]) -> list[str]:
    """For each service its operations, with each status and how often it was judged."""
    found: dict[str, dict[str, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    for key, times in covered.items():
        service, _, rest = key.partition(" ")
        name, _, status = rest.rpartition(" ")
        found[service][name][int(status)] += times
    told = []
    for service, names in sorted(found.items()):
        pairs = sum(len(statuses) for statuses in names.values())
        total = sum(sum(statuses.values()) for statuses in names.values())
        told.append(f"{service}: {total:,} answers of {len(names)} operations, {pairs} pairs of operation and status")
        told += [
            f"  {name}: " + ", ".join(f"{status} ({times:,})" for status, times in sorted(statuses.items()))
            for name, statuses in sorted(names.items())
        ]
    return told
