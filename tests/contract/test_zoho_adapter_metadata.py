"""The CRM's set-up read by zcrmsdk over our transport, and the traps of zcrmsdk held shut (facts/zoho.md 1)."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from decimal import Decimal

import pytest

from extension.remote.line import Line
from extension.remote.zoho import records, sdk
from extension.remote.zoho.metadata import Choice, ZohoMetadata
from extension.sync import errors
from tests.contract.remote_rig import ZohoRig


def line(rig: ZohoRig) -> Line:
    return records.line(rig.transport, rig.authority, rig.service.settings.org_id)


def metadata(rig: ZohoRig) -> ZohoMetadata:
    return ZohoMetadata(line(rig))


def test_organisation_people_and_modules() -> None:
    rig = ZohoRig(switches={"multi_currency": True})
    read = metadata(rig)
    org = read.organisation()
    assert (org.id, org.currency, org.time_zone, org.multi_currency) == (
        rig.service.settings.org_id,
        "NZD",
        "Pacific/Auckland",
        True,
    )
    assert [u.id for u in read.users()] == [str(u.id) for u in rig.service.organisation.users]
    assert {m.api_name for m in read.modules() if m.writable} >= {"Accounts", "Invoices", "Purchase_Orders"}


def test_taxes_and_currencies_are_exact() -> None:
    """An exchange rate is a text there, unlike any other number (3.6)."""
    read = metadata(ZohoRig(switches={"multi_currency": True}))
    assert {t.name: t.percent for t in read.taxes()}["GST Half"] == Decimal("7.5")
    by_code = {c.code: c for c in read.currencies()}
    assert by_code["NZD"].base
    assert (by_code["AUD"].rate, by_code["AUD"].active) == (Decimal("0.920"), True)


def test_fields_with_their_limits_and_choices() -> None:
    fields = {f.api_name: f for f in metadata(ZohoRig()).fields("Accounts")}
    name = fields["Account_Name"]
    assert (name.length, name.mandatory, name.data_type) == (200, True, "text")
    assert (fields["Annual_Revenue"].places, name.places) == (2, None)
    assert fields["Parent_Account"].lookup == "Accounts"
    assert fields["Xero_ID"].unique
    assert fields["Xero_ID"].custom
    assert Choice("Customer", "Customer") in fields["Account_Type"].choices


def test_line_items_have_another_name_since_v2_1() -> None:
    """zcrmsdk only knows Product_Details (1.4): names of subforms are read from v8."""
    read = metadata(ZohoRig())
    assert "Product_Details" in {f.api_name for f in read.fields("Invoices")}
    assert list(read.subforms("Invoices")) == ["Invoiced_Items"]
    assert list(read.subforms("Purchase_Orders")) == ["Purchase_Items"]


def test_whether_the_stamp_refuses_duplicates_is_read_not_assumed() -> None:
    assert metadata(ZohoRig()).unique_fields("Invoices") == {"Xero_ID"}
    assert metadata(ZohoRig(switches={"xero_id": "plain"})).unique_fields("Invoices") == frozenset()


# ------------------------------------------------------------------ traps


def test_the_sdk_is_imported_without_the_mysql_it_does_not_declare() -> None:
    """In a process of its own: another test may have brought a stub of its own."""
    said = "import sys, extension.remote.zoho.sdk; print('zcrmsdk' in sys.modules, 'mysql' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True", "False"]


def test_only_what_was_asked_for_goes_out() -> None:
    """Left alone it fetches the fields of every lookup target first (1.3)."""
    rig = ZohoRig()
    metadata(rig).fields("Invoices")
    assert rig.journal() == ["GET /crm/v2/settings/fields"]


def test_our_line_gives_the_token_and_refreshes_it() -> None:
    """The SDK never refreshes on 401, and its state is the whole process's."""
    rig = ZohoRig()
    token = rig.authority.access_token()
    rig.fault(kind="expire_token")
    assert metadata(rig).organisation().id
    assert rig.authority.access_token() != token
    assert sdk.PLACEHOLDER not in (token, rig.authority.access_token())


def test_nothing_of_one_organisation_is_left_for_the_next() -> None:
    """State is global: a later initialize() in a thread was ignored (1.4)."""
    one, other = ZohoRig(), ZohoRig()
    metadata(one).organisation()
    left = vars(sdk)
    assert left["Initializer"].get_initializer() is None
    assert left["api_http_connector"].requests.__name__ == "requests"
    got: dict[str, str] = {}

    def ask(name: str, rig: ZohoRig) -> None:
        for _ in range(5):
            got[name] = metadata(rig).organisation().name

    other.service.settings = type(other.service.settings)(company_name="Other Ltd")
    other.service.organisation = type(other.service.organisation)(other.service.settings)
    threads = [threading.Thread(target=ask, args=pair) for pair in (("one", one), ("other", other))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert got["other"] == "Other Ltd"
    assert got["one"] != "Other Ltd"


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        ({"kind": "throttle"}, errors.Throttled, "throttled"),
        ({"kind": "cut_before"}, errors.RemoteError, "no_answer"),
        (
            {"kind": "status_before", "params": {"status": 502, "body": "<html>", "content_type": "text/html"}},
            errors.RemoteError,
            "server_error",
        ),
    ],
)
def test_an_error_is_what_it_is_and_not_a_none(fault: dict[str, object], kind: type, code: str) -> None:
    """After sending, api_call logs and returns None; a 502 of HTML loses its status (1.4)."""
    rig = ZohoRig()
    rig.fault(**fault)
    with pytest.raises(errors.RemoteError) as caught:
        metadata(rig).organisation()
    assert type(caught.value) is kind
    assert caught.value.code == code


@pytest.mark.parametrize("body", [{"org": [{"id": "not a number"}]}, {"code": "X", "status": "error"}, [1], "{"])
def test_an_answer_that_the_sdk_cannot_read_is_an_error_of_ours(body: object) -> None:
    """It swallows a ValueError and hands back None, as if there were nothing."""
    rig = ZohoRig()
    rig.fault(kind="status_before", params={"status": 200, "body": body})
    with pytest.raises(errors.RemoteError) as caught:
        metadata(rig).organisation()
    assert caught.value.code == "unreadable"


def test_the_sdk_logs_nothing_and_opens_no_log_file(caplog: pytest.LogCaptureFixture) -> None:
    """It writes full addresses at INFO into the current folder, one handler more each time (1.4)."""
    caplog.set_level(logging.DEBUG)
    read = metadata(ZohoRig())
    for _ in range(3):
        read.organisation()
    assert not logging.getLogger("SDKLogger").handlers
    assert "SDKLogger" not in {record.name for record in caplog.records}
