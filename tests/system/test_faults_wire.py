"""Faults that only a socket has: bodies in drips, bodies that end early, connections that are cut.

The commands run against the sandbox on its ports, and the next one ends as if nothing had happened.
"""

from __future__ import annotations

import pytest

from sandbox.faults import Rule
from tests.system.installation import Installation


def test_answers_that_drip_are_read_to_their_end(synced: Installation) -> None:
    before = synced.rows()
    for service in (synced.world.zoho, synced.world.xero):
        service.faults.add(Rule(method="GET", path="Contacts", times=0, kind="drip", params={"seconds": 0.001}))
    assert synced.flask("sync", "--yes").status in (0, 1)
    assert synced.rows() == before


@pytest.mark.parametrize(
    ("side", "kind", "code"),
    [
        ("zoho", "truncate_body", "no_answer"),
        ("xero", "truncate_json", "unreadable"),
        pytest.param("xero", "truncate_body", "no_answer", marks=pytest.mark.slow),
        pytest.param("zoho", "truncate_json", "unreadable", marks=pytest.mark.slow),
        pytest.param("zoho", "cut_before", "no_answer", marks=pytest.mark.slow),
        pytest.param("xero", "cut_before", "no_answer", marks=pytest.mark.slow),
    ],
)
def test_a_broken_answer_ends_the_run_and_the_next_one_is_well(
    synced: Installation, side: str, kind: str, code: str
) -> None:
    """Exit status 3: the network failed, there is nothing to do."""
    before, service = synced.rows(), getattr(synced.world, side)
    service.faults.add(Rule(method="GET", path="/(crm/v8|api.xro/2.0)/", nth=3, kind=kind))
    ran = synced.flask("sync", "--yes", "--json")
    assert (ran.status, ran.json["problem"]["code"]) == (3, code)
    assert ran.json["problem"]["hint"].startswith("Nothing to do:")
    assert "Traceback" not in ran.err
    assert synced.flask("sync", "--yes").status in (0, 1)
    assert synced.rows() == before
