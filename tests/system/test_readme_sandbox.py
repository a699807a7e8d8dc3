"""README's way to the sandbox alone: the lines that stand there, run as they stand, against the process they name."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

from extension.config import ROOT
from tests.system.test_sandbox_command import WAIT, first_document, flask

SECTION = "## The sandbox alone"


def test_the_vendors_client_sees_records(tmp_path: Path) -> None:
    """Only the ports are others: those of README may be taken on this machine."""
    section = (ROOT / "README.md").read_text().partition(SECTION)[2].partition("\n## ")[0]
    (lines,) = re.findall(r"```python\n(.*?)```", section, re.S)
    assert len(lines.split("\n\n")[1].splitlines()) == 5, "as many as it says"
    (command,) = re.findall(r"`flask (sandbox [^`]*)`", section)
    assert re.findall(r"--(\w+)-port (\d+)", command) == [("zoho", "8001"), ("xero", "8002")]
    process = flask(tmp_path, "sandbox", "--records", "12", "--json")
    try:
        xero = first_document(process)["xero"]
        told = lines.replace("http://127.0.0.1:8002", xero)
        assert xero in told
        done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, timeout=WAIT, check=False)
    finally:
        process.kill()
        process.communicate()
    assert (done.returncode, done.stderr) == (0, "")
    assert "Harbour View Dental" in ast.literal_eval(done.stdout)


def test_make_starts_it_as_readme_says() -> None:
    assert "\n\t$(FLASK) sandbox --zoho-port 8001 --xero-port 8002\n" in (ROOT / "Makefile").read_text()
