"""How many records a service has, for who watches a first reading; a grant that may not ask that is no obstacle."""

from __future__ import annotations

import pytest

from extension.performing import Countable
from extension.sync.ports import Remote
from tests.contract.remote_rig import LINE, XeroRig, ZohoRig


def size(remote: Remote, feed: str) -> int | None:
    assert isinstance(remote, Countable)
    return remote.size(feed)


def test_the_crm_counts_its_records() -> None:
    rig = ZohoRig()
    assert size(rig.remote, "Accounts") == 0
    for number in range(3):
        rig.account(f"Company {number}")
    assert size(rig.remote, "Accounts") == 3


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_crm_that_does_not_tell_is_not_asked_twice(status: int) -> None:
    rig = ZohoRig()
    rig.fault(path="/actions/count", kind="status_before", params={"status": status, "body": {"code": "NO_PERMISSION"}})
    assert size(rig.remote, "Accounts") is None


def test_xero_counts_what_it_gives_by_pages() -> None:
    rig = XeroRig()
    assert size(rig.remote, "Contacts") == 0
    for number in range(3):
        rig.contact(f"Company {number}")
    assert size(rig.remote, "Contacts") == 3
    assert size(rig.remote, "Items") is None


@pytest.mark.parametrize(("types", "n"), [(("ACCREC",), 1), (("ACCPAY",), 2), (("ACCREC", "ACCPAY"), 3)])
def test_xero_counts_the_types_that_somebody_looks_at(types: tuple[str, ...], n: int) -> None:
    """Sales invoices and bills share one collection."""
    rig = XeroRig(types={"Invoices": types})
    contact = {"ContactID": rig.contact().id}
    for kind in ("ACCREC", "ACCPAY", "ACCPAY"):
        rig.edit("create", "Invoices", Type=kind, Contact=contact, LineItems=[LINE])
    assert size(rig.remote, "Invoices") == n
