"""`flask sandbox` and a demo that goes on: real processes, until they are told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests
import simplejson

from extension.config import ROOT, Settings

WAIT = 120  # seconds before a test gives up


@pytest.mark.parametrize(
    ("words", "stop"),
    [
        (["sandbox", "--records", "12", "--host", "0.0.0.0"], signal.SIGTERM),
        (["demo", "--records", "12"], signal.SIGINT),
    ],
)
def test_it_serves_until_it_is_stopped(words: list[str], stop: signal.Signals, tmp_path: Path) -> None:
    process = flask(tmp_path, *words, "--json")
    try:
        found = first_document(process)
        addresses = found.get("addresses", found)
        for side in ("zoho", "xero"):
            assert requests.get(f"{addresses[side]}/__admin/clock", timeout=WAIT).status_code == 200
        if "portal" in found:
            signs_in(**found["portal"])
        process.send_signal(stop)
        out, err = process.communicate(timeout=WAIT)
        assert process.returncode == 0, err
        assert out == ""
        assert "Traceback" not in err
    finally:
        process.kill()
        process.wait()
    assert not list(tmp_path.glob("xero2zoho-demo-*")), "a demo leaves nothing behind"


def signs_in(address: str, sign_in: str) -> None:
    """One link and its one button, and the portal shows the connection, under the banner of the sandbox."""
    visitor = requests.Session()
    page = visitor.get(sign_in, timeout=WAIT)
    assert "This is the sandbox" in page.text
    first = visitor.post(sign_in, headers={"Origin": address}, timeout=WAIT)
    assert first.status_code == 200
    assert "Harbour Office Supplies (sandbox)" in first.text
    assert "This is the sandbox" in first.text
    assert requests.get(sign_in, timeout=WAIT).status_code == 404, "it works once"


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    first = flask(tmp_path, "sandbox", "--records", "12", "--json")
    try:
        port = first_document(first)["zoho"].rpartition(":")[2]
        second = flask(tmp_path, "sandbox", "--records", "12", "--zoho-port", port)
        out, err = second.communicate(timeout=WAIT)
        assert (second.returncode, out) == (2, "")
        assert "cannot listen" in err
        assert "Traceback" not in err
    finally:
        first.kill()
        first.communicate()


def flask(folder: Path, *words: str) -> subprocess.Popen[str]:
    clean = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    environment = {**clean, "INSTANCE_DIR": str(folder / "instance"), "TMPDIR": str(folder)}
    command = [sys.executable, "-m", "flask", "--app", "app", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def first_document(process: subprocess.Popen[str]) -> Any:
    """The document that a program reads while the command goes on."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line == "}\n":
            return simplejson.loads("".join(lines), use_decimal=True)
    raise AssertionError(process.communicate())
