"""What a monitoring system reads, read as it would."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families as families
from prometheus_client.samples import Sample


class Figures:
    """Every sample of one look."""

    def __init__(self, text: str) -> None:
        self.samples = [each for family in families(text) for each in family.samples]

    def __call__(self, name: str, **labels: str) -> float:
        """The value of the one sample that is called so."""
        (found,) = [each.value for each in self.of(name) if each.labels == labels]
        return found

    def of(self, name: str) -> list[Sample]:
        return [each for each in self.samples if each.name == f"xero2zoho_{name}"]

    def sum(self, name: str) -> float:
        return sum(each.value for each in self.of(name))
