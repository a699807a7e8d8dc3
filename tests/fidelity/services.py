"""The tables of both services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.fidelity import xero, zoho
from tests.fidelity.table import Behaviour, Mutation

BEHAVIOURS: Final[Mapping[str, tuple[Behaviour, ...]]] = {"zoho": zoho.BEHAVIOURS, "xero": xero.BEHAVIOURS}
MUTATIONS: Final[Mapping[str, tuple[Mutation, ...]]] = {"zoho": zoho.MUTATIONS, "xero": xero.MUTATIONS}
BEYOND: Final[Mapping[str, Mapping[str, str]]] = {"zoho": zoho.BEYOND, "xero": xero.BEYOND}
EVERY_MUTATION: Final = tuple((service, mutation) for service, all_ in MUTATIONS.items() for mutation in all_)


def named(of: tuple[str, Mutation]) -> str:
    """For a test's id: the rule that is taken out."""
    service, mutation = of
    return f"{service} {mutation.number}: {mutation.rule}"
